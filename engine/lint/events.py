"""Rules about events: what the library ignores without a word, and what could never happen."""

from collections.abc import Iterator

from engine.drawing import EVENTS, Drawing, Node
from engine.lint.kinds import definition_named, kind_of
from engine.lint.rule import Chapter, Subject, error, warning
from engine.model import Finding, Text

UNSUPPORTED = error(
    "event-unsupported",
    (
        "{definition} tidak berlaku pada {kind} {name}; mesin akan melewatinya begitu saja.",
        "A {definition} does not work on the {kind} {name}; the engine would just pass it.",
    ),
    ("Pakai: {allowed}.", "Use: {allowed}."),
)
EMPTY = error(
    "event-empty",
    ("{kind} {name} tidak menunggu apa pun.", "The {kind} {name} waits for nothing."),
    ("Pilih pesan atau pewaktu yang ditunggu.", "Choose the message or timer to wait for."),
)
SEVERAL = error(
    "event-several",
    ("{kind} {name} memuat lebih dari satu pemicu.", "The {kind} {name} holds more than one trigger."),
    ("Gambar satu peristiwa untuk setiap pemicu.", "Draw one event for each trigger."),
)
REFERENCE_MISSING = error(
    "event-reference",
    (
        "{definition} pada {kind} {name} tidak menunjuk apa pun yang bernama.",
        "The {definition} of the {kind} {name} refers to nothing that has a name.",
    ),
    (
        "Pilih atau buat {definition} yang dimaksud dan beri nama.",
        "Choose or create the {definition} that is meant, and name it.",
    ),
)
SIGNAL_UNTHROWN = error(
    "signal-never-thrown",
    (
        "Tidak ada yang mengirim sinyal {signal} yang ditunggu {kind} {name}.",
        "Nothing throws the signal {signal} that the {kind} {name} waits for.",
    ),
    (
        "Tambahkan peristiwa kirim untuk sinyal itu, atau pakai pesan.",
        "Add a throw event for the signal, or use a message.",
    ),
)
ERROR_UNTHROWN = error(
    "error-never-thrown",
    (
        "{definition} {code} yang ditangkap {name} tidak pernah dilempar dari dalam {host}.",
        "The {definition} {code} that {name} catches is never thrown inside {host}.",
    ),
    (
        "Lempar dari peristiwa akhir di dalam subproses, atau hapus peristiwa tepi ini.",
        "Throw it from an end event inside the sub-process, or delete this boundary event.",
    ),
)
BOUNDARY_MESSAGE_ONCE = error(
    "boundary-message-once",
    (
        "Pesan tepi {name} yang tidak menyela hanya diterima satu kali; pesan berikutnya hilang.",
        "The non-interrupting boundary message {name} is received only once; the next one would be lost.",
    ),
    (
        "Yang dapat datang berulang menjadi proses tersendiri di samping kasus, atau tindakan pada halaman kasus; "
        "pesan tepi hanya untuk yang menyela.",
        "What can come again is a process of its own beside the case, or an act on the case page; use a boundary "
        "message only to interrupt.",
    ),
)
EVENT_SUBPROCESS_INTERRUPTS = error(
    "event-subprocess-interrupting",
    (
        "Subproses peristiwa {name} tidak akan menyela alur utama.",
        "The event sub-process {name} will not interrupt the main flow.",
    ),
    (
        "Pakai peristiwa tepi yang menyela pada subproses, atau jadikan tidak menyela.",
        "Use an interrupting boundary event on a sub-process, or make it non-interrupting.",
    ),
)
EVENT_SUBPROCESS_START = error(
    "event-subprocess-start",
    (
        "Subproses peristiwa {name} tidak dapat dimulai oleh {definition}.",
        "The event sub-process {name} cannot be started by a {definition}.",
    ),
    (
        "Pakai peristiwa tepi pada aktivitas atau subproses yang bersangkutan.",
        "Use a boundary event on the activity or sub-process concerned.",
    ),
)
EVENT_SUBPROCESS_WAITS = warning(
    "event-subprocess-waits",
    (
        "Kasus belum selesai selama pewaktu subproses peristiwa {name} belum jatuh tempo.",
        "A case does not end before the timer of the event sub-process {name} was due.",
    ),
    (
        "Pakai peristiwa tepi pewaktu pada subproses bila kasus harus dapat selesai lebih dulu.",
        "Use a boundary timer on a sub-process if the case must be able to end earlier.",
    ),
)

