"""Reads a set to deploy into a subject for the rules, and reports every file that cannot be read."""

import re
from collections.abc import Iterator

from engine.decision_file import DMN_NAMESPACES, DecisionFile, read_decisions
from engine.drawing import Drawing, read_drawing
from engine.lint.form_files import read_forms
from engine.lint.naming import ID_DUPLICATE
from engine.lint.rule import Chapter, Rule, Spot, Subject, error
from engine.lint.schema import MAX_VIOLATIONS, SchemaViolation, violations
from engine.markup import (
    BPMN,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_FILE_BYTES,
    MAX_SET_BYTES,
    MAX_SET_ELEMENTS,
    MAX_SET_FILES,
    MarkupRefusal,
    MarkupRefusedError,
    Xml,
    local_name,
    namespace_of,
    parse_markup,
)
from engine.model import Files, Finding
from engine.vocabulary import Vocabulary

SET_TOO_LARGE = error(
    "set-too-large",
    (
        "Kumpulan berkas melebihi {limit} byte, {count} berkas, atau {elements} unsur XML.",
        "The set is larger than {limit} bytes, {count} files or {elements} XML elements.",
    ),
    ("Hapus berkas yang tidak dipakai.", "Remove the files that are not used."),
)
FILE_TOO_LARGE = error(
    "file-too-large",
    ("Berkas {file} lebih besar dari {limit} byte.", "The file {file} is larger than {limit} bytes."),
    ("Bagi menjadi beberapa berkas.", "Divide it into several files."),
)
FILE_NAME = error(
    "file-name",
    ("Nama berkas {file} tidak dapat dipakai.", "The file name {file} cannot be used."),
    (
        "Pakai bpmn/nama.bpmn, dmn/nama.dmn atau forms/proses/tugas.json dengan huruf kecil.",
        "Use bpmn/name.bpmn, dmn/name.dmn or forms/process/task.json in lower case.",
    ),
)
DOCTYPE = error(
    "xml-doctype",
    ("Berkas {file} berisi DOCTYPE atau ENTITY.", "The file {file} holds a DOCTYPE or an ENTITY."),
    ("Hapus bagian itu; diagram tidak memerlukannya.", "Delete that part; diagrams do not need it."),
)
ENCODING = error(
    "xml-encoding",
    (
        "Berkas {file} tidak tertulis dalam UTF-8 ({detail}).",
        "The file {file} is not written in UTF-8 ({detail}).",
    ),
    ("Simpan ulang dalam UTF-8.", "Save it again in UTF-8."),
)
BROKEN = error(
    "xml-broken",
    ("Berkas {file} bukan XML yang benar: {detail}.", "The file {file} is not well-formed XML: {detail}."),
    (
        "Perbaiki di baris itu, atau simpan ulang dari penyunting diagram.",
        "Mend it at that line, or save it again from a diagram editor.",
    ),
)
TOO_DEEP = error(
    "xml-too-deep",
    (
        "Berkas {file} bersarang lebih dari {limit} tingkat.",
        "The file {file} is nested more than {limit} levels deep.",
    ),
    ("Bagi menjadi pemanggilan proses.", "Divide it into call activities."),
)
TOO_MANY = error(
    "xml-too-many",
    (
        "Berkas {file} berisi lebih dari {limit} unsur XML.",
        "The file {file} holds more than {limit} XML elements.",
    ),
    ("Bagi menjadi beberapa diagram.", "Divide it into several diagrams."),
)
WRONG_ROOT = error(
    "xml-root",
    ("Berkas {file} bukan dokumen {expected}.", "The file {file} is no {expected} document."),
    ("Periksa apakah berkasnya benar.", "Check that it is the right file."),
)
SCHEMA = error(
    "xml-schema",
    (
        "{element} tidak sesuai dengan skema BPMN atau DMN: {detail}.",
        "{element} does not follow the BPMN or DMN schema: {detail}.",
    ),
    (
        "Simpan ulang dari penyunting diagram, atau perbaiki di baris itu.",
        "Save it again from a diagram editor, or mend it at that line.",
    ),
)
DRAWING_TOO_LARGE = error(
    "diagram-too-large",
    (
        "Diagram {file} berisi {count} elemen; paling banyak {limit}.",
        "The diagram {file} holds {count} elements; at most {limit} are allowed.",
    ),
    ("Bagi menjadi pemanggilan proses.", "Divide it into call activities."),
)

DECISION_TOO_LARGE = error(
    "decision-too-large",
    (
        "Tabel keputusan {file} berisi {count} baris; paling banyak {limit}.",
        "The decision table {file} holds {count} rows; at most {limit} are allowed.",
    ),
    ("Bagi menjadi beberapa keputusan.", "Divide it into several decisions."),
)

PATH = re.compile(
    r"(?:bpmn/[a-z0-9_-]+\.bpmn|dmn/[a-z0-9_-]+\.dmn|forms/(?:[a-z0-9_-]+/){0,3}[a-z0-9_-]+\.json)\Z"
)
MAX_PATH = 120
MAX_NODES = 500
MAX_FLOWS = 1_500
MAX_ROWS = 500

_MARKUP_RULES: dict[str, Rule] = {
    rule.id: rule for rule in (FILE_TOO_LARGE, DOCTYPE, ENCODING, BROKEN, TOO_DEEP, TOO_MANY)
}
_LIMITS = {"file-too-large": MAX_FILE_BYTES, "xml-too-deep": MAX_DEPTH, "xml-too-many": MAX_ELEMENTS}


