"""Side effects between two transactions: claimed with a lease, tried again, and in the end an error of the diagram."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cases.environment import LEASE
from cases.errors import ProcessIncidentError
from cases.jobs import MAX_ATTEMPTS, claim_job, fail_job, finish_job
from storage.tables import Incident, Job
from support.office import Desk
from support.own_process import at_once, deploy_drawn, start_beside
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork
from tuntas.worker import Worker

TELLS = """tells
start begin
service send handler=deliver_notice "argument.template='received'"
end told
begin -> send -> told"""

TELLS_OR_ASKS = """tells_or_asks
start begin
service send handler=deliver_notice "argument.template='received'"
boundary refused on=send error=job_failed
user ask formKey=tells_or_asks/note
end told
end asked
begin -> send -> told
refused -> ask -> asked"""

TELLS_THEN_FAILS = """tells_then_fails
start begin
service send handler=deliver_notice "argument.template='received'"
service report handler=send_to_main "argument.message='follow_up_finished'"
end told
begin -> send -> report -> told"""


class Post:
    """A receiver that notes what it is given and refuses the first so many."""

    def __init__(self, refuses: int = 0) -> None:
        self.refuses = refuses
        self.keys: list[str] = []
        self.topics: list[str] = []

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Take the message or raise."""
        if not topic.startswith("job:"):
            return
        self.keys.append(key)
        self.topics.append(topic)
        if self.refuses:
            self.refuses -= 1
            raise ConnectionError("the post is closed")


def jobs(office: Tuntas) -> list[Any]:
    """The stored jobs."""
    return list(office.work.read(lambda session: session.scalars(select(Job)).all()))


def begin(desk: Desk, text: str) -> str:
    """A case whose process waits for a job; answers the case."""
    case = desk.register()
    deploy_drawn(desk.office, text)
    start_beside(desk.office, case.id, text.split(maxsplit=1)[0])
    return case.id


def claim(office: Tuntas) -> Any:
    """Take the job that is due."""
    return office.work.write(lambda session: claim_job(session, office.env))


def test_a_job_is_carried_out_and_the_process_goes_on(desk: Desk) -> None:
    case_id, post = begin(desk, TELLS), Post()
    Worker(desk.office, post).run_until_idle()
    assert post.topics == ["job:deliver_notice"]
    assert jobs(desk.office) == []
    assert desk.tags(case_id).count("process:instance:completed") == 2


def test_a_refused_job_is_tried_again_with_growing_pauses_under_the_same_key(desk: Desk) -> None:
    office, post = desk.office, Post(refuses=3)
    begin(desk, TELLS)
    worker, pauses = Worker(office, post), []
    worker.run_until_idle()
    while jobs(office):
        (job,) = jobs(office)
        assert (job.lease, job.last_error) == (None, "ConnectionError")
        pauses.append(job.run_at - desk.clock.now())
        worker.run_until_idle()  # Too early: nothing happens.
        desk.clock.set(job.run_at)
        worker.run_until_idle()
    assert pauses == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert (len(post.keys), len(set(post.keys))) == (4, 1)


def test_a_job_refused_too_often_becomes_an_error_that_the_diagram_catches(desk: Desk) -> None:
    case_id, post = begin(desk, TELLS_OR_ASKS), Post(refuses=100)
    worker = Worker(desk.office, post)
    for _ in range(MAX_ATTEMPTS):
        worker.run_until_idle()
        desk.clock.advance(timedelta(hours=1))
    assert len(post.keys) == MAX_ATTEMPTS
    assert jobs(desk.office) == []
    assert desk.task(case_id, "ask").element_id == "ask"


def test_an_error_that_no_diagram_catches_is_an_incident_and_the_job_is_left_alone(desk: Desk) -> None:
    case_id, post = begin(desk, TELLS), Post(refuses=100)
    worker = Worker(desk.office, post)
    for _ in range(MAX_ATTEMPTS - 1):
        worker.run_until_idle()
        desk.clock.advance(timedelta(hours=1))
    with pytest.raises(ProcessIncidentError):
        worker.run_until_idle()
    desk.clock.advance(timedelta(days=1))
    worker.run_until_idle()
    assert len(post.keys) == MAX_ATTEMPTS
    assert [(job.case_id, job.failed) for job in jobs(desk.office)] == [(case_id, True)]


def test_a_job_after_which_the_process_fails_is_not_carried_out_for_ever(desk: Desk) -> None:
    case_id, post = begin(desk, TELLS_THEN_FAILS), Post()
    worker = Worker(desk.office, post)
    with pytest.raises(ProcessIncidentError):
        worker.run_until_idle()
    desk.clock.advance(timedelta(days=1))
    worker.run_until_idle()
    assert len(post.keys) == 1
    assert [job.failed for job in jobs(desk.office)] == [True]
    found = desk.office.work.read(lambda session: session.scalars(select(Incident.case_id)).all())
    assert list(found) == [case_id]


def test_a_worker_that_lost_its_lease_changes_nothing(desk: Desk) -> None:
    office = desk.office
    case_id = begin(desk, TELLS)
    slow = claim(office)
    assert claim(office) is None
    desk.clock.advance(LEASE)
    quick = claim(office)
    assert (quick.id, quick.attempts, quick.lease != slow.lease) == (slow.id, 0, True)
    office.work.write(lambda session: fail_job(session, office.env, slow, "late"))
    office.work.write(lambda session: finish_job(session, office.env, slow, {}))
    assert [job.lease for job in jobs(office)] == [quick.lease]
    office.work.write(lambda session: finish_job(session, office.env, quick, {}))
    assert jobs(office) == []
    assert desk.tags(case_id).count("process:instance:completed") == 2


def test_two_workers_never_hold_the_same_job(desk: Desk) -> None:
    office = desk.office
    begin(desk, TELLS)

    def take(work: UnitOfWork) -> Any:
        return work.write(lambda session: claim_job(session, office.env))

    assert sorted(job is None for job in at_once(office, take, take)) == [False, True]


def test_a_job_of_a_case_that_closed_meanwhile_is_dropped(desk: Desk) -> None:
    office = desk.office
    case_id = begin(desk, TELLS)
    job = claim(office)
    desk.complete(case_id, "verify_complaint", "admin.instansi", decision="archive", archive_reason="unclear")
    assert jobs(office) == []
    office.work.write(lambda session: finish_job(session, office.env, job, {}))
    assert desk.case(case_id).stage == "closed"
