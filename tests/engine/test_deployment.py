"""A deployment is immutable, named by its content, rebuilt without the rules and kept once per process."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError

import pytest

from engine import deployment as module
from engine.deployment import Deployment, DeploymentCache, build, check, content_hash, load
from engine.errors import DeploymentRefusedError
from engine.model import Severity
from engine.specs import SpecsRefusedError
from support.lint_sets import HELPER, drawn, example, set_with

FILES = set_with(example("user-task-lane-missing", "accepted"))


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return build(FILES)


def test_a_deployment_offers_processes_elements_forms_and_handler_modes(deployment: Deployment):
    assert set(deployment.processes) == {"accepted", "helper"}
    assert deployment.elements["accepted", "good_work"].form_key == "ok"
    assert deployment.forms["ok"]["required"] == ["verdict"]
    assert deployment.handler_modes["deliver_notice"] == "job"
    assert deployment.handler_modes["dispose"] == "effect"
    assert deployment.specs.process("accepted").name == "accepted"


def test_a_deployment_cannot_be_changed(deployment: Deployment):
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        deployment.hash = "other"  # type: ignore[misc]
    for mapping in (deployment.files, deployment.processes, deployment.elements, deployment.forms):
        with pytest.raises(TypeError):
            mapping["x"] = None  # type: ignore[index]


def test_a_deployment_keeps_the_files_it_was_built_from_when_the_caller_changes_them():
    files = dict(FILES)
    built = build(files)
    files.clear()
    assert dict(built.files) == FILES


def test_the_hash_names_the_content_and_not_the_order():
    assert content_hash(dict(reversed(FILES.items()))) == content_hash(FILES) == build(FILES).hash


# What changes the meaning of a set changes its name.
CHANGES: dict[str, Mapping[str, bytes]] = {
    "a byte": {**FILES, "forms/ok.json": FILES["forms/ok.json"] + b" "},
    "a path": {
        ("forms/yes.json" if path == "forms/ok.json" else path): content for path, content in FILES.items()
    },
    "one file more": {**FILES, "forms/b.json": b"{}"},
    "a border between files": {"a": b"bc", "d": b""},
}


@pytest.mark.parametrize("files", CHANGES.values(), ids=list(CHANGES))
def test_the_hash_changes_with_the_content(files: Mapping[str, bytes]):
    assert content_hash(files) not in {content_hash(FILES), content_hash({"a": b"b", "cd": b""})}


def test_the_hash_changes_with_the_rules_and_the_library(monkeypatch: pytest.MonkeyPatch):
    before = content_hash(FILES)
    monkeypatch.setattr(module, "LINT_VERSION", "next")
    assert content_hash(FILES) != before
    monkeypatch.undo()
    monkeypatch.setattr(module, "LIBRARY_VERSION", "9.9")
    assert content_hash(FILES) != before


def test_a_refused_set_tells_all_findings_and_is_not_built():
    files = {**FILES, "forms/bad.json": b"[", "bpmn/bad.bpmn": b"<a"}
    with pytest.raises(DeploymentRefusedError) as refused:
        build(files)
    assert refused.value.findings == check(files)
    assert {finding.rule for finding in refused.value.findings} == {"form-broken", "xml-broken"}


def test_warnings_do_not_stop_a_deployment():
    files = set_with(example("event-subprocess-waits", "refused"))
    assert [finding.severity for finding in check(files)] == [Severity.WARNING]
    assert "refused" in build(files).processes


def test_load_takes_an_accepted_set_under_its_old_hash_without_the_rules():
    loaded = load(FILES, "hash of an earlier release")
    built = build(FILES)
    assert loaded.hash == "hash of an earlier release"
    assert loaded.processes == built.processes
    assert loaded.elements == built.elements
    assert loaded.forms == built.forms


def test_load_refuses_what_the_library_cannot_read():
    lost = HELPER.replace('targetRef="helper_end"', 'targetRef="nowhere"')
    with pytest.raises(SpecsRefusedError):
        load({"bpmn/a.bpmn": drawn(lost)}, "x")


class Shelf:
    """Stored sets that count how often they are read."""

    def __init__(self) -> None:
        self.sets = {
            name: {"bpmn/a.bpmn": drawn(HELPER.replace("helper", name))} for name in ("one", "two", "three")
        }
        self.read: list[str] = []

    def __call__(self, deployment_hash: str) -> Mapping[str, bytes]:
        self.read.append(deployment_hash)
        return self.sets[deployment_hash]


def test_the_cache_reads_a_set_once():
    shelf = Shelf()
    cache = DeploymentCache(shelf)
    assert cache.get("one") is cache.get("one")
    assert shelf.read == ["one"]


def test_the_cache_reads_a_set_once_when_many_threads_ask_together():
    shelf = Shelf()
    cache = DeploymentCache(shelf)
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(cache.get, ["one", "two"] * 20))
    assert sorted(shelf.read) == ["one", "two"]
    assert len({id(deployment) for deployment in found}) == 2


def test_the_cache_lets_go_of_what_was_used_longest_ago():
    shelf = Shelf()
    cache = DeploymentCache(shelf, size=2)
    for name in ("one", "two", "one", "three", "one", "two"):
        cache.get(name)
    assert shelf.read == ["one", "two", "three", "two"]


def test_the_cache_keeps_nothing_of_an_unknown_hash():
    shelf = Shelf()
    cache = DeploymentCache(shelf)
    for _ in range(2):
        with pytest.raises(KeyError):
            cache.get("unknown")
    assert shelf.read == ["unknown", "unknown"]
