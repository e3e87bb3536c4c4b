"""Another unit, another owner, a promise and a legal hold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from cases.actions.accuse import accuse
from cases.actions.hold import set_legal_hold
from cases.actions.promise import promise_extension
from cases.actions.reassign import reassign_task, reassign_unit
from cases.errors import NotFoundError, RefusedByRuleError
from cases.legal_hold import NOT_HELD, refuse_held
from cases.model import SYSTEM
from cases.tasks import claim_task
from cases.work import CaseWork
from storage.tables import Case
from support.acts import ADMIN, act, clocks, last, open_tasks, sees, to_unit, unit_id, user_id
from support.office import Desk, actor_named
from support.own_process import hire


def test_another_unit_takes_over_where_the_first_one_stood(desk: Desk) -> None:
    case_id = to_unit(desk)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    before = clocks(desk, case_id)
    (element,) = {name for name in open_tasks(desk, case_id) if name == "work_on_complaint"}
    act(desk, ADMIN, reassign_unit, case_id, unit="dlh")
    task = open_tasks(desk, case_id)[element]
    assert (task.unit_id, task.owner_id) == (unit_id(desk, "dlh"), None)
    assert clocks(desk, case_id) == before
    assert (sees(desk, "pelaksana.pupr", case_id), sees(desk, "petugas.dlh", case_id)) == (False, True)
    moved = last(desk, case_id, "case:disposition:moved")
    assert (moved["from"], moved["to"]) == (unit_id(desk, "pupr"), unit_id(desk, "dlh"))
    desk.complete(case_id, element, "petugas.dlh", note="Sudah ditinjau.")


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        # It leads already.
        ("pupr", "Nothing would change"),
        ("dinas-bulan", "no such unit"),
        # Nobody there who could accept, work and approve.
        ("dlh-kebersihan", "Choose another unit"),
    ],
)
def test_a_unit_that_cannot_take_over_is_refused(desk: Desk, unit: str, said: str) -> None:
    case_id = to_unit(desk)
    with pytest.raises(RefusedByRuleError, match=said):
        act(desk, ADMIN, reassign_unit, case_id, unit=unit)


def test_a_case_is_disposed_before_its_unit_is_replaced(desk: Desk) -> None:
    with pytest.raises(RefusedByRuleError, match="not disposed yet"):
        act(desk, ADMIN, reassign_unit, desk.register().id, unit="dlh")


def test_the_accused_unit_is_refused_with_the_way_of_the_law(desk: Desk) -> None:
    case_id = to_unit(desk)
    act(desk, ADMIN, accuse, case_id, kind="head", unit="dlh-kebersihan")
    for unit in ("dlh", "dlh-kebersihan"):
        with pytest.raises(RefusedByRuleError, match=r"Pemerintah Kabupaten Sukamaju.*article 45"):
            act(desk, ADMIN, reassign_unit, case_id, unit=unit)


def test_a_superior_gives_a_task_to_somebody_else_whoever_owned_it(desk: Desk) -> None:
    case_id = to_unit(desk)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    other = hire(desk.office, "pelaksana.dua", "Wulan Contoh", "case_worker", "pupr")
    task = open_tasks(desk, case_id)["work_on_complaint"]
    env, first = desk.office.env, actor_named(desk.office, "pelaksana.pupr")
    desk.office.work.write(lambda session: claim_task(session, env, task.id, by=first))
    act(desk, "atasan.pupr", reassign_task, case_id, task=task.id, to=other.id)
    assert open_tasks(desk, case_id)["work_on_complaint"].owner_id == other.id
    entry = last(desk, case_id, "case:task:reassigned")
    assert (entry["from"], entry["to"]) == (first.id, other.id)
    desk.complete(case_id, "work_on_complaint", "pelaksana.dua", note="Sudah ditinjau.")


def test_a_task_goes_to_somebody_who_may_do_it_only(desk: Desk) -> None:
    case_id = to_unit(desk)
    task = open_tasks(desk, case_id)["accept_disposition"].id
    for wrong in (user_id(desk, "petugas.dlh"), user_id(desk, "pelaksana.pupr"), desk.office.env.new_id()):
        with pytest.raises(RefusedByRuleError, match="cannot take this task"):
            act(desk, "atasan.pupr", reassign_task, case_id, task=task, to=wrong)


def test_somebody_accused_gets_no_task_and_the_refusal_names_the_way(desk: Desk) -> None:
    case_id = to_unit(desk)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    accused = hire(desk.office, "pelaksana.dua", "Wulan Contoh", "case_worker", "pupr")
    act(desk, ADMIN, accuse, case_id, kind="officer", user=accused.id)
    task = open_tasks(desk, case_id)["work_on_complaint"].id
    with pytest.raises(RefusedByRuleError, match=r"Dinas Pekerjaan Umum.*article 45"):
        act(desk, "atasan.pupr", reassign_task, case_id, task=task, to=accused.id)


def test_a_superior_of_another_agency_and_a_worker_reassign_nothing(desk: Desk) -> None:
    case_id = to_unit(desk)
    task = open_tasks(desk, case_id)["accept_disposition"].id
    for username in ("atasan.dlh", "pelaksana.pupr"):
        with pytest.raises(NotFoundError):
            act(desk, username, reassign_task, case_id, task=task, to=user_id(desk, "penghubung.pupr"))
    verify = desk.register().id
    with pytest.raises(NotFoundError):  # A task of the whole body is nobody's unit's.
        act(
            desk,
            "atasan.pupr",
            reassign_task,
            verify,
            task=open_tasks(desk, verify)["verify_complaint"].id,
            to=user_id(desk, ADMIN),
        )


def test_a_promise_is_kept_with_the_case_and_moves_no_date(desk: Desk) -> None:
    case_id = to_unit(desk)
    before = clocks(desk, case_id)
    act(desk, "atasan.pupr", promise_extension, case_id, promised_on=date(2026, 3, 27))
    assert clocks(desk, case_id) == before
    assert last(desk, case_id, "case:deadline:promised")["promised_on"] == "2026-03-27"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"promised_on": date(2026, 2, 27)}, "is over"),
        ({"promised_on": date(2026, 3, 27), "clock": "approval"}, "not running"),
        ({"promised_on": date(2026, 3, 27), "reason": " "}, "reason"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(desk: Desk, values: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedByRuleError, match=said):
        act(desk, "atasan.pupr", promise_extension, to_unit(desk), **values)


def test_a_worker_promises_nothing(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        act(desk, "pelaksana.pupr", promise_extension, to_unit(desk), promised_on=date(2026, 3, 27))


def test_nothing_of_a_case_on_hold_may_be_erased(desk: Desk) -> None:
    case_id, other = desk.register().id, desk.register(title="Lain").id
    act(desk, ADMIN, set_legal_hold, case_id, on=True)
    work, env = desk.office.work, desk.office.env
    erasable = select(Case.id).where(NOT_HELD)
    assert work.read(lambda session: session.scalars(erasable).all()) == [other]
    with pytest.raises(RefusedByRuleError, match="legal hold"):
        work.read(lambda session: refuse_held(CaseWork.load(session, env, case_id, by=SYSTEM)))
    assert last(desk, case_id, "case:legal-hold:set")["to"] is True
    with pytest.raises(RefusedByRuleError, match="Nothing would change"):
        act(desk, ADMIN, set_legal_hold, case_id, on=True)
    act(desk, ADMIN, set_legal_hold, case_id, on=False)
    assert last(desk, case_id, "case:legal-hold:lifted") | {"reason": ""} == {
        "from": True,
        "to": False,
        "reason": "",
    }
    work.read(lambda session: refuse_held(CaseWork.load(session, env, case_id, by=SYSTEM)))


def test_the_hold_of_a_closed_case_is_set_too_but_not_by_a_worker(desk: Desk) -> None:
    case_id = desk.register().id
    desk.say(case_id, "withdraw")
    with pytest.raises(NotFoundError):
        act(desk, "penerima", set_legal_hold, case_id, on=True)
    act(desk, ADMIN, set_legal_hold, case_id, on=True)
    assert desk.case(case_id).legal_hold
