"""Rules that need the library: what the parser and the first automatic steps say."""

from engine.lint.rule import Chapter, error, warning

PARSER = error(
    "library-refused",
    ("Mesin proses menolak berkas ini: {detail}.", "The process engine refuses this file: {detail}."),
    ("Perbaiki elemen itu.", "Mend the element."),
)
FAULT = error(
    "trial-fault",
    ("Percobaan menjalankan {name} gagal: {detail}.", "The trial run of {name} failed: {detail}."),
    (
        "Perbaiki elemen itu; setiap kasus akan gagal di tempat yang sama.",
        "Mend the element; every case would fail at the same place.",
    ),
)
DATA = warning(
    "trial-data-missing",
    ("Percobaan menjalankan {name} berhenti: {detail}.", "The trial run of {name} stopped: {detail}."),
    (
        "Pastikan data itu diberikan ketika proses dimulai, atau isi lebih dulu dengan tugas skrip.",
        "Make sure that the data is given when the process starts, or set it first with a script task.",
    ),
)
LIMIT = error(
    "trial-limit",
    (
        "Percobaan menjalankan {name} melewati batas: {detail}.",
        "The trial run of {name} went over a cap: {detail}.",
    ),
    (
        "Cari putaran tanpa jalan keluar atau pencabangan paralel yang berlebihan.",
        "Look for a loop without an exit, or too many parallel splits.",
    ),
)

CHAPTER = Chapter(title="Trial run", rules=(PARSER, FAULT, DATA, LIMIT))
