"""Keeps a complainant signed in to the private page of one case, so that the tracking secret is typed only
once.

The browser holds an opaque random secret of its own; the tracking secret is in no cookie, no URL and no
session.
"""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError, NotSignedInError
from cases.model import Actor, ActorKind
from storage.tables import Case, ComplainantSession

LIFETIME = timedelta(hours=1)
"""Short, because the page may be read on a shared computer in a village office."""


def open_complainant_session(session: Session, env: Environment, *, by: Actor) -> str:
    """A new secret for the browser of a complainant who just proved to own ``by.case_id``; old ones are
    cleared.
    """
    if by.kind is not ActorKind.COMPLAINANT or by.case_id is None:
        raise NotSignedInError
    now = env.clock.now()
    session.execute(delete(ComplainantSession).where(ComplainantSession.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    session.add(
        ComplainantSession(
            secret_hash=_hash(secret), case_id=by.case_id, created_at=now, expires_at=now + LIFETIME
        )
    )
    return secret


def complainant_actor(session: Session, env: Environment, secret: str) -> Actor:
    """The complainant to whom the browser's secret belongs; raises NotSignedInError when unknown or
    expired.
    """
    case_id = session.scalar(
        select(ComplainantSession.case_id).where(
            ComplainantSession.secret_hash == _hash(secret), ComplainantSession.expires_at > env.clock.now()
        )
    )
    if case_id is None:
        raise NotSignedInError
    return Actor(ActorKind.COMPLAINANT, case_id=case_id)


def complainant_reference(session: Session, *, by: Actor) -> str:
    """The public number of the complainant's case; raises NotFoundError."""
    reference = session.scalar(select(Case.reference).where(Case.id == by.case_id))
    if reference is None:
        raise NotFoundError
    return reference


def close_complainant_session(session: Session, secret: str) -> None:
    """Forget the browser's secret; an unknown one is no error."""
    session.execute(delete(ComplainantSession).where(ComplainantSession.secret_hash == _hash(secret)))


def _hash(secret: str) -> str:
    return hashlib.sha256(b"tuntas complainant session 1:" + secret[:200].encode()).hexdigest()
