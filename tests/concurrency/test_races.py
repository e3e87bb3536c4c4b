"""People, workers and administrators meet on one case at the same moment: each is served or told why, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from cases.attachments import Upload, add_attachment, store_upload
from cases.deadlines.calendar_changes import AddDayOff, change_calendar
from cases.errors import (
    CaseError,
    NotWaitingForItError,
    ProcessIncidentError,
    RefusedByRuleError,
    SuspendedError,
)
from cases.history import verify_history
from cases.incidents.asked import Act, Mending
from cases.incidents.mending import mend_case, mend_incident
from cases.messages import send_message
from cases.model import PUBLIC, NewComplaint
from cases.operations import Target, begin_operation
from cases.register import register_complaint
from cases.tasks import claim_task, complete_task
from engine.model import Text
from storage.tables import Attachment, Incident, Operation, ProcessInstance, Timer, UserTask
from support.office import Desk, actor_named
from support.own_process import STUCK, at_once, deploy_drawn, hire, start_beside
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker

pytestmark = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
"""On SQLite writers stand in a queue; the crowds of the API's tests cross it too."""
Racer = Callable[[UnitOfWork], Any]
ADMIN = "admin.instansi"


def writing(desk: Desk, what: Callable[..., Any], *arguments: Any, **options: Any) -> Racer:
    """One writer who does this on a connection of their own."""
    env = desk.office.env
    return lambda work: work.write(lambda session: what(session, env, *arguments, **options))


def working(desk: Desk) -> Racer:
    """One more worker, who does what is due."""

    return lambda work: Worker(on(desk, work), prints=False).run_until_idle()


def on(desk: Desk, work: UnitOfWork) -> Tuntas:
    """The same office on connections of somebody's own."""
    return replace(desk.office, work=work)


