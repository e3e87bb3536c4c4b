"""The gate and the shelf of deployments: checks a set of files, builds it once and keeps it per process."""

import hashlib
import importlib.metadata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import Any

from engine import codec
from engine.catalogue import ElementKey, behind_tasks, catalogue
from engine.drawing import Drawing, read_drawing
from engine.errors import DeploymentRefusedError
from engine.lint import trial
from engine.lint.form_files import read_forms
from engine.lint.rulebook import LINT_VERSION, apply_rules, in_order
from engine.markup import parse_markup
from engine.model import Element, Files, Finding, ProcessInfo, Severity
from engine.specs import Specs, SpecsRefusedError, parse
from engine.vocabulary import vocabulary

LIBRARY_VERSION = importlib.metadata.version("SpiffWorkflow")


@dataclass(frozen=True, slots=True)
class Deployment:
    """An accepted set, ready to run. Immutable, and shared by all instances and threads of this process."""

    hash: str
    files: Files
    processes: Mapping[str, ProcessInfo]
    """The executable processes by their id, in the order of the files."""
    elements: Mapping[ElementKey, Element]
    """By process id and element id; elements of sub-processes are under their process."""
    specs: Specs = field(repr=False)
    behind_tasks: Mapping[ElementKey, Element] = field(repr=False)
    """By the names that the library gives to the process or sub-process and to what stands in it."""
    handler_modes: Mapping[str, str]
    """``effect`` or ``job`` by handler."""
    forms: Mapping[str, Mapping[str, Any]]
    """Decoded forms by form key."""


def content_hash(files: Files) -> str:
    """Answer the identity of a set: its paths and contents, and the versions that give them their meaning."""
    digest = hashlib.sha256(
        f"tuntas lint={LINT_VERSION} codec={codec.VERSION} library={LIBRARY_VERSION}\n".encode()
    )
    for path in sorted(files):
        # Lengths keep the listing unambiguous, so that no content can pass for another file.
        digest.update(f"{len(path.encode())} {path} {len(files[path])}\n".encode())
        digest.update(files[path])
    return digest.hexdigest()


def check(files: Files) -> tuple[Finding, ...]:
    """Say everything that is wrong with a set, errors first; never raises and never keeps anything.

    The library's parser and the trial run come last and only when the rules found no error: their messages
    are worse, and what they would do with a refused diagram is not bounded.
    """
    return _examine(files)[1]


def build(files: Files) -> Deployment:
    """Check a set and build it; raises ``DeploymentRefusedError`` with all findings when one is an error."""
    deployment, findings = _examine(files)
    if deployment is None:
        raise DeploymentRefusedError(findings)
    return deployment


def load(files: Files, deployment_hash: str) -> Deployment:
    """Build a set that was accepted before, without the rules.

    The hash is taken as given: a later release computes another one for the same files, and running cases
    stay with the one they were started under. Raises ``SpecsRefusedError`` when the library cannot read the
    set any more.
    """
    specs = parse(files)
    drawings = [
        read_drawing(path, parse_markup(files[path])) for path in sorted(files) if path.endswith(".bpmn")
    ]
    forms, _ = read_forms(files)
    return _assemble(deployment_hash, files, drawings, forms, specs)


def _examine(files: Files) -> tuple[Deployment | None, tuple[Finding, ...]]:
    subject, findings = apply_rules(files)
    if _refused(findings):
        return None, findings
    try:
        specs = parse(files)
    except SpecsRefusedError as refused:
        return None, in_order([*findings, trial.parser_finding(refused)])
    deployment = _assemble(content_hash(files), files, subject.drawings, subject.forms, specs)
    findings = in_order([*findings, *trial.run(deployment)])
    return (None if _refused(findings) else deployment), findings


def _refused(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _assemble(
    deployment_hash: str,
    files: Files,
    drawings: Iterable[Drawing],
    forms: Mapping[str, Mapping[str, Any]],
    specs: Specs,
) -> Deployment:
    processes, elements = catalogue(drawings)
    return Deployment(
        hash=deployment_hash,
        files=MappingProxyType(dict(files)),
        processes=processes,
        elements=elements,
        specs=specs,
        behind_tasks=behind_tasks(specs, elements),
        handler_modes=MappingProxyType(
            {name: handler.mode.value for name, handler in vocabulary().handlers.items()}
        ),
        forms=MappingProxyType(dict(forms)),
    )


class DeploymentCache:
    """Keeps the deployments used last in this process; safe for any number of threads."""

    def __init__(self, loader: Callable[[str], Files], size: int = 32) -> None:
        """Take ``loader``, which answers the files of a hash, and the number of deployments to keep."""
        self._loader = loader
        self._size = size
        self._kept: OrderedDict[str, Deployment] = OrderedDict()
        self._lock = Lock()
        self._loading: dict[str, Lock] = {}

    def get(self, deployment_hash: str) -> Deployment:
        """Answer the deployment of a hash, loading it once even when many threads ask together.

        Raises what the loader raises for an unknown hash; nothing is kept then.
        """
        with self._lock:
            kept = self._find(deployment_hash)
            if kept is not None:
                return kept
            gate = self._loading.setdefault(deployment_hash, Lock())
        with gate:
            with self._lock:
                kept = self._find(deployment_hash)
            if kept is None:
                kept = self._load(deployment_hash)
            return kept

    def _find(self, deployment_hash: str) -> Deployment | None:
        kept = self._kept.get(deployment_hash)
        if kept is not None:
            self._kept.move_to_end(deployment_hash)
        return kept

    def _load(self, deployment_hash: str) -> Deployment:
        try:
            deployment = load(self._loader(deployment_hash), deployment_hash)
            with self._lock:
                self._kept[deployment_hash] = deployment
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
            return deployment
        finally:
            with self._lock:
                self._loading.pop(deployment_hash, None)
