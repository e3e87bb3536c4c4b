"""Units come, are renamed and go: what is offered and found, and what old cases still show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from cases.actions.reassign import reassign_unit
from cases.errors import NotFoundError, RefusedByRuleError, StaleError
from cases.forms import FormInvalidError
from cases.listing import get_case
from cases.model import Actor
from cases.people import UnitView, change_unit, create_unit, list_units
from storage.tables import Unit
from support.acts import ADMIN, act, dispose, to_unit
from support.office import Desk, actor_named

TODAY = date(2026, 3, 2)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def write(desk: Desk, function: Callable[..., Any], *args: Any, **values: Any) -> Any:
    """Call a function of ``cases`` in a transaction of its own."""
    return desk.office.work.write(lambda session: function(session, desk.office.env, *args, **values))


def administrator(desk: Desk) -> Actor:
    """Whoever keeps the tree."""
    return actor_named(desk.office, "administrator")


def found(desk: Desk, **query: Any) -> list[UnitView]:
    """The tree as an officer reads it."""
    return list(write(desk, list_units, by=administrator(desk), **query))


def unit(desk: Desk, code: str) -> UnitView:
    """The unit with this code, in force or not."""
    return next(one for one in found(desk, all_times=True) if one.code == code)


def change(desk: Desk, which: str, **values: Any) -> UnitView:
    """The administrator changes the unit with this code."""
    done: UnitView = write(desk, change_unit, unit(desk, which).id, by=administrator(desk), **values)
    return done


@pytest.mark.parametrize("days", [{"valid_to": YESTERDAY}, {"valid_from": TOMORROW}])
def test_a_unit_that_is_not_in_force_is_neither_offered_nor_accepted(
    desk: Desk, days: dict[str, date]
) -> None:
    case_id = desk.register().id
    desk.accept(case_id)
    change(desk, "pupr", **days)
    with pytest.raises(FormInvalidError):  # It is not among the choices.
        dispose(desk, case_id, "pupr")
    assert "pupr" not in {one.code for one in found(desk)}
    assert not unit(desk, "pupr").in_force


@pytest.mark.parametrize("days", [{"valid_to": TODAY}, {"valid_from": TODAY}, {}])
def test_a_unit_is_in_force_on_its_first_and_on_its_last_day(desk: Desk, days: dict[str, date]) -> None:
    change(desk, "pupr", **days)
    case_id = to_unit(desk, "pupr")
    assert desk.case(case_id).lead_unit_id == unit(desk, "pupr").id


def test_no_case_is_moved_to_a_unit_whose_time_is_over(desk: Desk) -> None:
    case_id = to_unit(desk, "pupr")
    change(desk, "dinkes", valid_to=YESTERDAY)
    with pytest.raises(RefusedByRuleError) as refused:
        act(desk, ADMIN, reassign_unit, case_id, unit="dinkes")
    assert "tidak berlaku" in refused.value.text.id


def test_an_old_case_shows_the_unit_under_the_name_it_had(desk: Desk) -> None:
    case_id = to_unit(desk, "pupr")
    before = unit(desk, "pupr")
    change(desk, "pupr", valid_to=YESTERDAY)
    values = {"code": "dpu", "name": "Dinas Pekerjaan Umum", "kind": "agency", "parent_id": before.parent_id}
    write(desk, create_unit, **values, aliases=[before.name], valid_from=TODAY, by=administrator(desk))
    admin = actor_named(desk.office, ADMIN)
    assert write(desk, get_case, case_id, by=admin).row.lead_unit_name == before.name


def test_a_renamed_unit_is_found_by_the_name_it_had(desk: Desk) -> None:
    old = unit(desk, "pupr").name
    assert change(desk, "pupr", name="Dinas Pekerjaan Umum").aliases == (old,)
    assert [one.code for one in found(desk, text=old.upper())] == ["pupr"]
    assert [one.code for one in found(desk, text="dinas pekerjaan umum")] == ["pupr"]


def test_an_alias_can_be_added_and_is_kept_once(desk: Desk) -> None:
    changed = change(desk, "pupr", aliases=["DPUPR", " DPUPR ", "", "Dinas Jalan Raya"])
    assert changed.aliases == ("DPUPR", "Dinas Jalan Raya")
    assert [one.code for one in found(desk, text="dinas jalan raya")] == ["pupr"]


def test_two_administrators_do_not_overwrite_each_other(desk: Desk) -> None:
    seen = unit(desk, "pupr").version
    assert change(desk, "pupr", name="Yang pertama", version=seen).version == seen + 1
    with pytest.raises(StaleError):
        change(desk, "pupr", name="Yang kedua", version=seen)
    assert unit(desk, "pupr").name == "Yang pertama"


def test_saving_without_a_change_leaves_the_version(desk: Desk) -> None:
    before = unit(desk, "pupr")
    same = {"code": before.code, "name": before.name, "kind": before.kind, "aliases": before.aliases}
    assert change(desk, "pupr", **same, version=before.version) == before


def test_an_end_can_be_taken_back(desk: Desk) -> None:
    change(desk, "pupr", valid_to=YESTERDAY)
    assert change(desk, "pupr", valid_to=None).in_force


def test_a_unit_does_not_end_before_it_begins(desk: Desk) -> None:
    with pytest.raises(RefusedByRuleError):
        change(desk, "pupr", valid_from=TODAY, valid_to=YESTERDAY)


def test_the_body_itself_does_not_end(desk: Desk) -> None:
    with pytest.raises(RefusedByRuleError):
        change(desk, "sukamaju", valid_to=TOMORROW)


def test_nobody_else_changes_the_tree(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        write(desk, change_unit, unit(desk, "pupr").id, name="X", by=actor_named(desk.office, ADMIN))


def test_a_change_that_another_process_made_in_between_is_not_lost(desk: Desk) -> None:
    seen = unit(desk, "pupr")
    desk.office.work.write(
        lambda session: session.execute(update(Unit).where(Unit.id == seen.id).values(version=7))
    )
    with pytest.raises(StaleError):
        change(desk, "pupr", name="X", version=seen.version)
    assert change(desk, "pupr", name="X", version=7).version == 8