def read_subject(files: Files, words: Vocabulary) -> tuple[Subject, list[Finding]]:
    """Read what can be read of a set; answers it with the findings about the rest.

    A set above a cap is not read at all, and the subject is empty then.
    """
    reader = _Reader()
    size = sum(len(content) for content in files.values())
    if size <= MAX_SET_BYTES and len(files) <= MAX_SET_FILES:
        reader.read(files)
    if size > MAX_SET_BYTES or len(files) > MAX_SET_FILES or reader.elements > MAX_SET_ELEMENTS:
        largest = max(files, key=lambda path: len(files[path]))
        refused = SET_TOO_LARGE.at(
            largest, line=1, limit=MAX_SET_BYTES, count=MAX_SET_FILES, elements=MAX_SET_ELEMENTS
        )
        return Subject(files={}, drawings=(), decisions=(), forms={}, words=words), [refused]
    forms, problems = read_forms({path: files[path] for path in files if _is_small_form(path, files[path])})
    subject = Subject(
        files=files,
        drawings=tuple(reader.drawings),
        decisions=tuple(reader.decisions),
        forms=forms,
        words=words,
    )
    return subject, reader.findings + problems


def _is_small_form(path: str, content: bytes) -> bool:
    return path.endswith(".json") and PATH.match(path) is not None and len(content) <= MAX_FILE_BYTES


class _Reader:
    """Reads the files of one set in order, and stops when they hold too much together."""

    def __init__(self) -> None:
        self.drawings: list[Drawing] = []
        self.decisions: list[DecisionFile] = []
        self.findings: list[Finding] = []
        self.elements = 0
        self.violations = 0

    def read(self, files: Files) -> None:
        for path in sorted(files):
            if not PATH.match(path) or len(path) > MAX_PATH:
                self.findings.append(FILE_NAME.at(path))
            elif path.endswith(".json") and len(files[path]) > MAX_FILE_BYTES:
                self.findings.append(FILE_TOO_LARGE.at(path, line=1, limit=MAX_FILE_BYTES))
            elif not path.endswith(".json"):
                self._read_markup(path, files[path])
            if self.elements > MAX_SET_ELEMENTS:
                return

    def _read_markup(self, path: str, content: bytes) -> None:
        try:
            root = parse_markup(content)
        except MarkupRefusedError as refused:
            self.findings.append(_markup_finding(path, refused.refusal))
            return
        self.elements += sum(1 for _ in root.iter())
        wrong = _wrong_root(path, root)
        if wrong:
            self.findings.append(WRONG_ROOT.at(path, line=1, expected=wrong))
        elif path.endswith(".dmn"):
            self._read_decisions(path, root)
        else:
            self._read_drawing(path, root)

    def _read_drawing(self, path: str, root: Xml) -> None:
        drawing = read_drawing(path, root)
        if len(drawing.nodes) > MAX_NODES or len(drawing.flows) > MAX_FLOWS:
            count = len(drawing.nodes) + len(drawing.flows)
            self.findings.append(DRAWING_TOO_LARGE.at(path, line=1, count=count, limit=MAX_NODES))
            return
        self._check_schema(path, root)
        self.drawings.append(drawing)

    def _read_decisions(self, path: str, root: Xml) -> None:
        decisions = read_decisions(path, root)
        rows = sum(len(table.rows) for decision in decisions.decisions for table in decision.tables)
        if rows > MAX_ROWS:
            self.findings.append(DECISION_TOO_LARGE.at(path, line=1, count=rows, limit=MAX_ROWS))
            return
        self._check_schema(path, root)
        self.decisions.append(decisions)

    def _check_schema(self, path: str, root: Xml) -> None:
        """Check ids, then the schema; a flood of violations in one file spares the files behind it."""
        repeated = list(_repeated_ids(root))[:MAX_VIOLATIONS]
        self.findings += [ID_DUPLICATE.at(path, place, id=place.id) for place in repeated]
        if repeated or self.violations >= MAX_VIOLATIONS:
            return
        found = violations(root)
        self.violations += len(found)
        self.findings += [_schema_finding(path, violation) for violation in found]


def _repeated_ids(root: Xml) -> Iterator[Spot]:
    seen: set[str] = set()
    for element in root.iter():
        identity = element.get("id")
        if identity is not None and identity in seen:
            yield Spot(str(identity), int(element.sourceline or 1))
        seen.add(identity)


def _markup_finding(path: str, refusal: MarkupRefusal) -> Finding:
    rule = _MARKUP_RULES[refusal.rule]
    limit = _LIMITS.get(rule.id, 0)
    return rule.at(path, line=refusal.line, detail=refusal.detail.rstrip("."), limit=limit)


def _wrong_root(path: str, root: Xml) -> str | None:
    if local_name(root) != "definitions":
        return "BPMN" if path.endswith(".bpmn") else "DMN"
    if path.endswith(".bpmn") and namespace_of(root) != BPMN:
        return "BPMN"
    if path.endswith(".dmn") and namespace_of(root) not in DMN_NAMESPACES and "DMN" not in namespace_of(root):
        return "DMN"
    return None


def _schema_finding(path: str, violation: SchemaViolation) -> Finding:
    return SCHEMA.at(
        path, violation, element=violation.id or violation.tag, detail=violation.detail.rstrip(".")
    )


CHAPTER = Chapter(
    title="Files",
    rules=(
        SET_TOO_LARGE,
        FILE_TOO_LARGE,
        FILE_NAME,
        DOCTYPE,
        ENCODING,
        BROKEN,
        TOO_DEEP,
        TOO_MANY,
        WRONG_ROOT,
        SCHEMA,
        DRAWING_TOO_LARGE,
        DECISION_TOO_LARGE,
    ),
)
