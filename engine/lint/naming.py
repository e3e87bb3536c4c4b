"""Rules about ids and names: people read the names, histories and statistics keep the ids."""

import re
from collections.abc import Iterator

from engine.drawing import SUB_PROCESSES, Flow, Lane, Node, Process
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error, warning
from engine.model import Finding, Text

MAX_NAME = 200
WORD = re.compile(r"[a-z][a-z0-9_]*\Z")

ID_NOT_A_WORD = warning(
    "id-not-a-word",
    ("Id {id} bukan kata yang dapat dibaca.", "The id {id} is not a readable word."),
    (
        "Pakai huruf kecil, angka dan garis bawah, misalnya periksa_pengaduan.",
        "Use lower-case letters, digits and underscores, for example verify_complaint.",
    ),
)
ID_MISSING = error(
    "id-missing",
    ("Sebuah {kind} tidak punya id.", "A {kind} has no id."),
    ("Beri elemen itu id yang unik.", "Give the element a unique id."),
)
ID_DUPLICATE = error(
    "id-duplicate",
    ("Id {id} dipakai lebih dari sekali.", "The id {id} is used more than once."),
    ("Beri setiap elemen id sendiri.", "Give every element an id of its own."),
)
NAME_MISSING = warning(
    "name-missing",
    ("{kind} {id} tidak punya nama.", "The {kind} {id} has no name."),
    (
        'Beri nama: kata kerja dan objek, misalnya "Periksa pengaduan".',
        'Name it with verb and object, for example "Verify complaint".',
    ),
)
NAME_TOO_LONG = error(
    "name-too-long",
    ("Nama {id} lebih dari 200 karakter.", "The name of {id} is longer than 200 characters."),
    (
        "Pendekkan nama itu; penjelasan panjang masuk ke dokumentasi elemen.",
        "Shorten the name; put long explanations into the element's documentation.",
    ),
)
NAME_UNPRINTABLE = error(
    "name-unprintable",
    (
        "Nama {id} berisi karakter yang tidak dapat ditampilkan.",
        "The name of {id} holds characters that cannot be shown.",
    ),
    ("Ketik ulang nama itu tanpa karakter kendali.", "Type the name again without control characters."),
)

Named = Node | Flow | Lane | Process

NEED_NO_NAME = frozenset({"parallelGateway", "eventBasedGateway"})


def check_ids(subject: Subject) -> Iterator[Finding]:
    """Report ids that are missing or no words; ids used twice are found when the file is read."""
    for drawing in subject.drawings:
        places: list[Named] = [*drawing.processes, *drawing.nodes, *drawing.flows]
        for place in places:
            if not place.id:
                yield ID_MISSING.at(drawing.file, place, kind=_kind(place))
            elif not isinstance(place, Flow) and not WORD.match(place.id):
                # A flow's id is never shown nor stored, so what the editor generates is good enough.
                yield ID_NOT_A_WORD.at(drawing.file, place, id=place.id)


def check_subprocess_ids(subject: Subject) -> Iterator[Finding]:
    """Report sub-processes of two files with one id: the library keeps one register for all files."""
    held = [(drawing, node) for drawing, node in subject.each_node(*SUB_PROCESSES)]
    process_ids = {process.id for drawing in subject.drawings for process in drawing.processes}
    files: dict[str, set[str]] = {}
    for drawing, node in held:
        files.setdefault(node.id, set()).add(drawing.file)
    for drawing, node in held:
        if node.id and (len(files[node.id]) > 1 or node.id in process_ids):
            yield ID_DUPLICATE.at(drawing.file, node, id=node.id)


def check_names(subject: Subject) -> Iterator[Finding]:
    """Report names that are missing where people read them, too long, or unprintable."""
    for drawing in subject.drawings:
        lanes = [lane for process in drawing.processes for lane in process.lanes]
        places: list[Named] = [*drawing.processes, *lanes, *drawing.nodes, *drawing.flows]
        for place in places:
            if len(place.name) > MAX_NAME:
                yield NAME_TOO_LONG.at(drawing.file, place, id=place.id)
            if not all(character.isprintable() or character == "\n" for character in place.name):
                yield NAME_UNPRINTABLE.at(drawing.file, place, id=place.id)
            if not place.name and _needs_name(place, len(drawing.leaving(place.id))):
                yield NAME_MISSING.at(drawing.file, place, id=place.id, kind=_kind(place))


def _needs_name(place: Named, outgoing: int) -> bool:
    if isinstance(place, Flow):
        return False
    if not isinstance(place, Node):
        return True
    if place.kind in {"exclusiveGateway", "inclusiveGateway"}:
        return outgoing > 1
    return place.kind not in NEED_NO_NAME


def _kind(place: Named) -> Text:
    if isinstance(place, Node):
        return kind_of(place)
    return _PLAIN_KINDS[type(place)]


_PLAIN_KINDS = {Flow: Text("alur", "flow"), Lane: Text("jalur", "lane"), Process: Text("proses", "process")}


CHAPTER = Chapter(
    title="Ids and names",
    rules=(ID_MISSING, ID_DUPLICATE, ID_NOT_A_WORD, NAME_MISSING, NAME_TOO_LONG, NAME_UNPRINTABLE),
    checks=(check_ids, check_subprocess_ids, check_names),
)
