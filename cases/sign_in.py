"""How officers sign in: throttled by name and address, with a secret that only the browser holds.

Failures are counted in rows, never in the browser, so a new cookie resets nothing.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, delete, insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError, NotSignedInError
from cases.ids import known_id
from cases.model import Actor, ActorKind, Grant
from cases.passwords import HASHER, needs_rehash, verify_password
from storage.queries.upsert import upsert
from storage.tables import LoginSession, LoginThrottle, Role, Unit, User

LIFETIME = timedelta(hours=12)
IDLE = timedelta(minutes=60)
SEEN_EVERY = timedelta(minutes=1)

NAME_FAILURES = 10
ADDRESS_FAILURES = 50
"""An office shares one address among all its officers, so an address is given more rope than a name."""
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)
FORGET_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that just signed in; ``secret`` belongs in its cookie and is stored nowhere."""

    secret: str
    actor: Actor
    locale: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser. ``stale`` asks the caller to note the visit with ``touch_session`` in a write."""

    actor: Actor
    username: str
    locale: str
    expires_at: datetime
    stale: bool


def sign_in(
    session: Session, env: Environment, username: str, password: str, *, address: str
) -> SignedIn | None:
    """Check name and password; None when they do not match or the name or address is locked.

    Returns None instead of raising, because a failed attempt must be counted: the caller commits first and
    then raises SignInRefusedError. Ten failures lock a name (fifty an address) for 15 minutes, each further
    one twice as long, up to a day; failures are forgotten after a day without a lock. An unknown name takes
    as long as a known one. Three statements on failure, up to five on success.
    """
    now = env.clock.now()
    name_key, address_key = (
        _throttle_key("name", username.strip().casefold()),
        _throttle_key("address", address),
    )
    if _locked(session, (name_key, address_key), now):
        return None
    rows = _user_rows(session, User.username == username.strip().casefold())
    account = rows[0] if rows and rows[0].active else None
    if not verify_password(password, account.password_hash if account else None) or account is None:
        _count_failure(session, now, name_key, address_key)
        return None
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == name_key))
    if needs_rehash(account.password_hash):
        session.execute(update(User).where(User.id == account.id).values(password_hash=HASHER.hash(password)))
    secret = secrets.token_urlsafe(32)
    session.execute(
        insert(LoginSession).values(
            secret_hash=_hash(secret),
            user_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return SignedIn(secret, actor_of(rows), account.locale, now + LIFETIME)


def find_session(session: Session, env: Environment, secret: str) -> OpenSession | None:
    """The signed-in browser that holds the secret, or None when unknown, idle or over. One statement."""
    now = env.clock.now()
    rows = _user_rows(
        session,
        LoginSession.secret_hash == _hash(secret),
        LoginSession.expires_at > now,
        LoginSession.seen_at > now - IDLE,
        User.active,
        through=LoginSession,
    )
    if not rows:
        return None
    head = rows[0]
    return OpenSession(
        actor_of(rows), head.username, head.locale, head.expires_at, stale=head.seen_at <= now - SEEN_EVERY
    )


def session_actor(session: Session, env: Environment, secret: str) -> Actor:
    """The officer who is signed in with the secret. One statement.

    Raises NotSignedInError when the secret is unknown, an hour idle, twelve hours old, or its user
    deactivated.
    """
    found = find_session(session, env, secret)
    if found is None:
        raise NotSignedInError
    return found.actor


def touch_session(session: Session, env: Environment, secret: str) -> None:
    """Note that the browser was seen, at most once a minute. One statement."""
    now = env.clock.now()
    session.execute(
        update(LoginSession)
        .where(LoginSession.secret_hash == _hash(secret), LoginSession.seen_at <= now - SEEN_EVERY)
        .values(seen_at=now)
    )


def sign_out(session: Session, env: Environment, secret: str) -> None:
    """End the browser's session, and sweep those that are over.

    One statement; an unknown secret is no error.
    """
    over = LoginSession.expires_at <= env.clock.now()
    session.execute(delete(LoginSession).where((LoginSession.secret_hash == _hash(secret)) | over))


def end_sessions(session: Session, user_id: str, *, but: str | None = None) -> None:
    """End every session of a user, but the one that holds the secret ``but``. One statement."""
    statement = delete(LoginSession).where(LoginSession.user_id == user_id)
    if but is not None:
        statement = statement.where(LoginSession.secret_hash != _hash(but))
    session.execute(statement)


def actor_of(rows: Sequence[Row[Any]]) -> Actor:
    """The actor whose user and grants the rows hold, one grant a row."""
    grants = tuple(Grant(row.role, row.unit_id, row.path) for row in rows if row.role is not None)
    return Actor(ActorKind.USER, id=rows[0].id, name=rows[0].name, grants=grants)


def actor_of_user(session: Session, user_id: str) -> Actor:
    """A user as an actor with all grants, for questions about what a colleague may. One statement.

    Raises NotFoundError for an unknown user.
    """
    rows = _user_rows(session, User.id == known_id(user_id))
    if not rows:
        raise NotFoundError
    return actor_of(rows)


def user_columns() -> tuple[Any, ...]:
    """What ``actor_of`` and the sign-in need of a user and their grants."""
    return (
        User.id,
        User.username,
        User.name,
        User.locale,
        User.active,
        User.password_hash,
        Role.role,
        Role.unit_id,
        Unit.path,
    )


def _user_rows(
    session: Session, *where: Any, through: type[LoginSession] | None = None
) -> Sequence[Row[Any]]:
    columns = user_columns()
    if through is None:
        statement = select(*columns).select_from(User)
    else:
        statement = (
            select(*columns, through.seen_at, through.expires_at)
            .select_from(through)
            .join(User, User.id == through.user_id)
        )
    statement = statement.outerjoin(Role, Role.user_id == User.id).outerjoin(Unit, Unit.id == Role.unit_id)
    return session.execute(statement.where(*where).order_by(Role.role, Role.unit_id)).all()


def _locked(session: Session, keys: tuple[str, ...], now: datetime) -> bool:
    locked = select(LoginThrottle.key).where(LoginThrottle.key.in_(keys), LoginThrottle.locked_until > now)
    return session.execute(locked.limit(1)).first() is not None


def _count_failure(session: Session, now: datetime, name_key: str, address_key: str) -> None:
    forgotten = LoginThrottle.first_at < now - FORGET_AFTER
    unlocked = LoginThrottle.locked_until.is_(None) | (LoginThrottle.locked_until < now - FORGET_AFTER)
    again = forgotten & unlocked
    # In one order always, so that two failures at once cannot wait for each other.
    rows = [
        {"key": key, "failures": 1, "first_at": now, "locked_until": None}
        for key in sorted((name_key, address_key))
    ]
    counted = session.execute(
        upsert(
            session,
            LoginThrottle,
            rows,
            key=("key",),
            change={
                "failures": case((again, 1), else_=LoginThrottle.failures + 1),
                "first_at": case((again, now), else_=LoginThrottle.first_at),
                "locked_until": None,
            },
        ).returning(LoginThrottle.key, LoginThrottle.failures)
    ).all()
    for key, failures in counted:
        over = failures - (NAME_FAILURES if key == name_key else ADDRESS_FAILURES)
        if over >= 0:
            lock = min(FIRST_LOCK * 2 ** min(over, 10), LONGEST_LOCK)
            session.execute(
                update(LoginThrottle).where(LoginThrottle.key == key).values(locked_until=now + lock)
            )


def _throttle_key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value[:300]}".encode()).hexdigest()


def _hash(secret: str) -> str:
    return hashlib.sha256(b"tuntas login session 1:" + secret[:200].encode()).hexdigest()
