"""How officers sign in: throttled by name and address, with a secret that only the browser holds.

Failures are counted in rows, never in the browser, so a new cookie resets nothing.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    delete,
    insert,
    null,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from cases.environment import Environment
from cases.errors import NotFoundError, NotSignedInError
from cases.ids import known_id
from cases.model import Actor, ActorKind, Grant
from cases.passwords import HASHER, needs_rehash, verify_password
from storage.queries.batch import Call, Prepared, send
from storage.queries.upsert import upsert
from storage.tables import ApiToken, Delegation, LoginSession, LoginThrottle, Role, Unit, User

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
    wanted = {"username": username.strip().casefold(), "today": env.today}
    rows = send(session, [Call(_BY_NAME, [wanted])])[0].rows
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
    wanted = {"secret_hash": _hash(secret), "now": now, "idle_since": now - IDLE, "today": env.today}
    rows = send(session, [Call(_BY_SESSION, [wanted])])[0].rows
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


def actor_of(rows: Sequence[Any]) -> Actor:
    """The actor whose user and grants the rows hold, one grant a row; roles held for the absent say for whom."""
    grants = (
        Grant(row.role, row.unit_id, row.path, row.for_user, row.for_name or "")
        for row in rows
        if row.role is not None
    )
    ordered = tuple(sorted(grants, key=lambda grant: (grant.role, grant.unit_id, grant.for_user or "")))
    return Actor(ActorKind.USER, id=rows[0].id, name=rows[0].name, grants=ordered)


def actor_of_user(session: Session, env: Environment, user_id: str) -> Actor:
    """A user as an actor with all grants, for questions about what a colleague may. One statement.

    Raises NotFoundError for an unknown user.
    """
    wanted = {"user_id": known_id(user_id), "today": env.today}
    rows = send(session, [Call(_BY_ID, [wanted])])[0].rows
    if not rows:
        raise NotFoundError
    return actor_of(rows)


def people_statement(*where: Any, through: type[LoginSession] | type[ApiToken] | None = None) -> Prepared:
    """Users with their grants, one a row: their own roles, and those of absent people for whom they stand in.

    A role is held for somebody from the first to the last day, while that person is active and still has it. The
    statement asks for ``today``, the day in the office's zone.
    """
    absent = aliased(User)
    nobody = (type_coerce(null(), User.id.type), type_coerce(null(), User.name.type))
    own = _of_users(through, nobody[0].label("for_user"), nobody[1].label("for_name"))
    own = own.outerjoin(Role, Role.user_id == User.id).outerjoin(Unit, Unit.id == Role.unit_id)
    held = _of_users(through, absent.id.label("for_user"), absent.name.label("for_name"))
    same_role = (
        (Role.user_id == Delegation.user_id)
        & (Role.role == Delegation.role)
        & (Role.unit_id == Delegation.unit_id)
    )
    held = (
        held.join(Delegation, Delegation.delegate_id == User.id)
        .join(Role, same_role)
        .join(Unit, Unit.id == Role.unit_id)
        .join(absent, absent.id == Delegation.user_id)
        .where(absent.active, in_force(bindparam("today", type_=Date)))
    )
    return Prepared(union_all(own.where(*where), held.where(*where)))


def in_force(today: Any) -> ColumnElement[bool]:
    """The condition on ``Delegation``: it holds on this local day."""
    return and_(Delegation.revoked_at.is_(None), Delegation.starts_on <= today, Delegation.ends_on >= today)


def _of_users(through: type[LoginSession] | type[ApiToken] | None, *more: Any) -> Select[*tuple[Any, ...]]:
    columns = (
        User.id,
        User.username,
        User.name,
        User.locale,
        User.active,
        User.password_hash,
        Role.role,
        Role.unit_id,
        Unit.path,
        *more,
    )
    if through is None:
        return select(*columns).select_from(User)
    seen = (LoginSession.seen_at, LoginSession.expires_at) if through is LoginSession else ()
    return select(*columns, *seen).select_from(through).join(User, User.id == through.user_id)


# Known to the server, too: these run before every request, and planning eight tables costs more than reading them.
_BY_NAME = people_statement(User.username == bindparam("username"))
_BY_ID = people_statement(User.id == bindparam("user_id"))
_BY_SESSION = people_statement(
    LoginSession.secret_hash == bindparam("secret_hash"),
    LoginSession.expires_at > bindparam("now"),
    LoginSession.seen_at > bindparam("idle_since"),
    User.active,
    through=LoginSession,
)


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
