"""Rules about multi-instance and loop markers: bounded, and safe to enter twice."""

import re
from collections.abc import Iterator

from engine.catalogue import resolved
from engine.drawing import Drawing, Node
from engine.lint.kinds import kind_of
from engine.lint.loops import cycle_members
from engine.lint.rule import Chapter, Subject, error
from engine.lint.variables import process_targets, script_targets
from engine.markup import NAMESPACES, Xml, local_name, text_of
from engine.model import Finding
from engine.names import is_reserved

UNCAPPED = error(
    "repetition-uncapped",
    ("Pengulangan pada {name} tidak dibatasi.", "The repetition of {name} has no cap."),
    (
        "Tulis bilangan 1 sampai {limit}, atau min(jumlah, {limit}).",
        "Write a number from 1 to {limit}, or min(count, {limit}).",
    ),
)
SOURCE = error(
    "repetition-source",
    (
        "{name} tidak menyebut tepat satu sumber pengulangan.",
        "{name} does not name exactly one source of its repetition.",
    ),
    (
        "Isi jumlah (loopCardinality) atau daftar masukan (loopDataInputRef), jangan keduanya.",
        "Fill in either the count (loopCardinality) or the input list (loopDataInputRef), not both.",
    ),
)
VARIABLE_CLASH = error(
    "repetition-variable",
    (
        "Nama {variable} pada pengulangan {name} sudah dipakai untuk hal lain.",
        "The name {variable} of the repetition {name} is already used for something else.",
    ),
    (
        "Pakai nama tersendiri untuk butir, daftar masukan dan daftar hasil.",
        "Use names of their own for the item, the input list and the output list.",
    ),
)
NOT_RESET = error(
    "repetition-not-reset",
    (
        "Daftar hasil {variable} dari {name} masih terisi saat putaran kembali ke sana.",
        "The output list {variable} of {name} is still filled when the loop comes back to it.",
    ),
    (
        "Kosongkan di dalam putaran dengan tugas skrip: {variable} = [].",
        "Empty it inside the loop with a script task: {variable} = [].",
    ),
)
OUTPUT_AND_COUNT = error(
    "repetition-count-with-output",
    (
        "{name} memakai jumlah sekaligus daftar hasil yang sudah ada.",
        "{name} uses a count together with an existing output list.",
    ),
    (
        "Ulangi atas sebuah daftar masukan, atau hapus daftar hasil.",
        "Repeat over an input list, or delete the output list.",
    ),
)
MARKER_PLACE = error(
    "repetition-place",
    (
        "Tanda pengulangan tidak didukung pada {kind} {name}.",
        "A repetition marker is not supported on the {kind} {name}.",
    ),
    (
        "Pakai pada tugas pengguna, subproses atau pemanggilan proses.",
        "Use it on a user task, a sub-process or a call activity.",
    ),
)

UNIT_OF_ITEM = error(
    "repetition-unit",
    (
        "Tugas {name} milik unit pendukung, tetapi tidak diulang untuk setiap unit.",
        "The task {name} belongs to a supporting unit but is not repeated for each of them.",
    ),
    (
        "Ulangi tugas itu atas daftar supporting_units (loopDataInputRef) dengan butir (inputDataItem).",
        "Repeat the task over the list supporting_units (loopDataInputRef) with an item (inputDataItem).",
    ),
)

MAX_REPETITIONS = 100
CAPPED = re.compile(r"min\(.+,\s*(\d{1,3})\)\Z|min\((\d{1,3})\s*,.+\)\Z")
REPEATABLE = frozenset(
    {"userTask", "subProcess", "callActivity", "serviceTask", "scriptTask", "businessRuleTask"}
)
MARKERS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")


def markers(subject: Subject) -> Iterator[tuple[Drawing, Node, Xml]]:
    """Go through the repeated activities and their markers."""
    for drawing, node in subject.each_node():
        for child in node.xml:
            if local_name(child) in MARKERS:
                yield drawing, node, child


