"""Jobs: side effects that a service task waits for, claimed with a lease and carried out between two transactions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.incidents import faults
from cases.model import SYSTEM
from cases.runtime import move, run_queue
from cases.work import CaseWork
from engine.errors import NotWaitingError
from engine.model import CompleteJob, FailJob
from storage.tables import Job

MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker may carry out until its lease ends; ``id`` is the idempotency key of the side effect.

    ``attempts`` counts those that failed; a worker that was killed or held up says nothing about the job.
    """

    id: str
    instance_id: str
    case_id: str
    handler: str
    arguments: Mapping[str, Any]
    attempts: int
    lease: str


def claim_job(session: Session, env: Environment) -> ClaimedJob | None:
    """Take the job that is due longest. Commit before carrying it out."""
    now = env.clock.now()
    job = session.execute(
        select(Job.id, Job.instance_id, Job.case_id, Job.handler, Job.arguments, Job.attempts)
        .where(Job.run_at <= now, Job.failed.is_(False), Job.held.is_(False))
        .order_by(Job.run_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if job is None:
        return None
    lease = env.new_id()
    session.execute(update(Job).where(Job.id == job.id).values(lease=lease, run_at=now + env.lease))
    return ClaimedJob(**job._mapping, lease=lease)


def finish_job(session: Session, env: Environment, job: ClaimedJob, result: Mapping[str, Any]) -> None:
    """The side effect happened: the process goes on. A job whose lease was lost or that was cancelled is dropped."""
    _go_on(session, env, job, CompleteJob(job.id, result))


def fail_job(session: Session, env: Environment, job: ClaimedJob, error: str) -> None:
    """Try again later, or for the last time raise a BPMN error ``job_failed`` at the service task."""
    attempts = job.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        _go_on(session, env, job, FailJob(job.id, "job_failed"))
        return
    pause = timedelta(seconds=min(3600, 2**attempts))
    held = (Job.id == job.id) & (Job.lease == job.lease)
    again = {
        "lease": None,
        "run_at": env.clock.now() + pause,
        "attempts": attempts,
        "last_error": error[:500],
    }
    session.execute(update(Job).where(held).values(**again))


def _go_on(session: Session, env: Environment, job: ClaimedJob, command: CompleteJob | FailJob) -> None:
    held = select(Job.id).where(Job.id == job.id, Job.lease == job.lease).with_for_update()
    if session.execute(held).one_or_none() is None:
        return
    with faults(
        task_id=job.id, case_id=job.case_id, instance_id=job.instance_id, command=type(command).__name__
    ):
        work = CaseWork.load(session, env, job.case_id, by=SYSTEM)
        try:
            move(work, work.instance(job.instance_id), command)
        except NotWaitingError:
            work.drop(Job, "id", (job.id,))
        run_queue(work)
        work.flush()