ERROR_UNCAUGHT = error(
    "error-never-caught",
    (
        "Kesalahan yang dilempar {name} tidak ditangkap siapa pun; kasus akan macet di sana.",
        "Nothing catches the error that {name} throws; the case would be stuck there.",
    ),
    (
        "Tempelkan peristiwa tepi kesalahan pada subproses atau pemanggilan proses di sekelilingnya, "
        "atau pakai peristiwa akhir polos.",
        "Attach an error boundary event to the sub-process or call activity around it, or end plainly.",
    ),
)

# What the parser reads at each place and the engine has a record for; "none" is an event without definition.
ALLOWED: dict[str, tuple[str, ...]] = {
    "startEvent": ("none", "message", "timer"),
    "endEvent": ("none", "message", "error", "escalation", "terminate"),
    "intermediateCatchEvent": ("message", "timer", "signal"),
    "intermediateThrowEvent": ("none", "message", "signal", "escalation"),
    "boundaryEvent": ("message", "timer", "signal", "error", "escalation"),
}
EVENT_SUBPROCESS_STARTS = ("timer",)


def check_definitions(subject: Subject) -> Iterator[Finding]:
    """Report every event whose trigger the engine would ignore at that place."""
    for drawing, node in subject.each_node(*EVENTS):
        kinds = node.definition_kinds()
        holder = drawing.by_id.get(node.scope_id)
        if node.child("eventDefinitionRef") is not None:
            yield _unsupported(drawing, node, "eventDefinitionRef")
        if len(kinds) > 1:
            yield SEVERAL.at(drawing.file, node, kind=kind_of(node), name=node.label)
        elif node.kind == "startEvent" and holder is not None and holder.is_event_subprocess:
            yield from _check_event_subprocess(drawing, holder, node, kinds[0] if kinds else "none")
        elif node.kind == "startEvent" and holder is not None and kinds:
            yield _unsupported(drawing, node, kinds[0], allowed=("none",))
        else:
            yield from _check_definition(drawing, node, kinds[0] if kinds else "none")


def _check_definition(drawing: Drawing, node: Node, kind: str) -> Iterator[Finding]:
    allowed = ALLOWED.get(node.kind, ("none",))
    if kind in allowed:
        return
    if kind == "none":
        yield EMPTY.at(drawing.file, node, kind=kind_of(node), name=node.label)
    else:
        yield _unsupported(drawing, node, kind, allowed)


def _unsupported(drawing: Drawing, node: Node, kind: str, allowed: tuple[str, ...] | None = None) -> Finding:
    names = [definition_named(name) for name in allowed or ALLOWED.get(node.kind, ()) if name != "none"]
    plain = Text("peristiwa polos", "a plain event")
    choice = [plain, *names] if "none" in (allowed or ALLOWED.get(node.kind, ())) else names
    return UNSUPPORTED.at(
        drawing.file,
        node,
        definition=definition_named(kind),
        kind=kind_of(node),
        name=node.label,
        allowed=Text(", ".join(word.id for word in choice), ", ".join(word.en for word in choice)),
    )


def _check_event_subprocess(drawing: Drawing, holder: Node, start: Node, kind: str) -> Iterator[Finding]:
    if kind not in EVENT_SUBPROCESS_STARTS:
        yield EVENT_SUBPROCESS_START.at(
            drawing.file, start, name=holder.label, definition=definition_named(kind)
        )
    elif start.attribute("isInterrupting", "true") == "true":
        yield EVENT_SUBPROCESS_INTERRUPTS.at(drawing.file, start, name=holder.label)
    else:
        yield EVENT_SUBPROCESS_WAITS.at(drawing.file, start, name=holder.label)


def check_references(subject: Subject) -> Iterator[Finding]:
    """Report definitions that refer to no named signal, error or escalation."""
    for drawing, node in subject.each_node(*EVENTS):
        for xml, kind in zip(node.definitions(), node.definition_kinds(), strict=True):
            reference = xml.get(f"{kind}Ref")
            catches_any = (
                node.kind == "boundaryEvent" and kind in {"error", "escalation"} and reference is None
            )
            if (
                kind in {"signal", "error", "escalation"}
                and not catches_any
                and not drawing.names.get(reference or "")
            ):
                yield REFERENCE_MISSING.at(
                    drawing.file, node, definition=definition_named(kind), kind=kind_of(node), name=node.label
                )


