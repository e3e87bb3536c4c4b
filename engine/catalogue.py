"""Lists what a deployment draws, with roles, units and forms resolved, for everyone above the engine."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from engine.drawing import Drawing, Node, Process, documentation_of, timers_of
from engine.model import Element, ProcessInfo
from engine.specs import Specs
from engine.timers import read_timer
from engine.vocabulary import ARGUMENT_PREFIX

ElementKey = tuple[str, str]
"""Process id and element id."""

INHERITED = ("role", "unit")


def catalogue(drawings: Iterable[Drawing]) -> tuple[Mapping[str, ProcessInfo], Mapping[ElementKey, Element]]:
    """Answer the executable processes and all their elements, in the order of the files.

    An element inside a sub-process is listed under its process; ``Specs.owner`` leads there from a
    running sub-process.
    """
    processes: dict[str, ProcessInfo] = {}
    elements: dict[ElementKey, Element] = {}
    for drawing in drawings:
        processes.update(
            (process.id, _process_info(drawing, process))
            for process in drawing.processes
            if process.executable
        )
        for node in drawing.nodes:
            elements[node.process_id, node.id] = _element(drawing, node)
    return MappingProxyType(processes), MappingProxyType(elements)


def behind_tasks(specs: Specs, elements: Mapping[ElementKey, Element]) -> Mapping[ElementKey, Element]:
    """Answer the element behind every task of the library, by the names of its two specifications.

    The library's helpers, which nobody has drawn, are elements by their own name.
    """
    return MappingProxyType(
        {
            (scope, name): _behind(specs.owner(scope), scope, task_spec, elements)
            for scope, spec in specs.by_id.items()
            for name, task_spec in spec.task_specs.items()
        }
    )


def _behind(owner: str, scope: str, spec: Any, elements: Mapping[ElementKey, Element]) -> Element:
    found = elements.get((owner, spec.bpmn_id)) or elements.get((scope, spec.bpmn_id))
    if found is not None:
        return found
    kind = type(spec).__name__
    name = spec.bpmn_name or spec.bpmn_id or spec.name
    return Element(owner, spec.bpmn_id or spec.name, kind[:1].lower() + kind[1:], name, spec.lane)


def _process_info(drawing: Drawing, process: Process) -> ProcessInfo:
    starts = [node for node in drawing.nodes_in(process.id) if node.kind == "startEvent"]
    return ProcessInfo(
        process_id=process.id,
        name=process.name or process.id,
        file=drawing.file,
        start_clock=next((clock for clock in map(_start_clock, starts) if clock), None),
        start_messages=tuple(message for node in starts if (message := _message(drawing, node))),
        outlives_case=process.properties.get("outlivesCase") == "true",
    )


def _start_clock(node: Node) -> str | None:
    """Answer the clock of a timer start event; the gate has refused every other timer there."""
    return next((read_timer(text).clock for _, text in timers_of(node) if text), None)


def _element(drawing: Drawing, node: Node) -> Element:
    own = node.properties
    return Element(
        process_id=node.process_id,
        element_id=node.id,
        kind=node.kind,
        name=node.name,
        lane=node.lane.name or node.lane.id if node.lane else None,
        form_key=own.get("formKey"),
        role=resolved(node, "role"),
        unit=resolved(node, "unit"),
        clock=own.get("clock"),
        stage=own.get("stage"),
        outcome=own.get("outcome"),
        handler=own.get("handler"),
        arguments=MappingProxyType(
            {
                name.removeprefix(ARGUMENT_PREFIX): value
                for name, value in own.items()
                if name.startswith(ARGUMENT_PREFIX)
            }
        ),
        message=_message(drawing, node),
        documentation=documentation_of(node.xml),
    )


def resolved(node: Node, name: str) -> str | None:
    """Answer the role or unit of a user task: its own, or else that of its lane; None for other elements."""
    if node.kind != "userTask":
        return node.properties.get(name)
    inherited = node.lane.inherited(name) if node.lane else None
    return node.properties.get(name, inherited)


def _message(drawing: Drawing, node: Node) -> str | None:
    if node.kind in {"sendTask", "receiveTask"}:
        return drawing.message_name(node.xml)
    definitions = zip(node.definitions(), node.definition_kinds(), strict=True)
    return next((drawing.message_name(xml) for xml, kind in definitions if kind == "message"), None)
