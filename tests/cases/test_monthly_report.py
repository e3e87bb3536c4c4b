"""The figures of a month: counted once it is over, frozen for ever, each with its denominator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from cases.errors import ConflictError, NotFoundError
from cases.model import Channel
from cases.reports.measures import freeze
from cases.reports.reading import get_month, list_months
from storage.tables import Case, MonthlyFigure, ProcessInstance, ScheduledStart
from support.office import Desk, actor_named
from support.own_process import at_once
from support.story import local
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker

APRIL = local("2026-04-01 00:00")


def figures(desk: Desk, month: str = "2026-03") -> Any:
    """The frozen month as the regent reads it."""
    by = actor_named(desk.office, "bupati")
    return desk.office.work.read(lambda session: get_month(session, desk.office.env, month, by=by))


def march(desk: Desk) -> None:
    """Three complaints: one answered and confirmed, one under work, one untouched; and one of the restricted lane."""
    answered, working = desk.register(), desk.register(title="Lampu jalan padam")
    desk.register(title="Sampah menumpuk")
    secret = desk.register(title="Pungutan di kantor")
    for case in (answered, working):
        desk.accept(case.id)
    desk.pass_time(local("2026-03-05 09:00"))
    desk.dispose_and_answer(answered.id)
    desk.say(answered.id, "confirm")
    desk.complete(
        working.id,
        "dispose_complaint",
        "admin.instansi",
        lead_unit="dishub",
        priority="normal",
        instruction="Mohon dicek.",
    )
    restrict = update(Case).where(Case.id == secret.id).values(sensitivity="oversight")
    desk.office.work.write(lambda session: session.execute(restrict))


def test_the_month_is_frozen_at_its_last_midnight_and_no_second_before(desk: Desk) -> None:
    march(desk)
    desk.pass_time(APRIL - timedelta(seconds=1))
    by = actor_named(desk.office, "bupati")
    assert desk.office.work.read(lambda session: list_months(session, desk.office.env, by=by)) == ()
    desk.pass_time(APRIL)
    assert desk.office.work.read(lambda session: list_months(session, desk.office.env, by=by)) == ("2026-03",)


def test_each_measure_has_its_denominator_and_the_restricted_lane_is_not_counted(desk: Desk) -> None:
    march(desk)
    desk.pass_time(APRIL)
    total = figures(desk).total.figures
    assert (total.received, total.followed_up, total.completed, total.answered) == (3, 2, 1, 1)
    assert (total.followed_up_percent, total.completed_percent, total.mean_days) == (66.7, 33.3, 3.0)
    units = {unit.unit_name: unit.figures.received for unit in figures(desk).units}
    assert units == {"Dinas Pekerjaan Umum dan Penataan Ruang": 1, "Dinas Perhubungan": 1}


@pytest.mark.parametrize(("username", "told"), [("pengawas.provinsi", False), ("bupati", True)])
def test_small_figures_of_units_stay_within_the_body(desk: Desk, username: str, told: bool) -> None:
    march(desk)
    desk.pass_time(APRIL)
    by = actor_named(desk.office, username)
    month = desk.office.work.read(lambda session: get_month(session, desk.office.env, "2026-03", by=by))
    assert [unit.figures is not None for unit in month.units] == [told, told]
    assert month.total.figures is not None


def test_what_happens_later_does_not_change_a_frozen_month(desk: Desk) -> None:
    march(desk)
    desk.pass_time(APRIL)
    before = figures(desk)
    late = desk.register(
        channel=Channel.LETTER, received_at=local("2026-03-30 09:00"), title="Surat yang lambat"
    )
    desk.pass_time(local("2026-04-02 00:00"))
    assert figures(desk) == before
    assert desk.case(late.id).received_at < APRIL


def test_a_month_without_cases_is_frozen_too_with_nothing_to_divide(desk: Desk) -> None:
    desk.pass_time(APRIL)
    total = figures(desk).total.figures
    assert (total.received, total.followed_up_percent, total.mean_days) == (0, None, None)


def test_months_missed_while_the_worker_was_down_are_made_up_for_once_each(desk: Desk) -> None:
    desk.clock.set(local("2026-06-10 08:00"))
    for _ in range(2):
        Worker(desk.office).run_until_idle()
    counted = (
        select(MonthlyFigure.month, func.count()).group_by(MonthlyFigure.month).order_by(MonthlyFigure.month)
    )
    rows = desk.office.work.read(lambda session: [tuple(row) for row in session.execute(counted)])
    assert rows == [("2026-03", 1), ("2026-04", 1), ("2026-05", 1)]
    runs = select(ProcessInstance.status).where(ProcessInstance.process_id == "monthly_report")
    assert desk.office.work.read(lambda session: list(session.scalars(runs))) == ["completed"] * 3
    due = desk.office.work.read(lambda session: session.scalar(select(ScheduledStart.due_at)))
    assert due == local("2026-07-01 00:00")


@pytest.mark.parametrize("username", ["pelaksana.pupr", "penerima", "perancang", "administrator"])
def test_who_may_not_read_figures_is_told_that_there_are_none(desk: Desk, username: str) -> None:
    desk.pass_time(APRIL)
    by = actor_named(desk.office, username)
    with pytest.raises(NotFoundError):
        desk.office.work.read(lambda session: get_month(session, desk.office.env, "2026-03", by=by))


def test_two_freezes_at_once_keep_one_row_for_the_whole_body(desk: Desk) -> None:
    march(desk)
    env, month = desk.office.env, "2026-03"

    def run(work: UnitOfWork) -> int:
        return work.write(lambda session: freeze(session, env, month, instance_id=None))

    written = at_once(desk.office, run, run)
    assert sorted(written)[0] == 0
    body = {"month": month, "unit_id": None, "figures": {}, "frozen_at": env.clock.now()}
    with pytest.raises(ConflictError):
        desk.office.work.write(
            lambda session: session.execute(insert(MonthlyFigure).values(id=env.new_id(), **body))
        )
    rows = select(MonthlyFigure.unit_id).where(MonthlyFigure.month == month)
    found = desk.office.work.read(lambda session: list(session.scalars(rows)))
    assert (len(found), found.count(None)) == (sum(written), 1)
