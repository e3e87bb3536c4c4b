"""Rules about tasks: who does them, with what, and which kinds the engine runs at all."""

from collections.abc import Iterator

from engine.catalogue import resolved
from engine.drawing import Drawing, Node
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error
from engine.markup import BPMN, NAMESPACES, qualified, text_of
from engine.model import Finding

KIND_UNSUPPORTED = error(
    "element-unsupported",
    ("{kind} {name} tidak didukung.", "The {kind} {name} is not supported."),
    (
        "Pakai tugas pengguna, tugas layanan, tugas skrip, tugas aturan, subproses biasa atau gerbang biasa.",
        "Use a user, service, script or business rule task, a plain sub-process or a plain gateway.",
    ),
)
TASK_WITHOUT_TYPE = error(
    "task-without-type",
    ("{kind} {name} tidak dikerjakan siapa pun menurut mesin.", "Nobody would do the {kind} {name}."),
    (
        "Jadikan tugas pengguna dengan formulir, atau tugas layanan dengan tindakan.",
        "Make it a user task with a form, or a service task with a handler.",
    ),
)
LANE_MISSING = error(
    "user-task-lane-missing",
    ("Tugas {name} tidak berada dalam jalur.", "The task {name} is in no lane."),
    ("Taruh tugas itu di dalam jalur pelakunya.", "Put the task into the lane of those who do it."),
)
ROLE_MISSING = error(
    "user-task-role-missing",
    ("Tugas {name} tidak punya peran.", "The task {name} has no role."),
    (
        "Isi properti role pada jalur {lane}, atau pada tugas itu sendiri.",
        "Fill in the property role on the lane {lane}, or on the task itself.",
    ),
)
UNIT_MISSING = error(
    "user-task-unit-missing",
    ("Tugas {name} tidak punya unit.", "The task {name} has no unit."),
    (
        "Isi properti unit pada jalur {lane}, atau pada tugas itu sendiri: {allowed}.",
        "Fill in the property unit on the lane {lane}, or on the task itself: {allowed}.",
    ),
)
FORM_UNKNOWN = error(
    "form-not-in-set",
    (
        "Formulir {form} pada tugas {name} tidak ada dalam kumpulan berkas.",
        "The form {form} of the task {name} is not in the set.",
    ),
    ("Tambahkan forms/{form}.json, atau perbaiki formKey.", "Add forms/{form}.json, or mend formKey."),
)
MESSAGE_MISSING = error(
    "message-missing",
    (
        "{kind} {name} tidak menyebut pesan dan akan dilewati begitu saja.",
        "The {kind} {name} names no message and would just be passed.",
    ),
    ("Pilih pesan yang dikirim atau ditunggu.", "Choose the message that is sent or waited for."),
)
MESSAGE_UNKNOWN = error(
    "message-unknown",
    ("Pesan {message} pada {name} tidak dikenal.", "The message {message} of {name} is unknown."),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
DECISION_MISSING = error(
    "decision-not-in-set",
    (
        "Keputusan {decision} pada {name} tidak ada dalam kumpulan berkas.",
        "The decision {decision} of {name} is not in the set.",
    ),
    (
        "Isi calledDecisionId dengan id keputusan dalam berkas dmn/: {allowed}.",
        "Set calledDecisionId to the id of a decision in a file of dmn/: {allowed}.",
    ),
)
CALLED_MISSING = error(
    "called-process-not-in-set",
    (
        "Proses {process} yang dipanggil {name} tidak ada dalam kumpulan berkas.",
        "The process {process} that {name} calls is not in the set.",
    ),
    (
        "Isi calledElement dengan id salah satu proses: {allowed}.",
        "Set calledElement to the id of one of the processes: {allowed}.",
    ),
)
CALLED_ITSELF = error(
    "called-process-recursive",
    (
        "{name} memanggil proses {process}, yang pada akhirnya memanggil dirinya sendiri.",
        "{name} calls the process {process}, which in the end calls itself.",
    ),
    (
        "Putar dengan gerbang, atau mulai proses lain lewat tindakan start_process.",
        "Loop with a gateway, or start another process with the handler start_process.",
    ),
)
SCRIPT_MISSING = error(
    "script-missing",
    ("Tugas skrip {name} kosong.", "The script task {name} is empty."),
    ("Tulis baris seperti nama = ungkapan.", "Write lines such as name = expression."),
)
DATA_STORE = error(
    "data-store",
    ("Penyimpanan data {id} tidak didukung.", "The data store {id} is not supported."),
    ("Hapus; data kasus disimpan oleh aplikasi.", "Delete it; the product keeps the case's data."),
)
DATA_REFERENCE = error(
    "data-reference",
    (
        "{name} membaca atau menulis data {reference}, yang bukan objek data proses ini.",
        "{name} reads or writes the data {reference}, which is no data object of this process.",
    ),
    (
        "Sambungkan ke sebuah objek data, atau hapus sambungannya.",
        "Connect it to a data object, or delete the connection.",
    ),
)

UNSUPPORTED_KINDS = frozenset(
    {
        "complexGateway",
        "adHocSubProcess",
        "transaction",
        "subChoreography",
        "callChoreography",
        "choreographyTask",
        "implicitThrowEvent",
    }
)


def check_kinds(subject: Subject) -> Iterator[Finding]:
    """Report kinds of element that the engine does not run."""
    for drawing, node in subject.each_node():
        if node.kind in UNSUPPORTED_KINDS:
            yield KIND_UNSUPPORTED.at(drawing.file, node, kind=kind_of(node), name=node.label)
        elif node.kind in {"task", "manualTask"}:
            yield TASK_WITHOUT_TYPE.at(drawing.file, node, kind=kind_of(node), name=node.label)
    for drawing in subject.drawings:
        for xml in drawing.root.iter(qualified(BPMN, "dataStore")):
            yield DATA_STORE.at(drawing.file, line=int(xml.sourceline or 1), id=xml.get("id", ""))


def check_user_tasks(subject: Subject) -> Iterator[Finding]:
    """Report user tasks that nobody would see or nobody could fill in."""
    for drawing, node in subject.each_node("userTask"):
        lane = node.lane.name or node.lane.id if node.lane else "?"
        if node.lane is None:
            yield LANE_MISSING.at(drawing.file, node, name=node.label)
        if not resolved(node, "role"):
            yield ROLE_MISSING.at(drawing.file, node, name=node.label, lane=lane)
        if not resolved(node, "unit"):
            allowed = ", ".join(subject.words.units)
            yield UNIT_MISSING.at(drawing.file, node, name=node.label, lane=lane, allowed=allowed)
        form = node.properties.get("formKey")
        if form and f"forms/{form}.json" not in subject.files:
            yield FORM_UNKNOWN.at(drawing.file, node, form=form, name=node.label)


def check_messages(subject: Subject) -> Iterator[Finding]:
    """Report send and receive tasks and message events whose message is missing or unknown."""
    for drawing, node in subject.each_node():
        for name in _messages_of(drawing, node):
            if not name:
                yield MESSAGE_MISSING.at(drawing.file, node, kind=kind_of(node), name=node.label)
            elif name not in subject.words.messages:
                allowed = ", ".join(subject.words.messages)
                yield MESSAGE_UNKNOWN.at(drawing.file, node, message=name, name=node.label, allowed=allowed)


def _messages_of(drawing: Drawing, node: Node) -> Iterator[str | None]:
    if node.kind in {"sendTask", "receiveTask"}:
        yield drawing.message_name(node.xml)
    for xml, kind in zip(node.definitions(), node.definition_kinds(), strict=True):
        if kind == "message":
            yield drawing.message_name(xml)


def check_called(subject: Subject) -> Iterator[Finding]:
    """Report called decisions and processes that are not in the set, and processes that call themselves."""
    decisions = [decision.id for file in subject.decisions for decision in file.decisions]
    for drawing, node in subject.each_node("businessRuleTask"):
        decision = node.extension("calledDecisionId") or ""
        if decision not in decisions:
            yield DECISION_MISSING.at(
                drawing.file, node, decision=decision, name=node.label, allowed=", ".join(decisions)
            )
    calls = _calls(subject)
    for drawing, node in subject.each_node("callActivity"):
        process = node.attribute("calledElement")
        if process not in calls:
            yield CALLED_MISSING.at(
                drawing.file, node, process=process, name=node.label, allowed=", ".join(calls)
            )
        elif _comes_back(calls, process, node.process_id):
            yield CALLED_ITSELF.at(drawing.file, node, process=process, name=node.label)


def _calls(subject: Subject) -> dict[str, set[str]]:
    calls: dict[str, set[str]] = {
        process.id: set() for drawing in subject.drawings for process in drawing.processes
    }
    for _, node in subject.each_node("callActivity"):
        calls[node.process_id].add(node.attribute("calledElement"))
    return calls


def _comes_back(calls: dict[str, set[str]], start: str, home: str) -> bool:
    seen: set[str] = set()
    todo = [start]
    while todo:
        current = todo.pop()
        if current == home:
            return True
        if current not in seen:
            seen.add(current)
            todo += calls.get(current, ())
    return False


def check_scripts_present(subject: Subject) -> Iterator[Finding]:
    """Report script tasks that hold nothing; what they hold is the expressions' chapter."""
    for drawing, node in subject.each_node("scriptTask"):
        script = node.child("script")
        if script is None or not (script.text or "").strip():
            yield SCRIPT_MISSING.at(drawing.file, node, name=node.label)


def check_data_references(subject: Subject) -> Iterator[Finding]:
    """Report data associations that lead to no data object: the library refuses the whole file for them."""
    for drawing in subject.drawings:
        objects = {str(xml.get("id")) for xml in drawing.root.iter(qualified(BPMN, "dataObject"))}
        drawn = drawing.root.iter(qualified(BPMN, "dataObjectReference"))
        known = {str(xml.get("id")) for xml in drawn if xml.get("dataObjectRef") in objects}
        for node in drawing.nodes:
            for reference in _data_references(node):
                if reference not in known:
                    yield DATA_REFERENCE.at(drawing.file, node, name=node.label, reference=reference)


def _data_references(node: Node) -> list[str]:
    found = node.xml.findall("bpmn:dataInputAssociation/bpmn:sourceRef", NAMESPACES)
    found += node.xml.findall("bpmn:dataOutputAssociation/bpmn:targetRef", NAMESPACES)
    return [text_of(xml) for xml in found]


CHAPTER = Chapter(
    title="Tasks, messages and calls",
    rules=(
        KIND_UNSUPPORTED,
        TASK_WITHOUT_TYPE,
        LANE_MISSING,
        ROLE_MISSING,
        UNIT_MISSING,
        FORM_UNKNOWN,
        MESSAGE_MISSING,
        MESSAGE_UNKNOWN,
        DECISION_MISSING,
        CALLED_MISSING,
        CALLED_ITSELF,
        SCRIPT_MISSING,
        DATA_STORE,
        DATA_REFERENCE,
    ),
    checks=(
        check_kinds,
        check_user_tasks,
        check_messages,
        check_called,
        check_scripts_present,
        check_data_references,
    ),
)
