"""Rules about decision tables: an answer for every input, from cells that can be computed."""

from collections import Counter
from collections.abc import Iterator

from engine.decision_file import DMN_NAMESPACES, Decision, DecisionFile, Table
from engine.decision_table import POLICIES, DecisionRefusedError, compile_cell, compile_table
from engine.expressions import compile_expression
from engine.lint.decision_cover import Cover, Overlap, TooMuchError, say
from engine.lint.expressions import Formula, check_formula
from engine.lint.rule import Chapter, Spot, Subject, error, warning
from engine.model import Finding, Text
from engine.names import is_reserved

VERSION = error(
    "decision-version",
    (
        "Berkas {file} memakai versi DMN yang tidak didukung.",
        "The file {file} uses a DMN version that is not supported.",
    ),
    ("Simpan sebagai DMN 1.3.", "Save it as DMN 1.3."),
)
SINGLE = error(
    "decision-single",
    (
        "Berkas keputusan harus berisi tepat satu keputusan dengan satu tabel.",
        "A decision file must hold exactly one decision with one table.",
    ),
    (
        "Bagi menjadi berkas-berkas tersendiri; ungkapan dan fungsi DMN lain tidak dijalankan.",
        "Divide it into files of their own; other DMN expressions and functions are not run.",
    ),
)
DUPLICATE = error(
    "decision-duplicate",
    ("Lebih dari satu keputusan memakai id {id}.", "More than one decision has the id {id}."),
    ("Beri setiap keputusan id sendiri.", "Give every decision an id of its own."),
)
IDENTITY = error(
    "decision-id-missing",
    ("Sebuah bagian tabel keputusan tidak punya id.", "A part of the decision table has no id."),
    (
        "Simpan ulang dari penyunting DMN, yang memberi id sendiri.",
        "Save it again from a DMN editor, which gives ids by itself.",
    ),
)
HIT_POLICY = error(
    "decision-hit-policy",
    (
        "Aturan pilih {policy} pada {name} tidak didukung.",
        "The hit policy {policy} of {name} is not supported.",
    ),
    (
        "Pakai FIRST, UNIQUE, ANY atau COLLECT tanpa agregasi.",
        "Use FIRST, UNIQUE, ANY, or COLLECT without aggregation.",
    ),
)
CATCH_ALL = error(
    "decision-catch-all",
    (
        "Tabel {name} tidak punya baris penampung di akhir.",
        "The table {name} has no catch-all row at its end.",
    ),
    ("Tambahkan baris terakhir dengan semua masukan kosong.", "Add a last row with all inputs empty."),
)
UNIQUE_CATCH_ALL = error(
    "decision-unique-catch-all",
    (
        "Tabel {name} memakai {policy}, tetapi baris penampungnya (baris {row}) ikut cocok bersama baris lain.",
        "The table {name} uses {policy}, but its catch-all row (row {row}) matches together with other rows.",
    ),
    (
        "Ubah aturan pilih menjadi FIRST, atau tulis not in (...) pada baris penampung.",
        "Change the hit policy to FIRST, or write not in (...) in the catch-all row.",
    ),
)
UNIQUE_GAPS = warning(
    "decision-unique-gaps",
    (
        "Tabel {name} memakai {policy} dengan sel yang tidak dapat dibandingkan satu per satu; kasus berhenti bila "
        "tidak ada baris yang cocok, atau lebih dari satu.",
        "The table {name} uses {policy} with cells that cannot be compared one by one; a case stops when no row "
        "matches, or more than one.",
    ),
    (
        "Pakai FIRST dengan baris penampung, atau bandingkan setiap masukan dengan nilai tetap saja.",
        "Use FIRST with a catch-all row, or compare every input with constants only.",
    ),
)
HOLE = error(
    "decision-hole",
    (
        "Tabel {name} tidak punya baris untuk {example}.",
        "The table {name} has no row for {example}.",
    ),
    (
        "Tambahkan baris untuk itu; baris penampung UNIQUE ditulis dengan not in (...), … berarti "
        "nilai lain.",
        "Add a row for it; a catch-all row of UNIQUE is written with not in (...), … stands for any "
        "other value.",
    ),
)
OVERLAP = error(
    "decision-overlap",
    (
        "Baris {first} dan baris {row} pada {name} cocok bersama untuk {example}; {policy} tidak mengizinkannya.",
        "Row {first} and row {row} of {name} match together for {example}, which {policy} does not allow.",
    ),
    (
        "Persempit salah satu baris, atau ubah aturan pilih menjadi FIRST dan urutkan barisnya.",
        "Narrow one of the rows, or change the hit policy to FIRST and order the rows.",
    ),
)
ROW_UNREACHABLE = error(
    "decision-row-unreachable",
    (
        "Baris {row} pada {name} tidak pernah dipakai: baris di atasnya selalu cocok lebih dulu.",
        "Row {row} of {name} is never used: the rows above it always match first.",
    ),
    (
        "Pindahkan baris itu ke atas, atau hapus; baris penampung adalah yang terakhir.",
        "Move that row up, or delete it; the catch-all row is the last one.",
    ),
)
ROW_REPEATED = error(
    "decision-row-repeated",
    (
        "Baris {row} pada {name} punya masukan yang sama dengan baris sebelumnya.",
        "Row {row} of {name} has the same inputs as a row before it.",
    ),
    ("Hapus salah satu.", "Delete one of them."),
)
SHAPE = error(
    "decision-shape",
    ("Tabel {name} tidak lengkap: {detail}.", "The table {name} is incomplete: {detail}."),
    (
        "Buka di penyunting DMN dan lengkapi kolom dan barisnya.",
        "Open it in a DMN editor and complete its columns and rows.",
    ),
)
OUTPUT_NAME = error(
    "decision-output-name",
    (
        "Kolom hasil {column} pada {name} tidak dapat menjadi nama data.",
        "The output column {column} of {name} cannot be a name of data.",
    ),
    (
        "Pakai kata dengan huruf kecil dan garis bawah, sekali saja per tabel.",
        "Use a word in lower case with underscores, once per table.",
    ),
)

