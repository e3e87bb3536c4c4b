"""API tokens: 256 bits with a recognisable beginning, shown once, stored hashed, revocable."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError, NotSignedInError
from cases.ids import known_id
from cases.model import Actor
from cases.policy import require_act
from cases.sign_in import actor_of, people_statement
from storage.queries.batch import Call, send
from storage.queries.changed import count_changed
from storage.tables import ApiToken, User

PREFIX = "tts_"
"""Lets a scanner of repositories and logs recognise a token that got away."""


_BY_TOKEN = people_statement(
    ApiToken.secret_hash == bindparam("secret_hash"),
    ApiToken.revoked_at.is_(None),
    ApiToken.expires_at.is_(None) | (ApiToken.expires_at > bindparam("now")),
    User.active,
    through=ApiToken,
)


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token of a user, without its secret."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create_token(
    session: Session,
    env: Environment,
    username: str,
    name: str,
    *,
    by: Actor,
    expires_at: datetime | None = None,
) -> str:
    """A new token for a user, shown this once. Two statements.

    Raises NotFoundError unless the actor may manage users and an active user has this name.
    """
    require_act(env, by, "manage_users")
    user_id = session.scalar(select(User.id).where(User.username == username.strip().casefold(), User.active))
    if user_id is None:
        raise NotFoundError
    token = PREFIX + secrets.token_urlsafe(32)
    session.execute(
        insert(ApiToken).values(
            id=env.new_id(),
            user_id=user_id,
            name=name.strip()[:100],
            secret_hash=_hash(token),
            created_at=env.clock.now(),
            expires_at=expires_at,
            revoked_at=None,
        )
    )
    return token


def token_actor(session: Session, env: Environment, token: str) -> Actor:
    """The user to whom the token belongs, with all grants. One statement.

    Raises NotSignedInError when the token is unknown, expired or revoked, or its user deactivated.
    """
    if not token.startswith(PREFIX):
        raise NotSignedInError
    wanted = {"secret_hash": _hash(token), "now": env.clock.now(), "today": env.today}
    rows = send(session, [Call(_BY_TOKEN, [wanted])])[0].rows
    if not rows:
        raise NotSignedInError
    return actor_of(rows)


def list_tokens(session: Session, env: Environment, user_id: str, *, by: Actor) -> tuple[TokenView, ...]:
    """Tokens of a user, newest first.

    One statement. Raises NotFoundError unless the actor may manage users.
    """
    require_act(env, by, "manage_users")
    rows = session.execute(
        select(ApiToken.id, ApiToken.name, ApiToken.created_at, ApiToken.expires_at, ApiToken.revoked_at)
        .where(ApiToken.user_id == known_id(user_id))
        .order_by(ApiToken.id.desc())
    )
    return tuple(TokenView(*row) for row in rows)


def revoke_token(session: Session, env: Environment, token_id: str, *, by: Actor) -> None:
    """End a token; one that is ended stays so. Up to two statements.

    Raises NotFoundError unless the actor may manage users and the token exists.
    """
    require_act(env, by, "manage_users")
    now = env.clock.now()
    token_id = known_id(token_id)
    open_token = update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    if count_changed(session, open_token.values(revoked_at=now)):
        return
    if session.scalar(select(ApiToken.id).where(ApiToken.id == token_id)) is None:
        raise NotFoundError


def revoke_tokens(session: Session, env: Environment, user_id: str) -> None:
    """End every token of a user. One statement."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=env.clock.now())
    )


def _hash(token: str) -> str:
    return hashlib.sha256(b"tuntas token 1:" + token[:200].encode()).hexdigest()
