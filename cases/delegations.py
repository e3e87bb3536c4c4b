"""Absences: somebody is away for some days, and somebody else holds one of their roles meanwhile."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from cases.absence_rules import refuse_contradictions, require_able, require_days, require_other
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.handing_back import hand_back
from cases.ids import known_id
from cases.keyset import any_of
from cases.model import Actor, Page
from cases.policy import may, require_act
from cases.sight import units_below
from storage.tables import Delegation, Role, Unit, User

__all__ = [
    "ACT",
    "Absence",
    "DelegableView",
    "DelegationView",
    "SubstituteView",
    "declare_absence",
    "hand_back",
    "list_delegable",
    "list_delegations",
    "list_substitutes",
    "revoke_delegation",
]

ACT = "delegate_role"
MOST = 200


@dataclass(frozen=True, slots=True)
class Absence:
    """Who is away, which role who else holds meanwhile, and from when to when (local days, both included)."""

    user_id: str
    role: str
    unit_id: str
    delegate_id: str
    starts_on: date
    ends_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class DelegationView:
    """A declared absence. ``state``: ``coming``, ``running``, ``over`` or ``revoked``."""

    id: str
    user_id: str
    user_name: str
    delegate_id: str
    delegate_name: str
    role: str
    unit_id: str
    unit_name: str
    starts_on: date
    ends_on: date
    reason: str | None
    """Told to the absent person and to those in charge of them, to nobody else."""
    created_at: datetime
    created_by_name: str | None
    state: str
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class DelegableView:
    """A role of a person whom the reader may declare absent."""

    user_id: str
    user_name: str
    role: str
    unit_id: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class SubstituteView:
    """Somebody who can stand in."""

    id: str
    name: str


def declare_absence(session: Session, env: Environment, absence: Absence, *, by: Actor) -> DelegationView:
    """Let somebody hold a role in place of its holder. Up to six statements.

    People declare their own absence; a superior that of people in the units below, an administrator anybody's, but
    neither may name themselves. Raises NotFoundError for people and roles that the actor may not speak for, and
    RefusedByRuleError for what contradicts itself or another absence.
    """
    require_act(env, by, ACT)
    user_id, delegate_id = known_id(absence.user_id), known_id(absence.delegate_id)
    unit_id, path = _held_role(session, env, absence, user_id, by)
    today = env.today
    require_days(absence.starts_on, absence.ends_on, today)
    require_other(user_id, delegate_id, by)
    require_able(session, absence.role, path, delegate_id)
    days = (absence.starts_on, absence.ends_on)
    refuse_contradictions(session, (user_id, absence.role, unit_id), delegate_id, days)
    delegation_id = env.new_id()
    session.execute(
        insert(Delegation).values(
            id=delegation_id,
            user_id=user_id,
            delegate_id=delegate_id,
            role=absence.role,
            unit_id=unit_id,
            starts_on=absence.starts_on,
            ends_on=absence.ends_on,
            reason=absence.reason.strip()[:200],
            created_at=env.clock.now(),
            created_by=by.id,
            revoked_at=None,
        )
    )
    return _read(session, env, by, Delegation.id == delegation_id)[0]


def revoke_delegation(session: Session, env: Environment, delegation_id: str, *, by: Actor) -> DelegationView:
    """End an absence before its last day; one that is ended stays so. The tasks taken meanwhile become free again.

    Raises NotFoundError for one that the actor may not end.
    """
    require_act(env, by, ACT)
    found = _read(session, env, by, Delegation.id == known_id(delegation_id))
    if not found or not found[0].may_revoke:
        raise NotFoundError
    if found[0].state in ("coming", "running"):
        statement = update(Delegation).where(Delegation.id == found[0].id)
        session.execute(statement.values(revoked_at=env.clock.now()))
        hand_back(session, env)
    return _read(session, env, by, Delegation.id == found[0].id)[0]


def list_delegations(
    session: Session, env: Environment, *, by: Actor, before: str | None = None, limit: int = 50
) -> Page[DelegationView]:
    """Absences that concern the actor: their own, those in which they stand in, and those that they may declare.

    Newest first; ``before`` is the id after which to go on. One statement. Raises NotFoundError.
    """
    require_act(env, by, ACT)
    limit = max(1, min(limit, MOST))
    more: list[ColumnElement[bool]] = [] if before is None else [Delegation.id < known_id(before)]
    found = _read(session, env, by, *more, limit=limit + 1)
    items = found[:limit]
    return Page(items, items[-1].id if len(found) > limit else None)


def list_delegable(session: Session, env: Environment, *, by: Actor) -> tuple[DelegableView, ...]:
    """Roles whose holders the actor may declare absent, their own first. One statement. Raises NotFoundError."""
    require_act(env, by, ACT)
    rows = session.execute(
        select(User.id, User.name, Role.role, Role.unit_id, Unit.name.label("unit_name"))
        .join(Role, Role.user_id == User.id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(User.active, _in_charge(env, by, User.id, Role.unit_id))
        .order_by(User.id != by.id, User.name, Role.role, Unit.name)
        .limit(MOST * 5)
    )
    return tuple(DelegableView(*row) for row in rows)


def list_substitutes(session: Session, env: Environment, *, by: Actor) -> tuple[SubstituteView, ...]:
    """Everybody who could stand in for somebody: active people who hold a role. One statement."""
    require_act(env, by, ACT)
    holds = exists().where(Role.user_id == User.id)
    rows = session.execute(select(User.id, User.name).where(User.active, holds).order_by(User.name, User.id))
    return tuple(SubstituteView(*row) for row in rows)


def _held_role(
    session: Session, env: Environment, absence: Absence, user_id: str, by: Actor
) -> tuple[str, str]:
    """Unit and its path of the role that is to be held; locked, so that two declarations come one after the other.

    Only a role of one's own can be given away: what somebody holds for another stays with them.
    """
    row = session.execute(
        select(Role.unit_id, Unit.path)
        .join(User, User.id == Role.user_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(
            User.id == user_id,
            User.active,
            Role.role == absence.role,
            Role.unit_id == known_id(absence.unit_id),
            _in_charge(env, by, User.id, Role.unit_id),
        )
        .with_for_update(of=Role)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row.unit_id, row.path


def _in_charge(env: Environment, by: Actor, user: Any, unit: Any) -> ColumnElement[bool]:
    """For whom the actor may speak: themselves, people below a superior, everybody for who manages users."""
    if may(env, by, "manage_users"):
        return true()
    # A superior's own role: a stand-in is not put in charge of whom they stand in for.
    superior = [grant for grant in by.grants if grant.role == "superior" and grant.for_user is None]
    below = [unit.in_(units_below(superior))] if superior else []
    return any_of([user == by.id, *below])


def _read(
    session: Session, env: Environment, by: Actor, *where: ColumnElement[bool], limit: int = 1
) -> tuple[DelegationView, ...]:
    absent, delegate, author = aliased(User), aliased(User), aliased(User)
    charge = or_(_in_charge(env, by, Delegation.user_id, Delegation.unit_id), Delegation.created_by == by.id)
    rows = session.execute(
        select(
            *Delegation.__table__.columns,
            absent.name.label("user_name"),
            delegate.name.label("delegate_name"),
            author.name.label("created_by_name"),
            Unit.name.label("unit_name"),
            charge.label("in_charge"),
        )
        .join(absent, absent.id == Delegation.user_id)
        .join(delegate, delegate.id == Delegation.delegate_id)
        .join(Unit, Unit.id == Delegation.unit_id)
        .outerjoin(author, author.id == Delegation.created_by)
        .where(or_(charge, Delegation.delegate_id == by.id), *where)
        .order_by(Delegation.id.desc())
        .limit(limit)
    )
    return tuple(_view(env, row) for row in rows)


def _view(env: Environment, row: Any) -> DelegationView:
    return DelegationView(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        delegate_id=row.delegate_id,
        delegate_name=row.delegate_name,
        role=row.role,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        reason=row.reason if row.in_charge else None,
        created_at=row.created_at,
        created_by_name=row.created_by_name,
        state=_state(env, row),
        may_revoke=bool(row.in_charge),
    )


def _state(env: Environment, row: Any) -> str:
    today = env.today
    if row.revoked_at is not None:
        return "revoked"
    if row.ends_on < today:
        return "over"
    return "running" if row.starts_on <= today else "coming"