ALONE = frozenset({"UNIQUE", "ANY"})
"""Hit policies under which rows must not contradict each other."""

INPUT = Text("Masukan", "The input")


def check_files(subject: Subject) -> Iterator[Finding]:
    """Report decision files that the library reads wrongly or not at all."""
    counted = Counter(decision.id for file in subject.decisions for decision in file.decisions)
    for file in subject.decisions:
        if file.namespace not in DMN_NAMESPACES:
            yield VERSION.at(file.file, line=file.line)
        if len(file.decisions) != 1 or len(file.decisions[0].tables) != 1:
            yield SINGLE.at(file.file, line=file.line)
        for line in file.unidentified:
            yield IDENTITY.at(file.file, line=line)
        for decision in file.decisions:
            if counted[decision.id] > 1:
                yield DUPLICATE.at(file.file, decision, id=decision.id)


def _tables(subject: Subject) -> Iterator[tuple[DecisionFile, Decision, Table]]:
    for file in subject.decisions:
        for decision in file.decisions:
            for table in decision.tables:
                yield file, decision, table


def title_of(decision: Decision) -> str:
    """How findings call a table: by the name that people know, and by its id."""
    return f"{decision.name} ({decision.id})" if decision.name not in {"", decision.id} else decision.id


def check_tables(subject: Subject) -> Iterator[Finding]:
    """Report tables whose columns, rows or hit policy would fail or mislead."""
    for file, decision, table in _tables(subject):
        name = title_of(decision)
        if table.hit_policy not in POLICIES or table.aggregation:
            policy = f"{table.hit_policy} {table.aggregation}".strip()
            yield HIT_POLICY.at(file.file, table, policy=policy, name=name)
        for detail in _gaps(table):
            yield SHAPE.at(file.file, table, name=name, detail=detail)
        counted = Counter(column.name for column in table.outputs)
        for column in table.outputs:
            if not column.name.isidentifier() or is_reserved(column.name) or counted[column.name] > 1:
                yield OUTPUT_NAME.at(file.file, column, column=column.name, name=name)
        yield from _check_catch_all(file.file, name, table)
        repeated = _repeated(table)
        for number in repeated:
            yield ROW_REPEATED.at(file.file, table.rows[number - 1], row=number, name=name)
        yield from _check_cover(file.file, name, table, decision, repeated)


def _gaps(table: Table) -> Iterator[Text]:
    if not table.inputs or not table.outputs:
        yield Text("tidak ada kolom masukan atau kolom hasil", "no input column or no output column")
    if not table.rows:
        yield Text("tidak ada baris", "no row")
    if any(not cell.text for cell in table.inputs):
        yield Text("ada kolom masukan tanpa ungkapan", "an input column without an expression")
    if any(
        len(row.inputs) != len(table.inputs) or len(row.outputs) != len(table.outputs) for row in table.rows
    ):
        yield Text("ada baris yang jumlah selnya berbeda", "a row with another number of cells")
    if any(not cell.text.strip() for row in table.rows for cell in row.outputs):
        yield Text("ada sel hasil yang kosong", "an empty output cell")
    if table.strangers:
        names = ", ".join(sorted(set(table.strangers)))
        yield Text(f"bagian {names} tidak dibaca", f"the part {names} is not read")


