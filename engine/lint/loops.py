"""Rules about size: loops nobody stops and trees the library would grow before the first task."""

from collections.abc import Iterator

from engine.drawing import SUB_PROCESSES, Drawing, Node
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error
from engine.model import Finding
from engine.vocabulary import HandlerMode

AUTOMATIC_LOOP = error(
    "loop-automatic",
    (
        "{kind} {name} berada dalam putaran yang tidak menunggu apa pun.",
        "The {kind} {name} is in a loop that waits for nothing.",
    ),
    (
        "Taruh tugas pengguna, pesan atau pewaktu di dalam putaran itu.",
        "Put a user task, a message or a timer into the loop.",
    ),
)
EXPLOSION = error(
    "prediction-explosion",
    (
        "Sejak {name}, pencabangan paralel yang berurutan menghasilkan lebih dari {limit} langkah terencana.",
        "From {name} on, parallel splits in a row make more than {limit} planned steps.",
    ),
    ("Bagi menjadi subproses atau pemanggilan proses.", "Divide it into sub-processes or call activities."),
)

INCLUSIVE_JOIN = error(
    "loop-inclusive-join",
    (
        "Gerbang inklusif {name} menggabung di dalam putaran; pada putaran kedua ia tidak menunggu semua cabang.",
        "The inclusive gateway {name} joins inside a loop; from the second round on it does not wait for every branch.",
    ),
    (
        "Gabung dengan gerbang paralel, atau pindahkan cabang-cabangnya ke subproses di dalam putaran itu.",
        "Join with a parallel gateway, or move the branches into a sub-process inside the loop.",
    ),
)

MAX_PREDICTED = 400

WAITING_KINDS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"})
WAITING_BOUNDARIES = frozenset({"timer", "message"})
UNDECIDED_KINDS = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"})
LOOKAHEAD = 3
"""Steps that the library plans beyond an undecided gateway, per way out."""


def check_loops(subject: Subject) -> Iterator[Finding]:
    """Report elements of cycles without any waiting element: such a case would run for ever."""
    waiting_scopes = _waiting_scopes(subject)
    for drawing in subject.drawings:
        busy = {node.id for node in drawing.nodes if not _waits(subject, node, waiting_scopes)}
        for member in cycle_members(drawing, busy):
            node = drawing.by_id[member]
            yield AUTOMATIC_LOOP.at(drawing.file, node, kind=kind_of(node), name=node.label)


def check_joins(subject: Subject) -> Iterator[Finding]:
    """Report inclusive gateways that join on a cycle: the library counts branches that came in an earlier round."""
    for drawing in subject.drawings:
        for member in cycle_members(drawing, set(drawing.by_id)):
            node = drawing.by_id[member]
            if node.kind == "inclusiveGateway" and len(drawing.incoming.get(member, ())) > 1:
                yield INCLUSIVE_JOIN.at(drawing.file, node, name=node.label)


def _waits(subject: Subject, node: Node, waiting_scopes: frozenset[str]) -> bool:
    if node.kind == "serviceTask":
        handler = subject.words.handlers.get(node.properties.get("handler", ""))
        return handler is not None and handler.mode is HandlerMode.JOB
    if node.kind == "boundaryEvent":
        return not WAITING_BOUNDARIES.isdisjoint(node.definition_kinds())
    if node.kind == "callActivity":
        return node.attribute("calledElement") in waiting_scopes
    if node.kind in SUB_PROCESSES:
        return node.id in waiting_scopes
    return node.kind in WAITING_KINDS


def _waiting_scopes(subject: Subject) -> frozenset[str]:
    """Answer the processes and sub-processes that hold something to wait for, however deep."""
    waiting: set[str] = set()
    grows = True
    while grows:
        known = frozenset(waiting)
        waiting |= {node.scope_id for _, node in subject.each_node() if _waits(subject, node, known)}
        grows = len(waiting) > len(known)
    return frozenset(waiting)


def cycle_members(drawing: Drawing, among: set[str]) -> list[str]:
    """List the nodes of ``among`` that lie on a cycle within ``among``, in the order of the file."""
    successors = {node: [after for after in drawing.next_ids(node) if after in among] for node in among}
    on_cycle = _on_cycles(successors)
    return [node.id for node in drawing.nodes if node.id in on_cycle]


