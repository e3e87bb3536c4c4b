"""Worker processes say that they are there, and everybody who may can see which are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from storage.tables import WorkerProcess

BEAT = timedelta(seconds=10)
"""How often a worker says that it is there."""
SILENT = timedelta(seconds=60)
"""After how long a worker that says nothing counts as gone."""
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one worker process from another."""

    id: str
    host: str
    pid: int
    release: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker as the administrator sees it."""

    id: str
    host: str
    pid: int
    release: str
    started_at: datetime
    seen_at: datetime
    alive: bool


def beat(session: Session, env: Environment, worker: Identity) -> None:
    """Note that the worker is there now. One statement, two the first time."""
    now = env.clock.now()
    mine = WorkerProcess.id == worker.id
    seen = session.execute(update(WorkerProcess).where(mine).values(seen_at=now).returning(WorkerProcess.id))
    if seen.first() is None:
        session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at < now - FORGOTTEN))
        session.execute(
            insert(WorkerProcess).values(
                id=worker.id,
                host=worker.host,
                pid=worker.pid,
                release=worker.release,
                started_at=worker.started_at,
                seen_at=now,
            )
        )


def leave(session: Session, worker_id: str) -> None:
    """Forget a worker that stopped as it was told to; one that was killed falls silent instead."""
    session.execute(delete(WorkerProcess).where(WorkerProcess.id == worker_id))


def list_workers(session: Session, env: Environment) -> tuple[WorkerView, ...]:
    """The workers heard of within a day, the longest running first. One statement."""
    now = env.clock.now()
    query = (
        select(WorkerProcess)
        .where(WorkerProcess.seen_at >= now - FORGOTTEN)
        .order_by(WorkerProcess.started_at, WorkerProcess.id)
        .limit(200)
    )
    return tuple(
        WorkerView(
            id=row.id,
            host=row.host,
            pid=row.pid,
            release=row.release,
            started_at=row.started_at,
            seen_at=row.seen_at,
            alive=row.seen_at >= now - SILENT,
        )
        for row in session.scalars(query)
    )