def check_signals(subject: Subject) -> Iterator[Finding]:
    """Report signals that a case would wait for though nothing throws them."""
    thrown = {name for _, node, name in _signals(subject) if node.kind == "intermediateThrowEvent"}
    for drawing, node, name in _signals(subject):
        if node.kind in {"intermediateCatchEvent", "boundaryEvent"} and name not in thrown:
            yield SIGNAL_UNTHROWN.at(drawing.file, node, signal=name, kind=kind_of(node), name=node.label)


def _signals(subject: Subject) -> Iterator[tuple[Drawing, Node, str]]:
    for drawing, node in subject.each_node(*EVENTS):
        for xml, kind in zip(node.definitions(), node.definition_kinds(), strict=True):
            name = drawing.names.get(str(xml.get("signalRef", "")))
            if kind == "signal" and name:
                yield drawing, node, name


def check_boundaries(subject: Subject) -> Iterator[Finding]:
    """Report boundary events that can never happen or happen less often than drawn."""
    for drawing, node in subject.each_node("boundaryEvent"):
        kinds = node.definition_kinds()
        if kinds == ["message"] and node.attribute("cancelActivity", "true") == "false":
            yield BOUNDARY_MESSAGE_ONCE.at(drawing.file, node, name=node.label)
        host = drawing.by_id.get(node.attribute("attachedToRef"))
        if (
            host is not None
            and kinds
            and kinds[0] in {"error", "escalation"}
            and not _may_throw(host, kinds[0])
        ):
            yield ERROR_UNTHROWN.at(
                drawing.file,
                node,
                definition=definition_named(kinds[0]),
                code=drawing.names.get(str(node.definitions()[0].get(f"{kinds[0]}Ref", "")), ""),
                name=node.label,
                host=host.label,
            )


def check_errors_caught(subject: Subject) -> Iterator[Finding]:
    """Report error end events that no boundary event around them, in whatever process calls them, catches."""
    for drawing, node in subject.each_node("endEvent"):
        for xml, kind in zip(node.definitions(), node.definition_kinds(), strict=True):
            if kind == "error" and not _is_caught(subject, drawing, node, str(xml.get("errorRef", ""))):
                yield ERROR_UNCAUGHT.at(drawing.file, node, name=node.label)


def _is_caught(subject: Subject, drawing: Drawing, node: Node, error_id: str) -> bool:
    code = _error_code(drawing, error_id)
    seen: set[str] = set()
    todo = [(drawing, node.scope_id)]
    while todo:
        around, scope_id = todo.pop()
        if scope_id in seen:
            continue
        seen.add(scope_id)
        holder = around.by_id.get(scope_id)
        hosts = [(around, holder)] if holder is not None else _callers(subject, scope_id)
        for where, host in hosts:
            if any(_catches(where, event, code) for event in where.attached.get(host.id, ())):
                return True
            todo.append((where, host.scope_id))
    return False


def _callers(subject: Subject, process_id: str) -> list[tuple[Drawing, Node]]:
    calls = subject.each_node("callActivity")
    return [(drawing, node) for drawing, node in calls if node.attribute("calledElement") == process_id]


def _catches(drawing: Drawing, event: Node, code: str) -> bool:
    for xml, kind in zip(event.definitions(), event.definition_kinds(), strict=True):
        reference = str(xml.get("errorRef", ""))
        if kind == "error" and (not reference or _error_code(drawing, reference) == code):
            return True
    return False


def _error_code(drawing: Drawing, error_id: str) -> str:
    return drawing.codes.get(error_id) or drawing.names.get(error_id, "")


def _may_throw(host: Node, kind: str) -> bool:
    if host.kind in {"callActivity", "subProcess"}:
        return True
    return host.kind == "serviceTask" and kind == "error"


CHAPTER = Chapter(
    title="Events",
    rules=(
        UNSUPPORTED,
        EMPTY,
        SEVERAL,
        REFERENCE_MISSING,
        SIGNAL_UNTHROWN,
        ERROR_UNTHROWN,
        ERROR_UNCAUGHT,
        BOUNDARY_MESSAGE_ONCE,
        EVENT_SUBPROCESS_START,
        EVENT_SUBPROCESS_INTERRUPTS,
        EVENT_SUBPROCESS_WAITS,
    ),
    checks=(check_definitions, check_references, check_signals, check_boundaries, check_errors_caught),
)
