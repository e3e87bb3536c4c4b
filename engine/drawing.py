"""Reads one BPMN file into frozen records that lint, the catalogue and nothing else walk over."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from engine.markup import BPMN, BPMNDI, NAMESPACES, Xml, local_name, namespace_of, qualified, text_of

Item = TypeVar("Item")

FLOW_NODES = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
        "sendTask",
        "receiveTask",
        "callActivity",
        "subProcess",
        "adHocSubProcess",
        "transaction",
        "subChoreography",
        "callChoreography",
        "choreographyTask",
        "exclusiveGateway",
        "inclusiveGateway",
        "parallelGateway",
        "eventBasedGateway",
        "complexGateway",
    }
)
SUB_PROCESSES = frozenset({"subProcess", "adHocSubProcess", "transaction"})
EVENTS = frozenset(kind for kind in FLOW_NODES if kind.endswith("Event"))
GATEWAYS = frozenset(kind for kind in FLOW_NODES if kind.endswith("Gateway"))
ACTIVITIES = FLOW_NODES - EVENTS - GATEWAYS


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, innermost last in ``within``."""

    id: str
    name: str
    line: int
    properties: Mapping[str, str]
    within: "Lane | None" = None

    def inherited(self, name: str) -> str | None:
        """Answer a property of this lane or of the lanes around it."""
        lane: Lane | None = self
        while lane is not None:
            if name in lane.properties:
                return lane.properties[name]
            lane = lane.within
        return None


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; ``condition`` is None when none is drawn."""

    id: str
    name: str
    line: int
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node. ``xml`` is kept for the few rules that look deeper than this record."""

    id: str
    kind: str
    name: str
    line: int
    process_id: str
    """The process at the top, also for a node inside sub-processes."""
    scope_id: str
    """The process or sub-process that holds the node directly."""
    properties: Mapping[str, str]
    lane: Lane | None
    xml: Xml = field(repr=False, compare=False)

    def definitions(self) -> list[Xml]:
        """List the event definitions, in order."""
        return [child for child in self.xml if local_name(child).endswith("EventDefinition")]

    def definition_kinds(self) -> list[str]:
        """List what the event waits for or throws: ``timer``, ``message`` ..."""
        return [local_name(child).removesuffix("EventDefinition") for child in self.definitions()]

    def attribute(self, name: str, default: str = "") -> str:
        """Answer an attribute as drawn."""
        return str(self.xml.get(name, default))

    def child(self, name: str) -> Xml | None:
        """Answer the first BPMN child of this name, or None."""
        return self.xml.find(qualified(BPMN, name))

    def extension(self, name: str) -> str | None:
        """Answer the text of an extension element of the vocabulary's namespace, or None."""
        found = self.xml.find(f"bpmn:extensionElements/spiff:{name}", NAMESPACES)
        return None if found is None else text_of(found)

    @property
    def label(self) -> str:
        """Answer how people know the element: its name, or else its id."""
        return self.name or self.id

    @property
    def is_event_subprocess(self) -> bool:
        """Tell whether the node is a sub-process that an event starts."""
        return self.kind in SUB_PROCESSES and self.attribute("triggeredByEvent") == "true"


@dataclass(frozen=True, slots=True)
class Process:
    """A process at the top of a file."""

    id: str
    name: str
    line: int
    executable: bool
    documentation: str
    lanes: tuple[Lane, ...]
    properties: Mapping[str, str]
    xml: Xml = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One BPMN file. Nodes and flows are in the order of the file; ids are unique once XSD has passed."""

    file: str
    root: Xml = field(repr=False, compare=False)
    processes: tuple[Process, ...]
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    by_id: Mapping[str, Node] = field(repr=False)
    outgoing: Mapping[str, tuple[Flow, ...]] = field(repr=False)
    incoming: Mapping[str, tuple[Flow, ...]] = field(repr=False)
    by_scope: Mapping[str, tuple[Node, ...]] = field(repr=False)
    attached: Mapping[str, tuple[Node, ...]] = field(repr=False)
    """Boundary events by the activity they are attached to."""
    names: Mapping[str, str] = field(repr=False)
    """Names of messages, signals, errors and escalations by their id."""
    codes: Mapping[str, str] = field(repr=False)
    """Codes of errors by their id."""

    def nodes_in(self, scope_id: str) -> tuple[Node, ...]:
        """List the nodes that a process or sub-process holds directly."""
        return self.by_scope.get(scope_id, ())

    def scopes(self) -> Iterator[str]:
        """Go through the ids of the processes and of their sub-processes."""
        yield from (process.id for process in self.processes)
        yield from (node.id for node in self.nodes if node.kind in SUB_PROCESSES)

    def leaving(self, node_id: str) -> tuple[Flow, ...]:
        """List the flows that leave a node."""
        return self.outgoing.get(node_id, ())

    def next_ids(self, node_id: str) -> list[str]:
        """List where a token can go on from a node: along its flows and out of its boundary events."""
        return [
            *(flow.target for flow in self.leaving(node_id)),
            *(event.id for event in self.attached.get(node_id, ())),
        ]

    def message_name(self, holder: Xml) -> str | None:
        """Answer the message that a definition, a send task or a receive task refers to, or None."""
        return self.names.get(str(holder.get("messageRef", "")))

    def shapes(self) -> frozenset[str]:
        """List the elements that the diagram interchange draws."""
        drawn = self.root.iter(qualified(BPMNDI, "BPMNShape"), qualified(BPMNDI, "BPMNEdge"))
        return frozenset(str(shape.get("bpmnElement", "")) for shape in drawn)


def properties_of(element: Xml) -> dict[str, str]:
    """Read an element's properties; the last of two with one name wins, as in the library."""
    found = element.findall("bpmn:extensionElements/spiff:properties/spiff:property", NAMESPACES)
    return {str(entry.get("name", "")): str(entry.get("value", "")) for entry in found}


