"""Puts together what one process definition consists of: its diagram and every file it refers to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.drawing import Drawing, read_drawing
from engine.markup import MarkupRefusedError, Xml, local_name, parse_markup
from engine.model import Files

FOLDERS = {"bpmn": Path("processes/bpmn"), "dmn": Path("processes/dmn"), "forms": Path("forms")}
"""Where the content of a checkout keeps each kind of file; the key is the first part of its path in a set."""

_SUFFIXES = {"bpmn": ".bpmn", "dmn": ".dmn", "forms": ".json"}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a diagram names: a ``form`` by its key, a ``decision`` or a called ``process`` by its id."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file offers to others and what it asks of them; an unreadable file does neither."""

    processes: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    needs: tuple[Reference, ...] = ()


def files_from_folder(root: Path) -> Files:
    """Read the diagrams, decision tables and forms of a checkout, by their path in a set."""
    files: dict[str, bytes] = {}
    for kind, folder in FOLDERS.items():
        for path in sorted((root / folder).rglob(f"*{_SUFFIXES[kind]}")):
            files[f"{kind}/{path.relative_to(root / folder).as_posix()}"] = path.read_bytes()
    return MappingProxyType(files)


def facts_of(path: str, content: bytes) -> FileFacts:
    """Read what a file offers and needs. Never refuses: the engine's gate says what is wrong with a file."""
    try:
        if path.endswith(".bpmn"):
            return _diagram_facts(read_drawing(path, parse_markup(content)))
        if path.endswith(".dmn"):
            return FileFacts(decisions=_ids(parse_markup(content), "decision"))
    except MarkupRefusedError:
        return FileFacts()
    return FileFacts()


def _ids(root: Xml, name: str) -> tuple[str, ...]:
    return tuple(str(xml.get("id", "")) for xml in root if local_name(xml) == name)


def _diagram_facts(drawing: Drawing) -> FileFacts:
    needs: list[Reference] = []
    for node in drawing.nodes:
        named = {
            "userTask": ("form", node.properties.get("formKey")),
            "businessRuleTask": ("decision", node.extension("calledDecisionId")),
            "callActivity": ("process", node.attribute("calledElement")),
        }.get(node.kind)
        if named and named[1]:
            needs.append(Reference(named[0], named[1]))
    return FileFacts(
        processes=tuple(process.id for process in drawing.processes if process.executable),
        needs=tuple(dict.fromkeys(needs)),
    )


class Shelf:
    """One source of files, with an index of what they offer; each file is read once."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.facts: Mapping[str, FileFacts] = {
            path: facts_of(path, content) for path, content in files.items()
        }

    def find(self, reference: Reference) -> str | None:
        """Answer the path that satisfies a reference, or None."""
        if reference.kind == "form":
            path = f"forms/{reference.name}.json"
            return path if path in self.files else None
        for path, facts in self.facts.items():
            offered = facts.processes if reference.kind == "process" else facts.decisions
            if reference.name in offered:
                return path
        return None

    def processes(self) -> tuple[str, ...]:
        """List the processes drawn on this shelf."""
        return tuple(name for facts in self.facts.values() for name in facts.processes)


def assemble(key: str, shelves: Sequence[Shelf]) -> Files:
    """Collect the diagram of a process and, transitively, what it refers to; earlier shelves win.

    What no shelf has is left out, so that the gate can report the missing file at the element that names it.
    """
    collected: dict[str, bytes] = {}
    open_references = [Reference("process", key)]
    while open_references:
        path = _find(open_references.pop(), shelves)
        if path is None or path in collected:
            continue
        shelf = next(shelf for shelf in shelves if path in shelf.files)
        collected[path] = shelf.files[path]
        open_references.extend(shelf.facts[path].needs)
    return MappingProxyType(dict(sorted(collected.items())))


def is_lost(key: str, complete: Files, shelves: Sequence[Shelf]) -> bool:
    """Tell whether the file that drew a process is given anew, readable, and without it."""
    drawn = [
        shelf.facts[path].processes
        for path, content in complete.items()
        for shelf in shelves
        if path.endswith(".bpmn") and shelf.files.get(path) is content
    ]
    return all(drawn) and not any(key in processes for processes in drawn)


def _find(reference: Reference, shelves: Iterable[Shelf]) -> str | None:
    return next((path for shelf in shelves if (path := shelf.find(reference)) is not None), None)
