"""Absences: what is refused, for whom one may speak, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cases.delegations import (
    list_delegable,
    list_delegations,
    list_substitutes,
)
from cases.errors import NotFoundError, RefusedByRuleError
from cases.model import SYSTEM
from cases.people import change_user
from storage.tables import Delegation
from support.absences import TODAY, away, revoke
from support.office import Desk, actor_named

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


# What is refused.

REFUSED = [
    # Backwards, over, endless.
    ({"ends_on": TODAY - timedelta(days=1)}, "last day cannot come before"),
    ({"starts_on": TODAY - timedelta(days=9), "ends_on": TODAY - timedelta(days=1)}, "over already"),
    ({"ends_on": TODAY + timedelta(days=400)}, "One year at most"),
    # Oneself.
    ({"stand_in": "atasan.pupr"}, "stand in for themselves"),
    # The inspectorate stays among itself.
    ({"who": "inspektur", "by": "inspektur", "stand_in": "atasan.pupr"}, "Only somebody of the inspectorate"),
    # An administrator names others, never themselves.
    ({"by": "administrator", "stand_in": "administrator"}, "cannot name yourself"),
]


@ON_SQLITE
@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_an_absence_that_makes_no_sense_is_refused_in_both_languages(
    desk: Desk, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(RefusedByRuleError, match=words) as refused:
        away(desk, **changes)
    assert refused.value.text.id != refused.value.text.en
    assert count(desk) == 0


def count(desk: Desk) -> int:
    """How many absences are declared."""
    return desk.office.work.read(lambda session: len(session.scalars(select(Delegation.id)).all()))


def test_a_second_stand_in_for_the_same_days_is_refused_until_the_first_ended(desk: Desk) -> None:
    first = away(desk, stand_in="atasan.dinkes")
    with pytest.raises(RefusedByRuleError, match="already"):
        away(desk, stand_in="sekda", starts_on=TODAY + timedelta(days=4), ends_on=TODAY + timedelta(days=9))
    away(desk, stand_in="sekda", starts_on=TODAY + timedelta(days=5), ends_on=TODAY + timedelta(days=9))
    revoke(desk, first, "atasan.pupr")
    away(desk, stand_in="atasan.disdik")


@ON_SQLITE
def test_nobody_who_is_away_stands_in_and_nobody_who_stands_in_goes_away(desk: Desk) -> None:
    away(desk, who="atasan.dinkes", stand_in="atasan.disdik")
    with pytest.raises(RefusedByRuleError, match="is away on those days"):
        away(desk, stand_in="atasan.dinkes")
    with pytest.raises(RefusedByRuleError, match="stands in for somebody else"):
        away(desk, who="atasan.disdik", stand_in="sekda")


@ON_SQLITE
def test_a_role_that_is_held_for_somebody_cannot_be_handed_on(desk: Desk) -> None:
    away(desk, stand_in="atasan.dinkes")
    stand_in = actor_named(desk.office, "atasan.dinkes")
    with pytest.raises(NotFoundError):
        away(
            desk,
            who="atasan.dinkes",
            stand_in="sekda",
            user_id=stand_in.id,
            unit_id=actor_named(desk.office, "atasan.pupr").grants[0].unit_id,
        )


@ON_SQLITE
def test_a_stand_in_who_cannot_sign_in_is_refused(desk: Desk) -> None:
    gone, env = actor_named(desk.office, "atasan.dinkes"), desk.office.env
    desk.office.work.write(lambda session: change_user(session, env, str(gone.id), active=False, by=SYSTEM))
    with pytest.raises(RefusedByRuleError, match="active user"):
        away(desk, stand_in="atasan.dinkes")


# For whom one may speak.


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "may"),
    [
        ("pelaksana.pupr", True),
        ("atasan.pupr", True),
        ("administrator", True),
        ("atasan.dinkes", False),
        ("penghubung.pupr", False),
        ("sekda", False),
        ("perancang", False),
    ],
)
def test_an_absence_is_declared_by_oneself_a_superior_or_an_administrator(
    desk: Desk, by: str, may: bool
) -> None:
    declare = {"who": "pelaksana.pupr", "stand_in": "petugas.dinkes", "by": by}
    if may:
        assert away(desk, **declare).state == "running"
    else:
        with pytest.raises(NotFoundError):
            away(desk, **declare)


@ON_SQLITE
def test_absences_are_listed_to_whom_they_concern_and_the_reason_not_to_the_stand_in(desk: Desk) -> None:
    declared = away(desk, stand_in="atasan.dinkes")
    env = desk.office.env

    def seen(username: str) -> list[tuple[str | None, bool]]:
        by = actor_named(desk.office, username)
        page = desk.office.work.read(lambda session: list_delegations(session, env, by=by))
        return [(one.reason, one.may_revoke) for one in page.items if one.id == declared.id]

    assert seen("atasan.pupr") == [("Cuti tahunan", True)]
    assert seen("administrator") == [("Cuti tahunan", True)]
    assert seen("atasan.dinkes") == [(None, False)]
    assert seen("petugas.disdik") == []
    with pytest.raises(NotFoundError):
        revoke(desk, declared, "atasan.dinkes")
    with pytest.raises(NotFoundError):
        revoke(desk, declared, "petugas.disdik")


@ON_SQLITE
def test_the_form_offers_the_own_roles_first_and_everybody_who_holds_a_role(desk: Desk) -> None:
    env, by = desk.office.env, actor_named(desk.office, "atasan.pupr")
    held = desk.office.work.read(lambda session: list_delegable(session, env, by=by))
    assert held[0].user_name == "Hendra Gunarto"
    assert {one.unit_name for one in held} == {"Dinas Pekerjaan Umum dan Penataan Ruang"}
    others = desk.office.work.read(lambda session: list_substitutes(session, env, by=by))
    assert "Ahmad Fauzan" in [one.name for one in others]


@ON_SQLITE
def test_absences_come_in_pages(desk: Desk) -> None:
    for week in range(3):
        start = TODAY + timedelta(days=7 * week)
        away(desk, stand_in="atasan.dinkes", starts_on=start, ends_on=start)
    env, by = desk.office.env, actor_named(desk.office, "atasan.pupr")
    first = desk.office.work.read(lambda session: list_delegations(session, env, by=by, limit=2))
    rest = desk.office.work.read(
        lambda session: list_delegations(session, env, by=by, limit=2, before=first.next)
    )
    assert [one.starts_on.day for one in (*first.items, *rest.items)] == [16, 9, 2]
    assert rest.next is None
