"""The path of a case in its diagram: read only by who asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cases.listing import get_case
from cases.model import Actor
from storage.tables import HistoryEntry, ProcessInstance, Timer
from support.policy_world import NOW, World, new_id
from tuntas.database import make_engine


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


@pytest.fixture
def admin(world: World) -> Actor:
    """Return a coordinating admin."""
    return world.officer("coordinating_admin")


def test_the_path_is_told_only_when_asked(world: World, admin: Actor) -> None:
    case_id = world.case()
    world.task(case_id, "coordinating_admin")
    (instance_id,) = (row.id for row in world.rows(ProcessInstance))
    world.insert(
        Timer, task_id=new_id(), instance_id=instance_id, case_id=case_id, element_id="late", due_at=NOW
    )
    for seq, element in enumerate(("start", "check", "start"), start=1):
        world.insert(
            HistoryEntry,
            case_id=case_id,
            seq=seq,
            at=NOW,
            tag="process:activity:completed",
            actor_kind="system",
            instance_id=instance_id,
            element_id=element,
            data={},
            hash="0" * 64,
        )
    (plain,) = world.ask(get_case, case_id, by=admin).instances
    assert (plain.done, plain.current) == ((), ())
    (traced,) = world.ask(get_case, case_id, by=admin, with_path=True).instances
    assert traced.done == ("start", "check")
    assert traced.current == ("late", "verify_complaint")
