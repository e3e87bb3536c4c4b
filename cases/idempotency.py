"""Remembers the answer to a changing request, so that a repeated one gets it again and does nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import CaseError
from engine.model import Text
from storage.queries.changed import count_changed
from storage.tables import IdempotencyKey

KEPT_FOR = timedelta(hours=24)


class KeyReusedError(CaseError):
    """The same idempotency key came with a different request."""

    slug = "idempotency-key-reused"
    text = Text(
        id="Kunci Idempotency-Key ini sudah dipakai untuk permintaan lain. Gunakan kunci baru.",
        en="This Idempotency-Key was used for a different request. Use a new key.",
    )


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered the first time."""

    status: int
    body: str
    headers: Mapping[str, str]


def find_answer(session: Session, scope: str, key: str, request_hash: str) -> KeptAnswer | None:
    """The answer kept for this key, or None. One statement.

    ``scope`` names actor and route, so that keys of different callers never meet. Raises KeyReusedError when
    the key was used for a request with another hash.
    """
    kept = session.execute(
        select(
            IdempotencyKey.request_hash, IdempotencyKey.status, IdempotencyKey.body, IdempotencyKey.headers
        ).where(IdempotencyKey.key == _hashed(scope, key))
    ).one_or_none()
    if kept is None:
        return None
    if kept.request_hash != request_hash:
        raise KeyReusedError
    return KeptAnswer(kept.status, kept.body, dict(kept.headers))


def keep_answer(
    session: Session,
    env: Environment,
    scope: str,
    key: str,
    request_hash: str,
    *,
    status: int,
    body: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Keep the answer in the transaction of the change itself. One insert.

    When two equal requests run side by side the second insert violates the primary key; its transaction is
    rolled back as a conflict, and its retry finds the answer of the first.
    """
    session.execute(
        insert(IdempotencyKey).values(
            key=_hashed(scope, key),
            request_hash=request_hash,
            status=status,
            body=body,
            headers=dict(headers or {}),
            created_at=env.clock.now(),
        )
    )


def forget_answers(session: Session, env: Environment) -> int:
    """Sweep answers older than a day; answers how many. One statement."""
    over = IdempotencyKey.created_at < env.clock.now() - KEPT_FOR
    return count_changed(session, delete(IdempotencyKey).where(over))


def _hashed(scope: str, key: str) -> str:
    return hashlib.sha256(f"{scope}\n{key}".encode()).hexdigest()
