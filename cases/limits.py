"""Counts requests in fixed windows that all web processes share, so that nobody can ask without end."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import TooManyRequestsError
from storage.queries.changed import count_changed
from storage.queries.upsert import upsert
from storage.tables import RateLimit

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def take(session: Session, env: Environment, bucket: str, *, limit: int, per: timedelta) -> None:
    """Count one request against ``limit`` requests in each window of length ``per``. One statement.

    Raises TooManyRequestsError with the seconds to the next window. The count lives in the caller's
    transaction: whoever counts failures must commit the count before refusing the request, or the refusal
    takes the count back with it.
    """
    now = env.clock.now()
    start = _EPOCH + (now - _EPOCH) // per * per
    statement = upsert(
        session,
        RateLimit,
        {"bucket": _short(bucket), "window_start": start, "count": 1},
        key=("bucket", "window_start"),
        change={"count": RateLimit.count + 1},
    ).returning(RateLimit.count)
    if session.execute(statement).scalar_one() > limit:
        raise TooManyRequestsError(retry_after=max(1, round((start + per - now).total_seconds())))


def forget_windows(session: Session, env: Environment, *, older_than: timedelta = timedelta(days=2)) -> int:
    """Sweep windows that no longer count; answers how many. One statement."""
    over = RateLimit.window_start < env.clock.now() - older_than
    return count_changed(session, delete(RateLimit).where(over))


def _short(bucket: str) -> str:
    """Whatever callers put into a bucket's name fits the column, and addresses are not kept in the clear."""
    kind, _, rest = bucket.partition(":")
    return f"{kind[:30]}:{hashlib.sha256(rest.encode()).hexdigest()}"
