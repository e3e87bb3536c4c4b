"""Turns a set of files into the library's process specifications, warmed up and shared by all instances."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine.errors import EngineError
from engine.markup import MarkupRefusedError, parse_markup
from engine.model import Files
from engine.spec_classes import TuntasParser

ProcessSpec = Any
"""A process specification of the library; it is shared between instances and must not be changed."""


class SpecsRefusedError(EngineError):
    """The library cannot read the set. Mend the named file."""

    def __init__(self, file: str, cause: str, element_id: str | None = None, line: int | None = None) -> None:
        self.file = file
        self.cause = cause
        self.element_id = element_id
        self.line = line
        super().__init__(f"{file}: {cause}")


@dataclass(frozen=True, slots=True)
class Specs:
    """The specifications of a set, embedded sub-processes included."""

    by_id: Mapping[str, ProcessSpec]
    owners: Mapping[str, str]
    """The process that a sub-process is drawn in, by the sub-process's id; a process owns itself."""

    def process(self, process_id: str) -> ProcessSpec:
        """Answer the specification of a process; raises ``KeyError`` when the set has none of this id."""
        return self.by_id[process_id]

    def owner(self, spec_name: str) -> str:
        """Answer the id of the process under which the elements of a specification are catalogued."""
        return self.owners.get(spec_name, spec_name)


def parse(files: Files) -> Specs:
    """Parse every ``.bpmn`` and ``.dmn`` file of the set; raises ``SpecsRefusedError`` naming the file."""
    parser = TuntasParser()
    # The parser keys its indexes by the identity of the roots, so they must stay alive until it is done.
    roots = {
        path: _parse_file(path, files[path]) for path in sorted(files) if path.endswith((".bpmn", ".dmn"))
    }
    for path, root in roots.items():
        add = parser.add_bpmn_xml if path.endswith(".bpmn") else parser.add_dmn_xml
        _guarded(path, lambda add=add, root=root, path=path: add(root, filename=path))
    for process_id in parser.get_process_ids():
        path = parser.process_parsers[process_id].filename or ""
        _guarded(path, lambda process_id=process_id: parser.get_spec(process_id))
    _parse_embedded(parser)
    by_id = {name: found.spec for name, found in parser.process_parsers.items() if found.spec is not None}
    for spec in by_id.values():
        warm_up(spec)
    owners = {name: _owner(found) for name, found in parser.process_parsers.items()}
    return Specs(MappingProxyType(by_id), MappingProxyType(owners))


def warm_up(spec: ProcessSpec) -> None:
    """Connect loops and multi-instances to their children.

    The library does it when it creates a child; an instance restored in the middle of a loop after a restart
    would otherwise never hear that its children are done.
    """
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, LoopTask):
            child = spec.task_specs[task_spec.task_spec]
            if not child.completed_event.is_connected(task_spec.merge_child):
                child.completed_event.connect(task_spec.merge_child)


def _parse_embedded(parser: Any) -> None:
    # Reading a sub-process may bring further ones to light.
    pending = True
    while pending:
        waiting = [
            found
            for found in parser.process_parsers.values()
            if found.spec is None and found.process_executable
        ]
        for found in waiting:
            _guarded(found.filename or "", found.get_spec)
        pending = bool(waiting)


def _owner(parser: Any) -> str:
    while parser.parent is not None:
        parser = parser.parent
    return str(parser.bpmn_id)


def _parse_file(path: str, content: bytes) -> Any:
    try:
        return parse_markup(content)
    except MarkupRefusedError as error:
        raise SpecsRefusedError(
            path, f"{error.refusal.rule} {error.refusal.detail}".strip(), None, error.refusal.line
        ) from error


def _guarded(path: str, call: Any) -> Any:
    try:
        return call()
    except ValidationException as error:
        cause = str(error.args[0]) if error.args else str(error)
        line = error.line_number if isinstance(error.line_number, int) else None
        raise SpecsRefusedError(error.file_name or path, cause, error.id or None, line) from error
    except Exception as error:
        # The library raises bare KeyErrors and the like for some broken diagrams.
        raise SpecsRefusedError(path, f"{type(error).__name__}: {error}") from error
