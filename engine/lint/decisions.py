"""Rules about decision tables: an answer for every input, from cells that can be computed."""

from collections import Counter
from collections.abc import Iterator

from engine.decision_file import DMN_NAMESPACES, Decision, DecisionFile, Table
from engine.decision_table import compile_cell
from engine.expressions import compile_expression
from engine.lint.expressions import Formula, check_formula
from engine.lint.rule import Chapter, Rule, Spot, Subject, error, warning
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
        "Pakai FIRST, UNIQUE atau COLLECT tanpa agregasi.",
        "Use FIRST, UNIQUE, or COLLECT without aggregation.",
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
        "Tabel {name} memakai UNIQUE, tetapi baris penampungnya ikut cocok bersama baris lain.",
        "The table {name} uses UNIQUE, but its catch-all row matches together with other rows.",
    ),
    ("Ubah aturan pilih menjadi FIRST.", "Change the hit policy to FIRST."),
)
UNIQUE_GAPS = warning(
    "decision-unique-gaps",
    (
        "Tabel {name} memakai UNIQUE; kasus berhenti bila tidak ada atau lebih dari satu baris yang cocok.",
        "The table {name} uses UNIQUE; a case stops when no row matches, or more than one.",
    ),
    (
        "Pakai FIRST dengan baris penampung bila tidak yakin semua kemungkinan tercakup tepat sekali.",
        "Use FIRST with a catch-all row unless every possibility is surely covered once.",
    ),
)
ROW_UNREACHABLE = error(
    "decision-row-unreachable",
    (
        "Baris sesudah baris penampung pada {name} tidak pernah dipakai.",
        "The rows behind the catch-all row of {name} are never used.",
    ),
    ("Pindahkan baris penampung ke akhir.", "Move the catch-all row to the end."),
)
ROW_REPEATED = error(
    "decision-row-repeated",
    ("Dua baris pada {name} punya masukan yang sama.", "Two rows of {name} have the same inputs."),
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

POLICIES = frozenset({"UNIQUE", "FIRST", "COLLECT"})
INPUT = Text("Masukan", "The input")
INPUT_CELL = Text("Sel masukan", "The input cell")
OUTPUT_CELL = Text("Sel hasil", "The output cell")


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


def check_tables(subject: Subject) -> Iterator[Finding]:
    """Report tables whose columns, rows or hit policy would fail or mislead."""
    for file, decision, table in _tables(subject):
        name = decision.name or decision.id
        if table.hit_policy not in POLICIES or table.aggregation:
            policy = f"{table.hit_policy} {table.aggregation}".strip()
            yield HIT_POLICY.at(file.file, table, policy=policy, name=name)
        for detail in _gaps(table):
            yield SHAPE.at(file.file, table, name=name, detail=detail)
        counted = Counter(column.name for column in table.outputs)
        for column in table.outputs:
            if not column.name.isidentifier() or is_reserved(column.name) or counted[column.name] > 1:
                yield OUTPUT_NAME.at(file.file, column, column=column.name, name=name)
        yield from _check_rows(file.file, name, table)


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


def _check_rows(file: str, name: str, table: Table) -> Iterator[Finding]:
    catching = [row.catches_all for row in table.rows]
    rule: Rule | None = None
    if table.hit_policy == "FIRST" and not any(catching):
        rule = CATCH_ALL
    elif table.hit_policy == "FIRST" and True in catching[:-1]:
        rule = ROW_UNREACHABLE
    elif table.hit_policy == "UNIQUE" and any(catching) and len(catching) > 1:
        rule = UNIQUE_CATCH_ALL
    elif table.hit_policy == "UNIQUE" and not any(catching):
        rule = UNIQUE_GAPS
    if rule is not None:
        yield rule.at(file, table, name=name)
    seen: set[tuple[str, ...]] = set()
    for row in table.rows:
        inputs = tuple(cell.text.strip() for cell in row.inputs)
        if inputs in seen and table.hit_policy != "COLLECT":
            yield ROW_REPEATED.at(file, row, name=name)
        seen.add(inputs)


def check_cells(subject: Subject) -> Iterator[Finding]:
    """Compile every cell as the engine will read it."""
    for file, decision, table in _tables(subject):
        name = decision.name or decision.id
        for cell in table.inputs:
            if cell.text:
                formula = Formula(Spot(cell.id, cell.line), name, INPUT, cell.text)
                yield from check_formula(subject, file.file, formula, compile_expression)
        for row in table.rows:
            for cell in row.inputs:
                formula = Formula(Spot(cell.id, cell.line), name, INPUT_CELL, cell.text)
                yield from check_formula(subject, file.file, formula, compile_cell)
            for cell in row.outputs:
                if cell.text.strip():
                    formula = Formula(Spot(cell.id, cell.line), name, OUTPUT_CELL, cell.text)
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
        ROW_UNREACHABLE,
        ROW_REPEATED,
        SHAPE,
        OUTPUT_NAME,
    ),
    checks=(check_files, check_tables, check_cells),
)
