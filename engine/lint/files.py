"""Reads a set to deploy into a subject for the rules, and reports every file that cannot be read."""

import re
from collections.abc import Iterator

from engine.drawing import Drawing, read_drawing
from engine.lint.decision_table import DMN_NAMESPACES, DecisionFile, read_decisions
from engine.lint.form_files import read_forms
from engine.lint.rule import Chapter, Rule, Subject, error
from engine.lint.schema import SchemaViolation, violations
from engine.markup import (
    BPMN,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_FILE_BYTES,
    MAX_SET_BYTES,
    MAX_SET_FILES,
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
        "Kumpulan berkas melebihi {limit} byte atau {count} berkas.",
        "The set is larger than {limit} bytes or {count} files.",
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

PATH = re.compile(
    r"(?:bpmn/[a-z0-9_-]+\.bpmn|dmn/[a-z0-9_-]+\.dmn|forms/(?:[a-z0-9_-]+/){0,3}[a-z0-9_-]+\.json)\Z"
)
MAX_PATH = 120
MAX_NODES = 500
MAX_FLOWS = 1_500

_MARKUP_RULES: dict[str, Rule] = {
    rule.id: rule for rule in (FILE_TOO_LARGE, DOCTYPE, ENCODING, BROKEN, TOO_DEEP, TOO_MANY)
}
_LIMITS = {"file-too-large": MAX_FILE_BYTES, "xml-too-deep": MAX_DEPTH, "xml-too-many": MAX_ELEMENTS}


def read_subject(files: Files, words: Vocabulary) -> tuple[Subject, list[Finding]]:
    """Read what can be read of a set; answers it with the findings about the rest."""
    findings = list(_check_set(files))
    if findings:
        return Subject(files={}, drawings=(), decisions=(), forms={}, words=words), findings
    drawings: list[Drawing] = []
    decisions: list[DecisionFile] = []
    for path in sorted(files):
        if not PATH.match(path) or len(path) > MAX_PATH:
            findings.append(FILE_NAME.at(path))
        elif path.endswith(".json") and len(files[path]) > MAX_FILE_BYTES:
            findings.append(FILE_TOO_LARGE.at(path, limit=MAX_FILE_BYTES))
        elif not path.endswith(".json"):
            _read_markup(path, files[path], drawings, decisions, findings)
    forms, problems = read_forms({path: files[path] for path in files if _is_small_form(path, files[path])})
    subject = Subject(
        files=files, drawings=tuple(drawings), decisions=tuple(decisions), forms=forms, words=words
    )
    return subject, findings + problems


def _check_set(files: Files) -> Iterator[Finding]:
    if sum(len(content) for content in files.values()) > MAX_SET_BYTES or len(files) > MAX_SET_FILES:
        largest = max(files, key=lambda path: len(files[path]))
        yield SET_TOO_LARGE.at(largest, line=1, limit=MAX_SET_BYTES, count=MAX_SET_FILES)


def _is_small_form(path: str, content: bytes) -> bool:
    return path.endswith(".json") and PATH.match(path) is not None and len(content) <= MAX_FILE_BYTES


def _read_markup(
    path: str, content: bytes, drawings: list[Drawing], decisions: list[DecisionFile], findings: list[Finding]
) -> None:
    try:
        root = parse_markup(content)
    except MarkupRefusedError as refused:
        rule = _MARKUP_RULES[refused.refusal.rule]
        limit = _LIMITS.get(rule.id, 0)
        findings.append(
            rule.at(path, line=refused.refusal.line, detail=refused.refusal.detail.rstrip("."), limit=limit)
        )
        return
    wrong = _wrong_root(path, root)
    if wrong:
        findings.append(WRONG_ROOT.at(path, line=1, expected=wrong))
        return
    findings += [_schema_finding(path, violation) for violation in violations(root)]
    if path.endswith(".dmn"):
        decisions.append(read_decisions(path, root))
        return
    drawing = read_drawing(path, root)
    if len(drawing.nodes) > MAX_NODES or len(drawing.flows) > MAX_FLOWS:
        count = len(drawing.nodes) + len(drawing.flows)
        findings.append(DRAWING_TOO_LARGE.at(path, line=1, count=count, limit=MAX_NODES))
        return
    drawings.append(drawing)


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
    ),
)