def _on_cycles(successors: dict[str, list[str]]) -> set[str]:
    found = {node for node, targets in successors.items() if node in targets}
    search = _Components(successors)
    for component in search.components():
        found.update(component if len(component) > 1 else ())
    return found


class _Components:
    """Tarjan's strongly connected components, with a stack of its own instead of recursion."""

    def __init__(self, successors: dict[str, list[str]]) -> None:
        self.successors = successors
        self.order: dict[str, int] = {}
        self.lowest: dict[str, int] = {}
        self.path: list[str] = []
        self.on_path: set[str] = set()

    def components(self) -> Iterator[list[str]]:
        """Go through the components; a node on no cycle makes one by itself."""
        for first in self.successors:
            if first not in self.order:
                yield from self._search(first)

    def _search(self, first: str) -> Iterator[list[str]]:
        work = [self._enter(first)]
        while work:
            node, targets = work[-1]
            ahead = next((target for target in targets if not self._is_done(target)), None)
            if ahead is None:
                work.pop()
                if work:
                    self._lower(work[-1][0], self.lowest[node])
                yield from self._leave(node)
            elif ahead in self.order:
                self._lower(node, self.order[ahead])
            else:
                work.append(self._enter(ahead))

    def _is_done(self, node: str) -> bool:
        return node in self.order and node not in self.on_path

    def _lower(self, node: str, order: int) -> None:
        self.lowest[node] = min(self.lowest[node], order)

    def _enter(self, node: str) -> tuple[str, Iterator[str]]:
        self.order[node] = self.lowest[node] = len(self.order)
        self.path.append(node)
        self.on_path.add(node)
        return node, iter(self.successors[node])

    def _leave(self, node: str) -> Iterator[list[str]]:
        if self.lowest[node] == self.order[node]:
            start = self.path.index(node)
            component = self.path[start:]
            del self.path[start:]
            self.on_path.difference_update(component)
            yield component


def check_prediction(subject: Subject) -> Iterator[Finding]:
    """Report the first element of a process from which the library would plan too large a tree."""
    for drawing in subject.drawings:
        sizes = _planned_sizes(drawing)
        for scope_id in drawing.scopes():
            for node in drawing.nodes_in(scope_id):
                if sizes.get(node.id, 0) > MAX_PREDICTED:
                    yield EXPLOSION.at(drawing.file, node, name=node.label, limit=MAX_PREDICTED)
                    break


def _planned_sizes(drawing: Drawing) -> dict[str, int]:
    """Answer how many steps are planned from each node on: every branch carries its own copy of what follows.

    The library plans on through tasks and parallel gateways and stops shortly behind undecided ones.
    """
    sizes: dict[str, int] = {}
    pending: set[str] = set()
    for first in drawing.by_id:
        stack = [first]
        while stack:
            current = stack[-1]
            node = drawing.by_id[current]
            ahead = _planned_next(drawing, node)
            missing = [after for after in ahead if after not in sizes and after not in pending]
            if current not in sizes and missing and current not in pending:
                pending.add(current)
                stack += missing
                continue
            stack.pop()
            pending.discard(current)
            sizes.setdefault(current, _size(drawing, node, [sizes.get(after, 1) for after in ahead]))
    return sizes


def _planned_next(drawing: Drawing, node: Node) -> list[str]:
    if node.kind in UNDECIDED_KINDS and len(drawing.leaving(node.id)) > 1:
        return []
    return [flow.target for flow in drawing.leaving(node.id) if flow.target in drawing.by_id]


def _size(drawing: Drawing, node: Node, ahead: list[int]) -> int:
    beyond = 0 if ahead else LOOKAHEAD * len(drawing.leaving(node.id))
    attached = LOOKAHEAD * len(drawing.attached.get(node.id, ()))
    return min(1 + beyond + attached + sum(ahead), 10 * MAX_PREDICTED)


CHAPTER = Chapter(
    title="Loops and size",
    rules=(AUTOMATIC_LOOP, INCLUSIVE_JOIN, EXPLOSION),
    checks=(check_loops, check_joins, check_prediction),
)
