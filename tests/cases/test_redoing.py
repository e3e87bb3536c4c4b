"""A person's task that failed is done again by an administrator: in the person's name, with what they entered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from cases.errors import ProcessIncidentError, RefusedByRuleError
from cases.history import verify_history
from cases.inbox import get_task
from cases.incidents.asked import Act, Change, Mending
from cases.incidents.mending import mend_incident
from cases.incidents.reading import IncidentView, get_incident, list_incidents
from cases.incidents.redoing import settle_overtaken
from cases.incidents.submission import find_submission
from cases.operations import Target, begin_operation
from cases.tasks import claim_task, delegate_task, release_task
from storage.tables import Case, HistoryEntry, Incident, Role, User, UserTask
from support.office import Desk, actor_named
from support.own_process import UNCLEAR, deploy_drawn, hire, start_beside

ADMIN, OFFICER = "administrator", "admin.instansi"
SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def failed(desk: Desk, username: str = OFFICER, note: str = "Rumah Budi") -> str:
    """A case in which somebody completed a task, and the process failed behind it."""
    deploy_drawn(desk.office, UNCLEAR)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "unclear")
    with pytest.raises(ProcessIncidentError) as refused:
        desk.complete(case_id, "first", username, note=note)
    assert "atas nama Anda" in refused.value.text.id
    return case_id


def incidents(desk: Desk, state: str = "open") -> tuple[IncidentView, ...]:
    """What the administrator sees."""
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    return desk.office.work.read(lambda session: list_incidents(session, env, by=by, state=state)).items


def mend(desk: Desk, act: Act = Act.RETRY, *, dry_run: bool = False, **asked: Any) -> Change:
    """The administrator acts on the newest incident."""
    (incident, *_), by, env = incidents(desk), actor_named(desk.office, ADMIN), desk.office.env
    wanted = Mending(act, "Sudah diperbaiki.", **asked)
    return desk.office.work.write(
        lambda session: mend_incident(session, env, incident.id, wanted, by=by, dry_run=dry_run)
    )


def mend_the_cause(desk: Desk) -> None:
    """The value that the gateway asks for is there from now on; what was entered waits for the retry."""
    mend(desk, Act.SET_DATA, values={"ready": 1})


def kept(desk: Desk, case_id: str) -> list[Any]:
    """What the incidents of a case keep of it."""
    columns = (Incident.data, Incident.submitted)
    query = select(*columns).where(Incident.case_id == case_id).order_by(Incident.id)
    return [tuple(row) for row in desk.office.work.read(lambda session: session.execute(query).all())]


def stored(desk: Desk, *columns: Any, **where: Any) -> list[Any]:
    """Rows of one table."""
    query = select(*columns).filter_by(**where)
    return list(desk.office.work.read(lambda session: session.execute(query).all()))


def on_task(desk: Desk, act: Callable[..., Any], case_id: str, username: str, **more: Any) -> None:
    """Somebody claims, releases or delegates the task."""
    task, by, env = desk.task(case_id, "first"), actor_named(desk.office, username), desk.office.env
    desk.office.work.write(lambda session: act(session, env, task.id, by=by, **more))


def test_a_mended_task_is_completed_by_the_person_who_filled_it_in_and_history_says_who_retried(
    desk: Desk,
) -> None:
    case_id = failed(desk)
    assert "ready" in (mend(desk, dry_run=True).fails or "")
    mend_the_cause(desk)
    officer, admin = actor_named(desk.office, OFFICER), actor_named(desk.office, ADMIN)
    before = (desk.case(case_id), desk.tags(case_id))
    rehearsed = mend(desk, dry_run=True)
    assert [(one.kind, one.element_id) for one in rehearsed.opened] == [("task", "second")]
    assert [(one.kind, one.element_id) for one in rehearsed.closed] == [("task", "first")]
    assert (desk.case(case_id), desk.tags(case_id)) == before
    done = mend(desk)
    assert (done.history, done.opened[0].element_id) == (rehearsed.history, "second")
    (task,) = stored(desk, UserTask.state, UserTask.completed_by, case_id=case_id, element_id="first")
    assert tuple(task) == ("completed", officer.id)
    (entry,) = stored(
        desk, HistoryEntry.actor_id, HistoryEntry.data, case_id=case_id, tag="case:task:completed"
    )
    assert (entry.actor_id, entry.data["values"]) == (officer.id, {"note": "Rumah Budi"})
    assert entry.data["retried_by"] == {"user": admin.id, "name": admin.name}
    (retried,) = stored(desk, HistoryEntry.actor_id, case_id=case_id, tag="case:incident:retried")
    assert retried.actor_id == admin.id
    assert desk.office.work.read(lambda session: verify_history(session, case_id)) == len(desk.tags(case_id))
    assert (incidents(desk), kept(desk, case_id)) == ((), [(None, None)])


@SQLITE
def test_values_are_shown_to_who_may_read_the_case_and_to_who_entered_them(desk: Desk) -> None:
    case_id = failed(desk)
    (incident,), env = incidents(desk), desk.office.env
    admin, officer = actor_named(desk.office, ADMIN), actor_named(desk.office, OFFICER)
    seen = desk.office.work.read(lambda session: get_incident(session, env, incident.id, by=admin))
    assert (seen.submitted, seen.submitted_by, seen.masked) == ({"note": "***"}, officer.name, True)
    assert "Budi" not in f"{seen}"
    other, task_id = hire(desk.office, "admin.dua", "Admin Dua"), desk.task(case_id, "first").id
    for by, values in ((officer, {"note": "Rumah Budi"}), (other, {})):
        view = desk.office.work.read(lambda session, by=by: get_task(session, env, task_id, by=by))
        found = desk.office.work.read(lambda session, by=by, view=view: find_submission(session, view, by=by))
        assert (found and found.values, found and found.user_name) == (values, officer.name)


@SQLITE
def test_what_was_entered_last_counts_and_the_earlier_incident_is_over(desk: Desk) -> None:
    case_id = failed(desk)
    with pytest.raises(ProcessIncidentError):
        desk.complete(case_id, "first", OFFICER, note="Rumah Siti")
    assert [one.resolution for one in incidents(desk, "all")] == [None, "repeated"]
    mend_the_cause(desk)
    mend(desk)
    (entry,) = stored(desk, HistoryEntry.data, case_id=case_id, tag="case:task:completed")
    assert entry.data["values"] == {"note": "Rumah Siti"}


@SQLITE
def test_a_retry_that_fails_again_leaves_one_incident_with_what_was_entered_first(desk: Desk) -> None:
    case_id = failed(desk)
    first = kept(desk, case_id)
    with pytest.raises(ProcessIncidentError):
        mend(desk)
    assert [one.resolution for one in incidents(desk, "all")] == [None, "repeated"]
    assert kept(desk, case_id) == [(None, None), *first]


@SQLITE
@pytest.mark.parametrize("ending", ["completed", "cancelled"])
def test_an_incident_whose_task_is_over_ends_with_that_reason(desk: Desk, ending: str) -> None:
    case_id = failed(desk)
    task_id, env = desk.task(case_id, "first").id, desk.office.env
    over = update(UserTask).where(UserTask.id == task_id).values(state=ending)
    desk.office.work.write(lambda session: session.execute(over))
    assert mend(desk, dry_run=True).overtaken == ending
    assert len(incidents(desk)) == 1
    assert desk.office.work.write(lambda session: settle_overtaken(session, env))
    assert [one.resolution for one in incidents(desk, "resolved")] == [ending]
    assert kept(desk, case_id) == [(None, None)]


@SQLITE
def test_a_retry_finds_out_by_itself_that_the_task_was_done_meanwhile(desk: Desk) -> None:
    case_id = failed(desk)
    mend_the_cause(desk)
    desk.complete(case_id, "first", OFFICER, note="Sendiri")
    assert (mend(desk).overtaken, incidents(desk)) == ("completed", ())
    assert "case:incident:retried" not in desk.tags(case_id)


def lose_role(desk: Desk, case_id: str) -> None:
    """The person gets another role."""
    officer = update(Role).where(Role.user_id == actor_named(desk.office, OFFICER).id)
    desk.office.work.write(lambda session: session.execute(officer.values(role="auditor")))


def leave(desk: Desk, case_id: str) -> None:
    """The person leaves the office."""
    gone = update(User).where(User.username == OFFICER).values(active=False)
    desk.office.work.write(lambda session: session.execute(gone))


def hand_on(desk: Desk, case_id: str) -> None:
    """The person gives the task to a colleague."""
    other = hire(desk.office, "admin.dua", "Admin Dua")
    on_task(desk, delegate_task, case_id, OFFICER, to=other.id)


def accuse(desk: Desk, case_id: str) -> None:
    """The complaint turns out to be about that person."""
    about = {"accused_kind": "user", "accused_user_id": actor_named(desk.office, OFFICER).id}
    desk.office.work.write(
        lambda session: session.execute(update(Case).where(Case.id == case_id).values(**about))
    )


@SQLITE
@pytest.mark.parametrize("change", [lose_role, leave, hand_on, accuse])
def test_a_task_is_not_done_in_the_name_of_somebody_who_may_not_do_it_any_more(
    desk: Desk, change: Callable[[Desk, str], None]
) -> None:
    case_id = failed(desk)
    mend_the_cause(desk)
    change(desk, case_id)
    for dry_run in (True, False):
        with pytest.raises(RefusedByRuleError):
            mend(desk, dry_run=dry_run)
    assert len(incidents(desk)) == 1


@SQLITE
def test_a_task_is_not_done_in_the_name_of_who_released_it_since(desk: Desk) -> None:
    deploy_drawn(desk.office, UNCLEAR)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "unclear")
    on_task(desk, claim_task, case_id, OFFICER)
    with pytest.raises(ProcessIncidentError):
        desk.complete(case_id, "first", OFFICER, note="Sudah")
    mend_the_cause(desk)
    on_task(desk, release_task, case_id, OFFICER)
    with pytest.raises(RefusedByRuleError, match="released"):
        mend(desk)


@SQLITE
def test_all_tasks_of_a_kind_are_done_again_by_the_worker(desk: Desk) -> None:
    case_id = failed(desk)
    mend_the_cause(desk)
    (incident,), by, env = incidents(desk), actor_named(desk.office, ADMIN), desk.office.env
    target, asked = Target(incident_kind=str(incident.kind)), Mending(Act.RETRY, "Semua")
    desk.office.work.write(lambda session: begin_operation(session, env, target, asked, by=by))
    desk.worker.run_until_idle()
    assert (desk.task(case_id, "second").element_id, incidents(desk)) == ("second", ())
