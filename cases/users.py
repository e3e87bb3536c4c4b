"""People who can sign in: made, changed and given roles by the system administrator, who sees no case."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from cases.cursors import as_text, read_cursor, write_cursor
from cases.environment import Environment
from cases.errors import CaseError, NotFoundError, NotSignedInError, RefusedByRuleError, StaleError
from cases.ids import known_id
from cases.model import Actor, ActorKind, Page
from cases.passwords import hash_password, verify_password
from cases.policy import require_act
from cases.sign_in import end_sessions
from cases.tokens import revoke_tokens
from engine.model import Text
from storage.queries.changed import count_changed
from storage.tables import Role, Unit, User

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,78})[a-z0-9]")
_COLUMNS = (
    User.id,
    User.username,
    User.name,
    User.email,
    User.active,
    User.locale,
    User.created_at,
    User.version,
)
LOCALES = ("id", "en")


class UsernameTakenError(CaseError):
    """Somebody else has this user name."""

    slug = "username-taken"
    text = Text(id="Nama pengguna ini sudah dipakai.", en="This user name is taken.")


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role that a user holds in a unit."""

    role: str
    unit_id: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class UserView:
    """A person who can sign in, as the administrator sees them."""

    id: str
    username: str
    name: str
    email: str | None
    active: bool
    locale: str
    created_at: datetime
    version: int
    grants: tuple[GrantView, ...]


