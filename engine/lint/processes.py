"""Rules about whole processes: how they start, end and reach every element."""

from collections import Counter
from collections.abc import Iterator

from engine.drawing import SUB_PROCESSES, Drawing, Flow, Node, Process
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error
from engine.model import Finding

NO_PROCESS = error(
    "process-none",
    ("Kumpulan berkas ini tidak berisi proses.", "The set holds no process."),
    (
        "Tambahkan setidaknya satu diagram BPMN dengan sebuah proses.",
        "Add at least one BPMN diagram with a process.",
    ),
)
NOT_EXECUTABLE = error(
    "process-not-executable",
    ("Proses {name} tidak ditandai dapat dijalankan.", "The process {name} is not marked executable."),
    ('Centang "Executable" pada proses itu.', 'Tick "Executable" on the process.'),
)
PROCESS_DUPLICATE = error(
    "process-duplicate",
    ("Lebih dari satu proses memakai id {id}.", "More than one process has the id {id}."),
    ("Beri setiap proses id sendiri.", "Give every process an id of its own."),
)
START_MISSING = error(
    "start-missing",
    ("{name} tidak punya peristiwa mulai.", "{name} has no start event."),
    ("Gambar satu peristiwa mulai.", "Draw one start event."),
)
START_SEVERAL = error(
    "start-several",
    ("{name} punya lebih dari satu peristiwa mulai.", "{name} has more than one start event."),
    (
        "Sisakan satu peristiwa mulai, atau pakai paling banyak tiga peristiwa pesan dengan pesan yang berbeda.",
        "Keep one start event, or use at most three message events with messages of their own.",
    ),
)
END_MISSING = error(
    "end-missing",
    ("{name} tidak punya peristiwa akhir.", "{name} has no end event."),
    ("Akhiri setiap jalan dengan peristiwa akhir.", "Close every path with an end event."),
)
UNREACHABLE = error(
    "element-unreachable",
    (
        "{kind} {name} tidak dapat dicapai dari peristiwa mulai.",
        "The {kind} {name} cannot be reached from the start event.",
    ),
    ("Sambungkan dengan alur, atau hapus.", "Connect it with a flow, or delete it."),
)
DEAD_END = error(
    "element-dead-end",
    ("{kind} {name} tidak punya alur keluar.", "The {kind} {name} has no outgoing flow."),
    (
        "Sambungkan ke langkah berikutnya atau ke peristiwa akhir.",
        "Connect it to the next step or to an end event.",
    ),
)
END_CONTINUES = error(
    "end-continues",
    ("Dari peristiwa akhir {name} masih keluar alur.", "A flow leaves the end event {name}."),
    ("Hapus alur itu, atau pakai peristiwa kirim.", "Delete the flow, or use a throw event instead."),
)
FLOW_DANGLING = error(
    "flow-dangling",
    (
        "Alur {flow} menunjuk elemen {target} yang tidak ada di tempat ini.",
        "The flow {flow} refers to {target}, which does not exist here.",
    ),
    (
        "Sambungkan ulang alur itu dengan dua elemen dalam proses atau subproses yang sama.",
        "Connect the flow again to two elements of the same process or sub-process.",
    ),
)
BOUNDARY_DANGLING = error(
    "boundary-dangling",
    (
        "Peristiwa tepi {name} tidak menempel pada aktivitas.",
        "The boundary event {name} is attached to no activity.",
    ),
    (
        "Tempelkan pada sebuah tugas, subproses atau pemanggilan proses.",
        "Attach it to a task, sub-process or call activity.",
    ),
)
TASK_TWO_FLOWS = error(
    "task-two-flows",
    ("Lebih dari satu alur keluar dari {kind} {name}.", "More than one flow leaves the {kind} {name}."),
    (
        "Taruh gerbang di belakangnya dan cabangkan dari sana.",
        "Put a gateway behind it and branch from there.",
    ),
)
FLOW_CONDITION_IGNORED = error(
    "flow-condition-ignored",
    (
        "Syarat pada alur {flow} diabaikan karena alur itu keluar dari {kind} {name}.",
        "The condition on the flow {flow} is ignored because it leaves the {kind} {name}.",
    ),
    (
        "Taruh gerbang eksklusif di belakangnya dan pindahkan syarat ke alur gerbang.",
        "Put an exclusive gateway behind it and move the condition to the gateway's flow.",
    ),
)
BOUNDARY_ENTERED = error(
    "event-entered",
    ("Alur {flow} masuk ke {kind} {name}.", "The flow {flow} enters the {kind} {name}."),
    (
        "Peristiwa mulai dan peristiwa tepi tidak menerima alur; sambungkan ke langkah sesudahnya.",
        "Start and boundary events take no flow; connect to the step behind it.",
    ),
)

MAX_STARTS = 3
MAX_START_MESSAGES = 80
"""Characters of all start messages of a process, as the list of definitions keeps them."""

MANY_OUT = frozenset(
    {
        "exclusiveGateway",
        "inclusiveGateway",
        "parallelGateway",
        "eventBasedGateway",
        "complexGateway",
        "startEvent",
    }
)
CONDITIONS_WORK = frozenset({"exclusiveGateway", "inclusiveGateway"})


def check_processes(subject: Subject) -> Iterator[Finding]:
    """Report sets without a process, processes that cannot run and ids that clash."""
    processes = [(drawing, process) for drawing in subject.drawings for process in drawing.processes]
    unread = sum(path.endswith(".bpmn") for path in subject.files) - len(subject.drawings)
    if not processes and not unread:
        yield NO_PROCESS.at(min(subject.files, default=""), line=1)
    counted = Counter(process.id for _, process in processes)
    for drawing, process in processes:
        if not process.executable:
            yield NOT_EXECUTABLE.at(drawing.file, process, name=process.name or process.id)
        if counted[process.id] > 1:
            yield PROCESS_DUPLICATE.at(drawing.file, process, id=process.id)


