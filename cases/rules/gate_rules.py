"""What the gate says about a ruleset: every rule with what is wrong and what to do, in both languages."""

from engine.lint.rule import error, warning

MISSING_FILE = error(
    "ruleset-file-missing",
    ("Berkas {file} tidak ada.", "The file {file} is missing."),
    (
        "Ekspor himpunan aturan yang berlaku dan ubah salinannya.",
        "Export the ruleset in force and change the copy.",
    ),
)
UNKNOWN_FILE = error(
    "ruleset-file-unknown",
    ("Berkas {file} bukan bagian dari himpunan aturan.", "The file {file} is no part of a ruleset."),
    (
        "Himpunan aturan berisi ruleset.json, clocks.json, archive_reasons.json, dan tabel keputusan dmn/*.dmn yang "
        "disebut dalam ruleset.json.",
        "A ruleset holds ruleset.json, clocks.json, archive_reasons.json, and the decision tables dmn/*.dmn that "
        "ruleset.json names.",
    ),
)
BROKEN_JSON = error(
    "ruleset-json-broken",
    ("Berkas {file} bukan JSON yang benar: {detail}.", "The file {file} is not valid JSON: {detail}."),
    ("Perbaiki di baris itu.", "Mend it at that line."),
)
SHAPE = error(
    "ruleset-shape",
    ("Bagian {part} pada {where} seharusnya {expected}.", "The part {part} of {where} should be {expected}."),
    ("Bandingkan dengan himpunan aturan bawaan.", "Compare it with the ruleset that ships."),
)
UNKNOWN_PART = error(
    "ruleset-part-unknown",
    ("Bagian {part} pada {where} tidak dikenal.", "The part {part} of {where} is unknown."),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
KEY = error(
    "ruleset-key",
    ("Kunci {key} tidak dapat dipakai.", "The key {key} cannot be used."),
    (
        "Pakai 2 sampai {limit} huruf kecil, angka, garis bawah atau tanda hubung, diawali huruf.",
        "Use 2 to {limit} lower-case letters, digits, underscores or hyphens, starting with a letter.",
    ),
)
UNKNOWN_WORD = error(
    "ruleset-word-unknown",
    (
        "{where} menyebut {word}, yang tidak dikenal sebagai {what}.",
        "{where} names {word}, which is not known as {what}.",
    ),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
LENGTH = error(
    "clock-length",
    (
        "Panjang jam {clock} adalah {value}; seharusnya bilangan bulat dari 1 sampai {limit}.",
        "The length of the clock {clock} is {value}; it should be a whole number from 1 to {limit}.",
    ),
    (
        "Tulis jumlah hari kerja, hari kalender, atau jam, sesuai unit.",
        "Write the number of working days, calendar days or hours, as its unit says.",
    ),
)
EXTENSION = error(
    "clock-extension",
    (
        "Perpanjangan jam {clock} adalah {value}; seharusnya bilangan bulat dari 0 sampai {limit}.",
        "The extension of the clock {clock} is {value}; it should be a whole number from 0 to {limit}.",
    ),
    ("Tulis 0 bila tidak ada jangka kedua.", "Write 0 when there is no second term."),
)
NEVER_STOPS = error(
    "clock-never-stops",
    ("Jam {clock} tidak dihentikan oleh peristiwa apa pun.", "Nothing stops the clock {clock}."),
    ("Isi stops_at dengan peristiwa, misalnya closed.", "Name events in stops_at, for example closed."),
)
CONTRADICTION = error(
    "clock-contradiction",
    ("Jam {clock} bertentangan: {detail}.", "The clock {clock} contradicts itself: {detail}."),
    ("Ubah starts_at, stops_at, atau pauses_in.", "Change starts_at, stops_at or pauses_in."),
)
CLOCK_MISSING = error(
    "clock-missing",
    (
        "Jam {clock} tidak ada, padahal diagram memerlukannya.",
        "The clock {clock} is missing, which diagrams need.",
    ),
    ("Salin dari himpunan aturan bawaan.", "Copy it from the ruleset that ships."),
)
UNMARKED = warning(
    "clock-unmarked",
    ("Jam {clock} tidak menyebut sumbernya.", "The clock {clock} does not say where it comes from."),
    (
        "Isi mark dengan LAW, SRC, atau INFER (tanpa sumber).",
        "Set mark to LAW, SRC or INFER (no source).",
    ),
)
LIMIT = error(
    "limit-value",
    (
        "Batas {name} adalah {value}; seharusnya bilangan bulat dari 0 sampai {limit}.",
        "The limit {name} is {value}; it should be a whole number from 0 to {limit}.",
    ),
    ("Tulis 0 untuk tanpa batas.", "Write 0 for no limit."),
)
NO_REASON = error(
    "archive-reason-missing",
    ("Tidak ada alasan arsip.", "There is no archive reason."),
    (
        "Tulis sedikitnya satu alasan dengan nama Indonesia dan Inggris.",
        "Write at least one reason with its Indonesian and English name.",
    ),
)
TABLE_MISSING = error(
    "decision-missing",
    ("Tabel keputusan {table} tidak ada.", "The decision table {table} is missing."),
    (
        "Sertakan dmn/{table}.dmn dan sebutkan {table} dalam decisions di ruleset.json.",
        "Add dmn/{table}.dmn and name {table} under decisions in ruleset.json.",
    ),
)
TABLE_NAME = error(
    "decision-id",
    (
        "Berkas {file} berisi keputusan {id}, bukan {table}.",
        "The file {file} holds the decision {id}, not {table}.",
    ),
    ("Samakan id keputusan dengan nama berkasnya.", "Give the decision the id that its file is called by."),
)
INPUT_UNKNOWN = error(
    "decision-input-unknown",
    (
        "Tabel {table} membaca {name}, yang tidak diberikan kepadanya.",
        "The table {table} reads {name}, which it is not given.",
    ),
    ("Tabel ini mengenal: {allowed}.", "This table knows: {allowed}."),
)
OUTPUT_MISSING = error(
    "decision-output-missing",
    ("Tabel {table} tidak punya kolom hasil {name}.", "The table {table} has no output column {name}."),
    ("Tambahkan kolom itu.", "Add that column."),
)
OUTPUT_VALUE = error(
    "decision-output-value",
    (
        "Baris {row} pada tabel {table} memberi {name} = {value}; seharusnya {expected}.",
        "Row {row} of the table {table} gives {name} = {value}; it should be {expected}.",
    ),
    ("Perbaiki sel hasil di baris itu.", "Mend the output cell of that row."),
)
INPUT_WORD = error(
    "decision-input-word",
    (
        "Baris {row} pada tabel {table} membandingkan {name} dengan {value}, yang tidak pernah terjadi.",
        "Row {row} of the table {table} compares {name} with {value}, which never occurs.",
    ),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
CLASS_WITHOUT_CLOCK = error(
    "handling-class-clock",
    (
        "Tabel {table} tidak memberi klasifikasi {case_class} jam penyelesaian yang ada: {detail}.",
        "The table {table} gives the class {case_class} no final clock that exists: {detail}.",
    ),
    (
        "Isi kolom final_clock di baris klasifikasi itu dengan jam final_ dari clocks.json, atau tambahkan baris.",
        "Set the column final_clock in the row of that class to a final_ clock of clocks.json, or add a row.",
    ),
)

RULES = (
    MISSING_FILE,
    UNKNOWN_FILE,
    BROKEN_JSON,
    SHAPE,
    UNKNOWN_PART,
    KEY,
    UNKNOWN_WORD,
    LENGTH,
    EXTENSION,
    NEVER_STOPS,
    CONTRADICTION,
    CLOCK_MISSING,
    UNMARKED,
    LIMIT,
    NO_REASON,
    TABLE_MISSING,
    TABLE_NAME,
    INPUT_UNKNOWN,
    OUTPUT_MISSING,
    OUTPUT_VALUE,
    INPUT_WORD,
    CLASS_WITHOUT_CLOCK,
)