def _check_catch_all(file: str, name: str, table: Table) -> Iterator[Finding]:
    catching = [number for number, row in enumerate(table.rows, start=1) if row.catches_all]
    if table.hit_policy == "FIRST" and not catching:
        yield CATCH_ALL.at(file, table, name=name)
    if table.hit_policy in ALONE and len(table.rows) > 1:
        for number in catching:
            row = table.rows[number - 1]
            yield UNIQUE_CATCH_ALL.at(file, row, name=name, row=number, policy=table.hit_policy)


def _repeated(table: Table) -> tuple[int, ...]:
    """Numbers of the rows whose inputs stand in an earlier row already."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for number, row in enumerate(table.rows, start=1):
        inputs = tuple(cell.text.strip() for cell in row.inputs)
        if inputs in seen and table.hit_policy != "COLLECT":
            found.append(number)
        seen.add(inputs)
    return tuple(found)


def _check_cover(
    file: str, name: str, table: Table, decision: Decision, known: tuple[int, ...]
) -> Iterator[Finding]:
    """Report holes, contradictions and rows that are never used; ``known`` are rows reported before."""
    if table.hit_policy not in {"FIRST", *ALONE} or not table.inputs or not table.rows:
        return
    try:
        compiled = compile_table(decision.id, name, table)
    except DecisionRefusedError:
        return
    told = {*known, *(number for number, row in enumerate(table.rows, start=1) if row.catches_all)}
    try:
        if not Cover.is_simple(compiled):
            raise TooMuchError
        cover = Cover(compiled)
        if table.hit_policy == "FIRST":
            yield from _check_order(file, name, table, cover, known)
        else:
            yield from _check_alone(file, name, table, cover, told)
    except TooMuchError:
        if table.hit_policy in ALONE:
            yield UNIQUE_GAPS.at(file, table, name=name, policy=table.hit_policy)


def _check_order(
    file: str, name: str, table: Table, cover: Cover, known: tuple[int, ...]
) -> Iterator[Finding]:
    for number in cover.unreachable():
        if number not in known:
            yield ROW_UNREACHABLE.at(file, table.rows[number - 1], row=number, name=name)


def _check_alone(file: str, name: str, table: Table, cover: Cover, told: set[int]) -> Iterator[Finding]:
    columns = [cell.text for cell in table.inputs]
    reported = 0
    for overlap in cover.overlaps():
        # One contradiction of a row says enough: with hundreds of rows there can be a hundred thousand.
        if overlap.second == reported or {overlap.first, overlap.second} & told:
            continue
        if not _contradict(table, overlap):
            continue
        reported = overlap.second
        yield OVERLAP.at(
            file,
            table.rows[overlap.second - 1],
            first=overlap.first,
            row=overlap.second,
            name=name,
            policy=table.hit_policy,
            example=say(columns, overlap.example),
        )
    hole = cover.hole()
    if hole is not None:
        yield HOLE.at(file, table, name=name, example=say(columns, hole))


def _contradict(table: Table, overlap: Overlap) -> bool:
    """With ANY, rows may match together when they say the same."""
    answers = [
        tuple(cell.text.strip() for cell in table.rows[number - 1].outputs)
        for number in (overlap.first, overlap.second)
    ]
    return table.hit_policy == "UNIQUE" or answers[0] != answers[1]


def check_cells(subject: Subject) -> Iterator[Finding]:
    """Compile every cell as the engine will read it."""
    for file, decision, table in _tables(subject):
        name = title_of(decision)
        for cell in table.inputs:
            if cell.text:
                formula = Formula(Spot(cell.id, cell.line), name, INPUT, cell.text)
                yield from check_formula(subject, file.file, formula, compile_expression)
        for number, row in enumerate(table.rows, start=1):
            where = Text(f"Sel masukan baris {number}", f"The input cell of row {number}")
            for cell in row.inputs:
                formula = Formula(Spot(cell.id, cell.line), name, where, cell.text)
                yield from check_formula(subject, file.file, formula, compile_cell)
            where = Text(f"Sel hasil baris {number}", f"The output cell of row {number}")
            for cell in row.outputs:
                if cell.text.strip():
                    formula = Formula(Spot(cell.id, cell.line), name, where, cell.text)
                    yield from check_formula(subject, file.file, formula, compile_expression)


CHAPTER = Chapter(
    title="Decision tables",
    rules=(
        VERSION,
        SINGLE,
        DUPLICATE,
        IDENTITY,
        HIT_POLICY,
        CATCH_ALL,
        UNIQUE_CATCH_ALL,
        UNIQUE_GAPS,
        HOLE,
        OVERLAP,
        ROW_UNREACHABLE,
        ROW_REPEATED,
        SHAPE,
        OUTPUT_NAME,
    ),
    checks=(check_files, check_tables, check_cells),
)