def check_ends(subject: Subject) -> Iterator[Finding]:
    """Report processes and sub-processes whose start or end is not clear."""
    for drawing in subject.drawings:
        holders: list[Process | Node] = [
            *drawing.processes,
            *(node for node in drawing.nodes if node.kind in SUB_PROCESSES),
        ]
        for holder in holders:
            held = drawing.nodes_in(holder.id)
            starts = [node for node in held if node.kind == "startEvent"]
            name = holder.name or holder.id
            if not starts:
                yield START_MISSING.at(drawing.file, holder, name=name)
            if len(starts) > 1 and not _start_by_messages(drawing, holder, starts):
                yield START_SEVERAL.at(drawing.file, holder, name=name)
            if not any(node.kind == "endEvent" for node in held):
                yield END_MISSING.at(drawing.file, holder, name=name)


def _start_by_messages(drawing: Drawing, holder: Process | Node, starts: list[Node]) -> bool:
    """Tell whether each start event of a process waits for a message of its own, and the list can hold them."""
    names = {drawing.message_name(xml) or "" for start in starts for xml in start.definitions()}
    kinds = {kind for start in starts for kind in start.definition_kinds()}
    fitting = len(starts) <= MAX_STARTS and len(" ".join(names)) <= MAX_START_MESSAGES
    return isinstance(holder, Process) and kinds == {"message"} and len(names) == len(starts) and fitting


def check_flows(subject: Subject) -> Iterator[Finding]:
    """Report flows that lead nowhere, enter what takes none, or carry a condition nobody reads."""
    for drawing in subject.drawings:
        for flow in drawing.flows:
            yield from _check_flow(drawing, flow)


def _check_flow(drawing: Drawing, flow: Flow) -> Iterator[Finding]:
    source, target = drawing.by_id.get(flow.source), drawing.by_id.get(flow.target)
    for end, node in ((flow.source, source), (flow.target, target)):
        if node is None:
            yield FLOW_DANGLING.at(drawing.file, flow, flow=flow.name or flow.id, target=end)
    if source is None or target is None:
        return
    if source.scope_id != target.scope_id:
        yield FLOW_DANGLING.at(drawing.file, flow, flow=flow.name or flow.id, target=flow.target)
    if target.kind in {"startEvent", "boundaryEvent"}:
        yield BOUNDARY_ENTERED.at(
            drawing.file, flow, flow=flow.name or flow.id, kind=kind_of(target), name=target.label
        )
    if flow.condition is not None and source.kind not in CONDITIONS_WORK:
        yield FLOW_CONDITION_IGNORED.at(
            drawing.file, flow, flow=flow.name or flow.id, kind=kind_of(source), name=source.label
        )


def check_connections(subject: Subject) -> Iterator[Finding]:
    """Report nodes with too few or too many outgoing flows, and boundary events attached to nothing."""
    for drawing, node in subject.each_node():
        outgoing = drawing.leaving(node.id)
        if node.kind == "endEvent":
            if outgoing:
                yield END_CONTINUES.at(drawing.file, node, name=node.label)
        elif not outgoing and not node.is_event_subprocess:
            yield DEAD_END.at(drawing.file, node, kind=kind_of(node), name=node.label)
        elif len(outgoing) > 1 and node.kind not in MANY_OUT:
            yield TASK_TWO_FLOWS.at(drawing.file, node, kind=kind_of(node), name=node.label)
        if node.kind == "boundaryEvent":
            host = drawing.by_id.get(node.attribute("attachedToRef"))
            if host is None or host.scope_id != node.scope_id or _cannot_host(host):
                yield BOUNDARY_DANGLING.at(drawing.file, node, name=node.label)


def _cannot_host(host: Node) -> bool:
    return host.kind.endswith(("Event", "Gateway"))


def check_reachable(subject: Subject) -> Iterator[Finding]:
    """Report nodes that no path reaches: the library drops them without a word."""
    for drawing in subject.drawings:
        for scope_id in drawing.scopes():
            held = drawing.nodes_in(scope_id)
            starts = [node.id for node in held if node.kind == "startEvent"]
            reached = reachable(drawing, starts)
            # Without a start nothing is reached, and that has a rule of its own.
            for node in held if starts else ():
                if node.id not in reached and not node.is_event_subprocess:
                    yield UNREACHABLE.at(drawing.file, node, kind=kind_of(node), name=node.label)


def reachable(drawing: Drawing, start: list[str]) -> frozenset[str]:
    """Answer the nodes that flows and boundary events reach from ``start``, which is included."""
    reached: set[str] = set()
    todo = list(start)
    while todo:
        current = todo.pop()
        if current in reached:
            continue
        reached.add(current)
        todo += drawing.next_ids(current)
    return frozenset(reached)


CHAPTER = Chapter(
    title="Processes and flows",
    rules=(
        NO_PROCESS,
        NOT_EXECUTABLE,
        PROCESS_DUPLICATE,
        START_MISSING,
        START_SEVERAL,
        END_MISSING,
        UNREACHABLE,
        DEAD_END,
        END_CONTINUES,
        FLOW_DANGLING,
        BOUNDARY_DANGLING,
        BOUNDARY_ENTERED,
        TASK_TWO_FLOWS,
        FLOW_CONDITION_IGNORED,
    ),
    checks=(check_processes, check_ends, check_flows, check_connections, check_reachable),
)
