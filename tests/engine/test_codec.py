"""Stored states: small, exact, strict about what they accept, and impossible to poison from a form."""

from __future__ import annotations

import gc

import orjson
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task

from engine.codec import MAGIC, VERSION, decode, encode
from engine.errors import StateUnreadableError
from engine.names import is_reserved
from support.diagram_text import bpmn
from support.engine_world import deploy, play

DEPLOYMENT = deploy(
    "user_task", "parallel", "each_parallel", "call_activity", "boundary_timers", "event_gateway"
)


def document(state: bytes) -> list:
    content = state[4:] if state[3] == 0 else zstandard.ZstdDecompressor().decompress(state[4:])
    return orjson.loads(content)


def stored(content: object) -> bytes:
    return MAGIC + bytes((VERSION, 0)) + orjson.dumps(content)


def started() -> bytes:
    return play(DEPLOYMENT).start("user_task", given=[1, {"x": None}]).state


def test_a_state_is_small_and_bears_its_version():
    state = started()
    assert state[:3] == b"TN\x01"
    assert len(state) < 260


def test_a_state_holds_no_specification_and_no_answers_of_finished_work_twice():
    world = play(deploy("rework_loop"))
    world.start("rework_loop")
    for _ in range(30):
        world.complete("work", again=True, text="a marker that is easily found")
    assert orjson.dumps(document(world.state)).count(b"easily found") == 1
    assert b"formKey" not in orjson.dumps(document(started()))


def test_a_finished_called_process_leaves_the_state():
    world = play(DEPLOYMENT)
    world.start("outer")
    world.complete("before")
    assert len(document(world.state)[-1]) == 2
    world.complete("accept", accepted=True)
    world.complete("work")
    assert len(document(world.state)[-1]) == 1


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"TN",
        b"XX\x01\x00{}",
        MAGIC + b"\x02\x00" + orjson.dumps([]),
        MAGIC + b"\x00\x00" + orjson.dumps([]),
        MAGIC + b"\x01\x02" + orjson.dumps([]),
        MAGIC + b"\x01\x00",
        MAGIC + b"\x01\x00{",
        MAGIC + b"\x01\x01garbage",
        stored({}),
        stored([]),
        stored(None),
        stored(["00" * 10, 1, 1, "running", []]),
        stored(["zz", 1, 1, "running", []]),
        stored(["00" * 10, 1, 1, "sleeping", []]),
        b'{"spec": {}, "typename": "BpmnWorkflow"}',
    ],
)
def test_what_is_no_state_is_refused(state: bytes):
    with pytest.raises(StateUnreadableError):
        decode(DEPLOYMENT.specs, state)


def test_a_state_of_another_deployment_is_refused_and_names_what_is_missing():
    with pytest.raises(StateUnreadableError, match="user_task"):
        decode(deploy("choice").specs, started())
    renamed = bpmn("user_task\nstart begin\nuser check\nend finish\nbegin -> check -> finish")
    with pytest.raises(StateUnreadableError, match="verify"):
        decode(deploy(p=renamed).specs, started())


def test_a_state_that_unpacks_to_a_giant_is_refused():
    bomb = MAGIC + bytes((VERSION, 1)) + zstandard.ZstdCompressor().compress(b"[" * 70_000_000)
    with pytest.raises(StateUnreadableError, match="too large"):
        decode(DEPLOYMENT.specs, bomb)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_makes_the_decoder_fail_otherwise(data: st.DataObject):
    content = document(started())
    path, node = [], content
    while isinstance(node, list) and node and (not path or data.draw(st.integers(0, 3))):
        path.append(data.draw(st.integers(0, len(node) - 1)))
        parent, node = node, node[path[-1]]
    parent[path[-1]] = data.draw(
        st.sampled_from([None, -1, 10**9, "x", [], {}, [[]], True, 1.5, "typename", {"a": 1}])
    )
    try:
        instance = decode(DEPLOYMENT.specs, stored(content))
    except StateUnreadableError:
        return
    assert instance.workflow.task_tree is not None


def test_a_restored_task_is_what_the_librarys_constructor_makes():
    world = play(DEPLOYMENT)
    world.start("parallel")
    restored = decode(DEPLOYMENT.specs, world.state).workflow
    built = BpmnWorkflow(restored.spec, DEPLOYMENT.specs.by_id, deserializing=True)
    for task in restored.tasks.values():
        made = Task(built, task.task_spec, built.tasks.get(task._parent), task._state, task.id)
        assert vars(made).keys() == vars(task).keys()
    for number, made in built.tasks.items():
        task = restored.tasks[number]
        for name in ("id", "_parent", "_children", "_state", "task_spec", "thread_id", "triggered"):
            assert getattr(made, name) == getattr(task, name)


def test_a_step_leaves_no_task_to_the_garbage_collector():
    world = play(DEPLOYMENT)
    world.start("outer")
    gc.collect()
    gc.disable()
    try:
        world.complete("before")
        assert [item for item in gc.get_objects() if isinstance(item, Task)] == []
    finally:
        gc.enable()


def test_a_task_without_data_takes_no_room_for_it_and_is_restored_without_any():
    world = play(DEPLOYMENT)
    world.start("parallel", given="a value")
    tasks = decode(DEPLOYMENT.specs, world.state).workflow.tasks.values()
    rows = document(world.state)[-1][0][-1]
    with_data = [position for position, task in enumerate(tasks) if task.data]
    assert rows[::2] == with_data
    assert len(with_data) < len(tasks)


@pytest.mark.parametrize("name", ["typename", "datetime", "__builtins__", "case", "_x", "data_objects"])
def test_names_that_would_poison_the_library_are_reserved(name: str):
    assert is_reserved(name)


names = st.text(min_size=1, max_size=8).filter(lambda name: not is_reserved(name)) | st.sampled_from(
    [
        "children",
        "parent",
        "task_spec",
        "state",
        "merged",
        "event_value",
        "len",
        "str",
        "updates",
        "deletions",
        "id",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["typename", "clock:x", "P1D", "__import__('os')"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
    | st.dictionaries(st.sampled_from(["typename", "datetime", "__class__"]), inner, max_size=2),
    max_leaves=10,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(first=st.dictionaries(names, values, max_size=5), second=st.dictionaries(names, values, max_size=5))
def test_whatever_people_enter_comes_back_exactly(first: dict, second: dict):
    world = play(DEPLOYMENT)
    world.do_start("parallel", first)
    world.do_complete("left", second)
    instance = decode(DEPLOYMENT.specs, world.state)
    assert encode(instance).state == world.state
    left = next(task for task in instance.workflow.tasks.values() if task.task_spec.name == "left")
    assert exact(left.data) == exact({**first, **second})


def exact(value: object) -> object:
    """Make 1, 1.0 and True three different things."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value).__name__, value