def list_users(
    session: Session,
    env: Environment,
    *,
    by: Actor,
    text: str | None = None,
    unit_id: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[UserView]:
    """Users by user name. Two statements. Raises NotFoundError unless the actor may manage users."""
    require_act(env, by, "manage_users")
    statement = select(*_COLUMNS).order_by(User.username).limit(_page_size(limit) + 1)
    statement = statement.where(*_filters(text, unit_id, role, active))
    if cursor is not None:
        (after,) = read_cursor(cursor, "users", as_text)
        statement = statement.where(User.username > after)
    rows = session.execute(statement).all()
    page = rows[: _page_size(limit)]
    grants = _grants(session, [row.id for row in page])
    items = tuple(UserView(*row, grants=grants.get(row.id, ())) for row in page)
    return Page(items, write_cursor("users", page[-1].username) if len(rows) > len(page) else None)


def get_user(session: Session, env: Environment, user_id: str, *, by: Actor) -> UserView:
    """One user; everybody may read themselves. Two statements. Raises NotFoundError."""
    if by.kind is not ActorKind.USER or by.id != user_id:
        require_act(env, by, "manage_users")
    return _get(session, known_id(user_id))


def create_user(
    session: Session,
    env: Environment,
    *,
    username: str,
    name: str,
    password: str | None = None,
    email: str | None = None,
    locale: str = "id",
    roles: Iterable[tuple[str, str]] = (),
    by: Actor,
) -> UserView:
    """A new user with roles as (role, unit id); without a password only tokens let them in. Up to six
    statements.

    Raises NotFoundError unless the actor may manage users and the units exist, UsernameTakenError,
    PasswordRefusedError, and RefusedByRuleError for a malformed user name or an unknown role.
    """
    require_act(env, by, "manage_users")
    username = _checked_username(username)
    if session.scalar(select(User.id).where(User.username == username)) is not None:
        raise UsernameTakenError
    user_id = env.new_id()
    session.execute(
        insert(User).values(
            id=user_id,
            username=username,
            name=" ".join(name.split())[:200],
            email=email or None,
            password_hash=hash_password(password, username=username) if password is not None else None,
            active=True,
            locale=locale if locale in LOCALES else "id",
            created_at=env.clock.now(),
            version=1,
        )
    )
    _write_roles(session, env, user_id, roles)
    return _get(session, user_id)


def change_user(
    session: Session,
    env: Environment,
    user_id: str,
    *,
    version: int | None = None,
    name: str | None = None,
    email: str | None = None,
    active: bool | None = None,
    locale: str | None = None,
    by: Actor,
) -> UserView:
    """Change what is given; an empty ``email`` removes it. Up to six statements.

    Deactivating ends the user's sessions and tokens at once. Raises NotFoundError, StaleError when
    ``version`` is not the present one, and RefusedByRuleError when administrators would deactivate
    themselves.
    """
    require_act(env, by, "manage_users")
    if active is False and by.id == user_id:
        raise RefusedByRuleError(
            Text(id="Anda tidak dapat menonaktifkan diri sendiri.", en="You cannot deactivate yourself.")
        )
    user_id = known_id(user_id)
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = " ".join(name.split())[:200]
    if email is not None:
        changes["email"] = email or None
    if active is not None:
        changes["active"] = active
    if locale in LOCALES:
        changes["locale"] = locale
    _bump(session, user_id, version, changes)
    if active is False:
        end_sessions(session, user_id)
        revoke_tokens(session, env, user_id)
    return _get(session, user_id)


def set_password(
    session: Session,
    env: Environment,
    user_id: str,
    password: str,
    *,
    current: str | None = None,
    keep: str | None = None,
    by: Actor,
) -> None:
    """Set a new password and end the user's sessions, but the one that holds the secret ``keep``. Three
    statements.

    Users set their own when they give the ``current`` one; administrators set anybody's. Raises
    NotFoundError, NotSignedInError when ``current`` is wrong, and PasswordRefusedError.
    """
    own = by.kind is ActorKind.USER and by.id == user_id
    if not own:
        require_act(env, by, "manage_users")
    user_id = known_id(user_id)
    row = session.execute(select(User.username, User.password_hash).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFoundError
    if own and not verify_password(current or "", row.password_hash):
        raise NotSignedInError(
            Text(id="Kata sandi yang sekarang tidak cocok.", en="The present password does not match.")
        )
    _bump(session, user_id, None, {"password_hash": hash_password(password, username=row.username)})
    end_sessions(session, user_id, but=keep)


def set_roles(
    session: Session,
    env: Environment,
    user_id: str,
    roles: Iterable[tuple[str, str]],
    *,
    version: int | None = None,
    by: Actor,
) -> UserView:
    """Replace a user's roles by these, each as (role, unit id). Up to six statements.

    Raises NotFoundError unless the actor may manage users and user and units exist, StaleError, and
    RefusedByRuleError for an unknown role or when administrators would take their own role away.
    """
    require_act(env, by, "manage_users")
    user_id = known_id(user_id)
    wanted = tuple(dict.fromkeys(roles))
    if by.id == user_id and "system_administrator" not in {role for role, _ in wanted}:
        raise RefusedByRuleError(
            Text(
                id="Anda tidak dapat mencabut peran administrator Anda sendiri.",
                en="You cannot take the administrator's role from yourself.",
            )
        )
    _bump(session, user_id, version, {})
    session.execute(delete(Role).where(Role.user_id == user_id))
    _write_roles(session, env, user_id, wanted)
    return _get(session, user_id)


def _filters(
    text: str | None, unit_id: str | None, role: str | None, active: bool | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text:
        found.append(
            User.name.icontains(text, autoescape=True) | User.username.icontains(text, autoescape=True)
        )
    if unit_id is not None or role is not None:
        held = select(Role.user_id)
        held = held.where(Role.unit_id == known_id(unit_id)) if unit_id is not None else held
        held = held.where(Role.role == role) if role is not None else held
        found.append(User.id.in_(held))
    if active is not None:
        found.append(User.active.is_(active))
    return found


def _bump(session: Session, user_id: str, version: int | None, changes: Mapping[str, Any]) -> None:
    statement = update(User).where(User.id == user_id).values(**changes, version=User.version + 1)
    if version is not None:
        statement = statement.where(User.version == version)
    if count_changed(session, statement) == 1:
        return
    if session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFoundError
    raise StaleError


def _write_roles(session: Session, env: Environment, user_id: str, roles: Iterable[tuple[str, str]]) -> None:
    wanted = tuple(dict.fromkeys((role, known_id(unit_id)) for role, unit_id in roles))
    if not wanted:
        return
    for role, _ in wanted:
        if role not in env.reference.roles or role == "complainant":
            raise RefusedByRuleError(
                Text(id=f"Peran {role} tidak dikenal.", en=f"The role {role} is not known.")
            )
    units = {unit_id for _, unit_id in wanted}
    if set(session.scalars(select(Unit.id).where(Unit.id.in_(units)))) != units:
        raise NotFoundError
    session.execute(
        insert(Role),
        [
            {"id": env.new_id(), "user_id": user_id, "role": role, "unit_id": unit_id}
            for role, unit_id in wanted
        ],
    )


def _get(session: Session, user_id: str) -> UserView:
    row = session.execute(select(*_COLUMNS).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return UserView(*row, grants=_grants(session, [user_id]).get(user_id, ()))


def _grants(session: Session, user_ids: list[str]) -> Mapping[str, tuple[GrantView, ...]]:
    rows = session.execute(
        select(Role.user_id, Role.role, Role.unit_id, Unit.name)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.user_id.in_(user_ids))
        .order_by(Role.role, Unit.name)
    )
    found: dict[str, tuple[GrantView, ...]] = {}
    for row in rows:
        found[row.user_id] = (*found.get(row.user_id, ()), GrantView(row.role, row.unit_id, row.name))
    return found


def _checked_username(username: str) -> str:
    folded = username.strip().casefold()
    if not _USERNAME.fullmatch(folded):
        raise RefusedByRuleError(
            Text(
                id="Nama pengguna: 3 sampai 80 huruf kecil, angka, titik, garis bawah atau tanda hubung.",
                en="A user name has 3 to 80 lower-case letters, digits, dots, underscores or hyphens.",
            )
        )
    return folded


def _page_size(limit: int) -> int:
    return max(1, min(limit, 200))