def told(results: list[Any]) -> Counter[str]:
    """How often which refusal was met; anything that is no refusal in words fails the test here."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, CaseError):
            raise result
    return Counter(type(result).__name__ if isinstance(result, CaseError) else "done" for result in results)


def counted(desk: Desk, case_id: str, tag: str) -> int:
    """How often the history tells of it; the history must be whole."""
    desk.office.work.read(lambda session: verify_history(session, case_id))
    return desk.tags(case_id).count(tag)


@pytest.mark.parametrize("people", [2, 8])
def test_one_of_several_who_claim_a_task_has_it_and_the_others_read_who_is_to_release_it(
    desk: Desk, people: int
) -> None:
    task = desk.task(desk.register().id, "verify_complaint")
    crowd = [hire(desk.office, f"admin.{number}", f"Admin {number}") for number in range(people)]
    results = at_once(desk.office, *(writing(desk, claim_task, task.id, by=one) for one in crowd))
    assert told(results) == {"done": 1, "RefusedByRuleError": people - 1}
    assert {str(one) for one in results if isinstance(one, RefusedByRuleError)} == {
        "Somebody else has taken this task. Ask them to release it first."
    }
    assert counted(desk, task.case_id, "case:task:claimed") == 1


def test_thirty_two_people_who_give_files_to_one_case_all_succeed(desk: Desk) -> None:
    case_id, by = desk.register().id, actor_named(desk.office, ADMIN)
    files = [store_upload(desk.office.env, Upload(f"{n}.txt", [b"Foto %d.\n" % n])) for n in range(32)]
    results = at_once(desk.office, *(writing(desk, add_attachment, case_id, one, by=by) for one in files))
    assert told(results) == {"done": 32}
    assert counted(desk, case_id, "case:attachment:added") == 32


def test_a_message_and_the_timer_that_gives_up_waiting_for_it_close_the_case_once(desk: Desk) -> None:
    case_id = desk.register().id
    desk.accept(case_id)
    desk.dispose_and_answer(case_id)
    by = desk.complainant(case_id)
    due = desk.office.work.read(
        lambda session: session.scalar(select(func.max(Timer.due_at)).where(Timer.case_id == case_id))
    )
    desk.clock.set(due)
    results = at_once(
        desk.office, writing(desk, send_message, case_id, "confirm", {}, by=by), working(desk), working(desk)
    )
    assert told(results)["done"] >= 2
    assert isinstance(results[0], NotWaitingForItError) or not isinstance(results[0], Exception)
    assert counted(desk, case_id, "case:case:closed") == 1
    assert counted(desk, case_id, "case:message:received") == (not isinstance(results[0], Exception))


def test_a_task_that_is_completed_while_its_case_is_suspended_is_done_before_or_not_at_all(
    desk: Desk,
) -> None:
    for _ in range(3):
        case_id = desk.register().id
        task, admin = desk.task(case_id, "verify_complaint"), actor_named(desk.office, "administrator")
        asked = Mending(Act.SUSPEND, "Diperiksa dahulu.")
        archive = {"decision": "archive", "archive_reason": "test"}
        done = writing(desk, complete_task, task.id, archive, by=actor_named(desk.office, ADMIN))
        results = at_once(desk.office, done, writing(desk, mend_case, case_id, asked, by=admin))
        told(results)
        tags = [tag for tag in desk.tags(case_id) if tag in ("case:task:completed", "case:case:suspended")]
        if isinstance(results[0], SuspendedError):
            assert tags == ["case:case:suspended"]
        else:
            assert tags[0] == "case:task:completed"


def test_two_administrators_on_one_incident_end_it_once(desk: Desk) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "stuck")
    desk.clock.advance(timedelta(hours=2))
    with pytest.raises(ProcessIncidentError):
        desk.worker.run_until_idle()
    incident = desk.office.work.read(lambda session: session.scalars(select(Incident.id)).one())
    admins = [hire(desk.office, f"sistem.{n}", f"Sistem {n}", role="system_administrator") for n in range(2)]
    asked = Mending(Act.DISMISS, "Sudah dibicarakan.")
    results = at_once(desk.office, *(writing(desk, mend_incident, incident, asked, by=one) for one in admins))
    assert told(results) == {"done": 1, "RefusedByRuleError": 1}
    assert counted(desk, case_id, "case:incident:dismissed") == 1


def test_complaints_that_come_while_a_process_is_deployed_all_begin(desk: Desk) -> None:
    new = NewComplaint(title="Lampu padam", text="Sejak Minggu.", name="Budi")
    text = "beside_{}\nstart begin\nend done\nbegin -> done"
    begin = [writing(desk, register_complaint, new, by=PUBLIC) for _ in range(6)]
    deploy = [lambda work, n=n: deploy_drawn(on(desk, work), text.format(n)) for n in range(2)]
    results = at_once(desk.office, *begin, *deploy)
    assert told(results) == {"done": 8}
    waiting = desk.office.work.read(
        lambda session: session.scalar(
            select(func.count()).select_from(UserTask).where(UserTask.state == "open")
        )
    )
    assert waiting == 6


def test_a_file_that_comes_while_its_case_is_closed_is_kept_or_refused_in_words(desk: Desk) -> None:
    case_id = desk.register().id
    desk.accept(case_id)
    desk.dispose_and_answer(case_id)
    by = desk.complainant(case_id)
    stored = store_upload(desk.office.env, Upload("bukti.txt", [b"Masih berlubang.\n"]))
    results = at_once(
        desk.office,
        writing(desk, send_message, case_id, "confirm", {}, by=by),
        writing(desk, add_attachment, case_id, stored, by=by),
    )
    assert not isinstance(results[0], Exception), results[0]
    kept = desk.office.work.read(lambda session: session.scalars(select(Attachment.id)).all())
    assert told(results) == ({"done": 2} if kept else {"done": 1, "RefusedByRuleError": 1})
    assert counted(desk, case_id, "case:attachment:added") == len(kept)


def test_timers_that_fall_due_while_a_day_off_is_added_fire_once_or_move(desk: Desk) -> None:
    ids = [desk.register().id for _ in range(3)]
    desk.clock.advance(timedelta(days=3))
    by = actor_named(desk.office, "administrator")
    change = AddDayOff(date(2026, 3, 6), Text("Libur daerah", "Local holiday"))
    added = writing(desk, change_calendar, change, by=by, reason="Keputusan bupati.")
    results = at_once(desk.office, added, working(desk), working(desk))
    assert told(results) == {"done": 3}
    desk.worker.run_until_idle()
    left = desk.office.work.read(
        lambda session: session.scalars(select(Timer.due_at).where(Timer.due_at <= desk.clock.now())).all()
    )
    assert left == []
    assert desk.office.work.read(lambda session: session.scalars(select(Incident.cause)).all()) == []
    for case_id in ids:
        counted(desk, case_id, "case:deadline:moved")


def test_two_workers_on_one_act_for_many_cases_do_it_to_each_case_once(desk: Desk) -> None:
    ids = [desk.register(title=f"Aduan {number}").id for number in range(12)]
    definition = select(ProcessInstance.definition_id).join(
        UserTask, UserTask.instance_id == ProcessInstance.id
    )
    definition = definition.where(UserTask.case_id == ids[0])
    of = Target(definition_id=desk.office.work.read(lambda session: session.scalars(definition).one()))
    asked, env = Mending(Act.SUSPEND, "Diagram diperbaiki."), desk.office.env
    by = actor_named(desk.office, "administrator")
    desk.office.work.write(lambda session: begin_operation(session, env, of, asked, by=by))
    assert told(at_once(desk.office, working(desk), working(desk), working(desk))) == {"done": 3}
    desk.worker.run_until_idle()
    assert [counted(desk, case_id, "case:case:suspended") for case_id in ids] == [1] * len(ids)
    done = select(Operation.done, Operation.failed, Operation.total)
    assert desk.office.work.read(lambda session: tuple(session.execute(done).one())) == (12, 0, 12)
