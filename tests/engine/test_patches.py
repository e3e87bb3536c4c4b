"""The patches change how the library walks its trees, not what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskIterator, TaskState

from engine import patches
from engine.model import Limits
from engine.script_engine import SafeEngine
from engine.session import Numbers, Session, running
from support.diagram_text import bpmn
from support.engine_world import MONDAY, deploy, play

WALKS: list[tuple[str, str, dict[str, Any]]] = [
    ("user_task", "user_task", {}),
    ("choice", "choice", {"amount": 5}),
    ("parallel", "parallel", {}),
    ("inclusive", "inclusive", {"a": True, "b": True}),
    ("call_activity", "outer", {"accepted": False}),
    ("call_activity", "outer", {"accepted": True}),
    ("sub_process", "sub_process", {}),
    ("each_parallel", "each_parallel", {"units": [1, 2, 3]}),
    ("each_sequential", "each_sequential", {"units": [1, 2]}),
    ("escalation", "escalation_outer", {}),
    ("terminate", "terminate", {}),
    ("twin_calls", "twin_calls", {"back": True}),
    ("standard_loop", "standard_loop", {"done": True}),
]


def session(numbers: Numbers) -> Session:
    return Session(
        MONDAY, {}, lambda _clock, _data: MONDAY, {}, numbers, lambda _task, _spec=None: None, Limits()
    )


def tree(top: Any) -> list[tuple[str, str]]:
    """List every task and its state, by walking the children directly."""
    found = []

    def walk(task: Any, level: int) -> None:
        found.append((level * " " + task.task_spec.name, TaskState.get_name(task.state)))
        subprocess = top.subprocesses.get(task.id)
        for child in ([subprocess.task_tree] if subprocess else []) + task.children:
            walk(child, level + 1)

    walk(top.task_tree, 0)
    return found


def run_through(name: str, process: str, data: dict[str, Any]) -> list[list[tuple[str, str]]]:
    """Let the library itself run a process, completing the last ready task each time; answer the trees."""
    deployment = deploy(name)
    trees = []
    with running(session(Numbers(b"0123456789"))):
        top = BpmnWorkflow(
            deployment.specs.process(process), deployment.specs.by_id, script_engine=SafeEngine()
        )
        top.task_tree.data.update(data)
        for _ in range(12):
            top.do_engine_steps()
            trees.append(tree(top))
            ready = top.get_tasks(state=TaskState.READY, manual=True)
            if not ready:
                break
            ready[-1].data.update(verdict=1)
            ready[-1].run()
    return trees


@pytest.mark.parametrize(("name", "process", "data"), WALKS)
def test_a_process_runs_the_same_with_and_without_the_patches(name: str, process: str, data: dict[str, Any]):
    with patches.without():
        expected = run_through(name, process, data)
    assert run_through(name, process, data) == expected
    assert len(expected) > 1


@pytest.mark.parametrize("scope", [nullcontext, patches.without])
def test_walking_breadth_first_or_to_a_depth_is_left_to_the_library(scope: Callable):
    deployment = deploy("parallel")
    with running(session(Numbers(b"0123456789"))), scope():
        top = BpmnWorkflow(
            deployment.specs.process("parallel"), deployment.specs.by_id, script_engine=SafeEngine()
        )
        names = [task.task_spec.name for task in TaskIterator(top.task_tree, depth_first=False)]
        shallow = [task.task_spec.name for task in TaskIterator(top.task_tree, max_depth=1)]
    assert names[:3] == ["Start", "begin", "split"]
    assert shallow == ["Start", "begin"]


def test_a_tree_deeper_than_the_librarys_limit_is_walked_to_its_end():
    deployment = deploy("user_task")
    with running(session(Numbers(b"0123456789"))):
        top = BpmnWorkflow(
            deployment.specs.process("user_task"), deployment.specs.by_id, script_engine=SafeEngine()
        )
        spec = deployment.specs.process("user_task").task_specs["verify"]
        task = top.task_tree
        for _ in range(3_000):
            task._state = TaskState.COMPLETED
            task = Task(top, spec, task, TaskState.READY)
        assert top.get_tasks(state=TaskState.READY)[-1] is task
        assert task.is_descendant_of(top.task_tree)
        assert task.find_ancestor("Start") is top.task_tree
        top.task_tree.cancel()
        assert task._state == TaskState.CANCELLED
        top.task_tree._drop_children(force=True)
        assert len(top.tasks) == 1


def test_the_patches_are_for_one_version_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patches, "version", lambda _name: "3.3.0")
    with pytest.raises(RuntimeError, match=r"patches are for 3\.2\.0"):
        patches.apply()


LONG_ROUND = """long_round
start begin
user work
script a script=a=1
script b script=b=1
script c script=c=1
script d script=d=1
xor decide
end finish
begin -> work -> a -> b -> c -> d -> decide
decide -> work if again
decide -> finish default"""


def test_a_case_far_beyond_the_librarys_depth_goes_on():
    world = play(deploy(p=bpmn(LONG_ROUND)), limits=Limits(depth=10_000, tasks=10_000))
    world.start("long_round")
    for _ in range(175):
        world.complete("work", again=True)
    assert world.open == ["work"]
    assert world.look.depth > 1_000
    world.complete("work", again=False)
    assert world.completed