def check_markers(subject: Subject) -> Iterator[Finding]:
    """Report repetitions without a cap, without a source or at a place that cannot repeat."""
    for drawing, node, marker in markers(subject):
        if node.kind not in REPEATABLE:
            yield MARKER_PLACE.at(drawing.file, node, kind=kind_of(node), name=node.label)
        if local_name(marker) == "standardLoopCharacteristics":
            maximum = str(marker.get("loopMaximum") or "")
            if not _capped(maximum):
                yield UNCAPPED.at(drawing.file, node, name=node.label, limit=MAX_REPETITIONS)
            continue
        counts = _texts(marker, "loopCardinality")
        if len(counts) + len(_texts(marker, "loopDataInputRef")) != 1:
            yield SOURCE.at(drawing.file, node, name=node.label)
        if counts and not _capped(counts[0]):
            yield UNCAPPED.at(drawing.file, node, name=node.label, limit=MAX_REPETITIONS)


def _capped(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return len(text) <= 3 and 1 <= int(text) <= MAX_REPETITIONS
    found = CAPPED.match(text)
    return found is not None and int(found.group(1) or found.group(2)) <= MAX_REPETITIONS


def _texts(marker: Xml, tag: str) -> list[str]:
    return [text_of(xml) for xml in marker.findall(f"bpmn:{tag}", NAMESPACES)]


def _item(marker: Xml, tag: str) -> list[str]:
    return [str(xml.get("id", "")) for xml in marker.findall(f"bpmn:{tag}", NAMESPACES)]


def check_variables(subject: Subject) -> Iterator[Finding]:
    """Report item and list names that clash with each other, with scripts or with the system's names."""
    for drawing, node, marker in markers(subject):
        lists = [*_texts(marker, "loopDataInputRef"), *_texts(marker, "loopDataOutputRef")]
        items = [*_item(marker, "inputDataItem"), *_item(marker, "outputDataItem")]
        set_elsewhere = process_targets(drawing, node.process_id)
        for name in dict.fromkeys(lists + items):
            clashes = name in items and (name in lists or name in set_elsewhere)
            if clashes or not name.isidentifier() or is_reserved(name):
                yield VARIABLE_CLASH.at(drawing.file, node, variable=name, name=node.label)
        if _texts(marker, "loopCardinality") and set_elsewhere.intersection(
            _texts(marker, "loopDataOutputRef")
        ):
            yield OUTPUT_AND_COUNT.at(drawing.file, node, name=node.label)


def check_reset(subject: Subject) -> Iterator[Finding]:
    """Report output lists that a loop does not empty: the second pass fails in the library."""
    for drawing, node, marker in markers(subject):
        outputs = set(_texts(marker, "loopDataOutputRef")) - set(_texts(marker, "loopDataInputRef"))
        scope = {other.id for other in drawing.nodes_in(node.scope_id)}
        if not outputs or node.id not in cycle_members(drawing, scope):
            continue
        # Without the places that empty the list there must be no way back to the activity.
        for output in sorted(outputs):
            keeping = {other for other in scope if output not in script_targets(drawing.by_id[other])} | {
                node.id
            }
            if node.id in cycle_members(drawing, keeping):
                yield NOT_RESET.at(drawing.file, node, variable=output, name=node.label)


def check_unit_of_item(subject: Subject) -> Iterator[Finding]:
    """Report tasks that belong to the unit of an item although there is no item."""
    repeated = {
        (drawing.file, node.id)
        for drawing, node, marker in markers(subject)
        if _texts(marker, "loopDataInputRef") and _item(marker, "inputDataItem")
    }
    for drawing, node in subject.each_node("userTask"):
        if resolved(node, "unit") == "supporting_unit" and (drawing.file, node.id) not in repeated:
            yield UNIT_OF_ITEM.at(drawing.file, node, name=node.label)


CHAPTER = Chapter(
    title="Repetition",
    rules=(UNCAPPED, SOURCE, VARIABLE_CLASH, NOT_RESET, OUTPUT_AND_COUNT, MARKER_PLACE, UNIT_OF_ITEM),
    checks=(check_markers, check_variables, check_reset, check_unit_of_item),
)