def documentation_of(element: Xml) -> str:
    """Read the documentation of an element."""
    return text_of(element.find(qualified(BPMN, "documentation")))


TIME_TAGS = frozenset({"timeDate", "timeDuration", "timeCycle"})


def timers_of(node: Node) -> Iterator[tuple[Xml, str]]:
    """Go through the times of an event: the element that holds the text, and the text."""
    for definition, kind in zip(node.definitions(), node.definition_kinds(), strict=True):
        if kind == "timer":
            times = [child for child in definition if local_name(child) in TIME_TAGS]
            yield (times[0], text_of(times[0])) if times else (definition, "")


def read_drawing(file: str, root: Xml) -> Drawing:
    """Read a parsed BPMN file; never refuses, so that lint can say everything that is wrong at once."""
    processes: list[Process] = []
    nodes: list[Node] = []
    for xml in root.iter(qualified(BPMN, "process")):
        lanes = _read_lanes(xml)
        process = Process(
            id=_id(xml),
            name=_name(xml),
            line=_line(xml),
            executable=xml.get("isExecutable", "true") == "true",
            documentation=documentation_of(xml),
            lanes=tuple(lane for key, lane in lanes.items() if key.startswith(_BY_ID)),
            properties=MappingProxyType(properties_of(xml)),
            xml=xml,
        )
        processes.append(process)
        nodes.extend(_read_nodes(xml, process.id, process.id, lanes, None))
    flows = [_read_flow(xml) for xml in root.iter(qualified(BPMN, "sequenceFlow"))]
    return Drawing(
        file=file,
        root=root,
        processes=tuple(processes),
        nodes=tuple(nodes),
        flows=tuple(flows),
        by_id=MappingProxyType({node.id: node for node in nodes}),
        outgoing=_grouped(flows, lambda flow: flow.source),
        incoming=_grouped(flows, lambda flow: flow.target),
        by_scope=_grouped(nodes, lambda node: node.scope_id),
        attached=_grouped(
            [node for node in nodes if node.kind == "boundaryEvent"],
            lambda node: node.attribute("attachedToRef"),
        ),
        names=MappingProxyType(_event_names(root)),
        codes=MappingProxyType(
            {_id(xml): str(xml.get("errorCode", "")) for xml in root.iter(qualified(BPMN, "error"))}
        ),
    )


def _id(xml: Xml) -> str:
    return str(xml.get("id", ""))


def _name(xml: Xml) -> str:
    return str(xml.get("name", "")).strip()


def _line(xml: Xml) -> int:
    return int(xml.sourceline or 1)


def _read_flow(xml: Xml) -> Flow:
    condition = xml.find(qualified(BPMN, "conditionExpression"))
    return Flow(
        id=_id(xml),
        name=_name(xml),
        line=_line(xml),
        source=str(xml.get("sourceRef", "")),
        target=str(xml.get("targetRef", "")),
        condition=None if condition is None else text_of(condition),
    )


def _grouped(items: Iterable[Item], key: Callable[[Item], str]) -> Mapping[str, tuple[Item, ...]]:
    grouped: dict[str, list[Item]] = {}
    for item in items:
        grouped.setdefault(key(item), []).append(item)
    return MappingProxyType({name: tuple(members) for name, members in grouped.items()})


_BY_ID = "lane "
"""Before a lane's own id; no node can have such an id, for it holds a blank."""


def _read_lanes(process: Xml) -> dict[str, Lane]:
    """Answer the innermost lane of each node; lanes without nodes appear under their own id."""
    members: dict[str, Lane] = {}

    def walk(lane_set: Xml, within: Lane | None) -> None:
        for xml in lane_set.findall("bpmn:lane", NAMESPACES):
            lane = Lane(
                id=_id(xml),
                name=_name(xml),
                line=_line(xml),
                properties=MappingProxyType(properties_of(xml)),
                within=within,
            )
            members[f"{_BY_ID}{lane.id}"] = lane
            for reference in xml.findall("bpmn:flowNodeRef", NAMESPACES):
                members[text_of(reference)] = lane
            for child in xml.findall("bpmn:childLaneSet", NAMESPACES):
                walk(child, lane)

    for lane_set in process.findall("bpmn:laneSet", NAMESPACES):
        walk(lane_set, None)
    return members


def _read_nodes(
    holder: Xml, process_id: str, scope_id: str, lanes: Mapping[str, Lane], around: Lane | None
) -> Iterator[Node]:
    for xml in holder:
        kind = local_name(xml)
        if kind not in FLOW_NODES or namespace_of(xml) != BPMN:
            continue
        lane = lanes.get(_id(xml), around)
        yield Node(
            id=_id(xml),
            kind=kind,
            name=_name(xml),
            line=_line(xml),
            process_id=process_id,
            scope_id=scope_id,
            properties=MappingProxyType(properties_of(xml)),
            lane=lane,
            xml=xml,
        )
        if kind in SUB_PROCESSES:
            yield from _read_nodes(xml, process_id, _id(xml), lanes, lane)


def _event_names(root: Xml) -> dict[str, str]:
    kinds = [qualified(BPMN, kind) for kind in ("message", "signal", "error", "escalation")]
    return {_id(xml): _name(xml) for xml in root.iter(*kinds)}
