"""Who may see and do what: the one place that is asked, over the rules in ``reference/permissions.json``.

Sight of a case is decided by one SQL condition, which lists and single reads share. A role through which an actor
reaches a case brings its acts with it; a case that no role reaches does not exist for the actor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, exists, false, literal, not_, select, true
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.ids import known_id
from cases.model import Actor, ActorKind, Grant, Kind, Stage
from cases.reference import IdentityAccess, RoleRule, Scope
from storage.tables import Case, CaseUnit, Role, Unit, UserTask

FRONT_DESK_DAYS = 30
INSPECTORATE = "inspectorate"
COMPLAINANT = "complainant"
_UP_THE_TREE = frozenset({"superior"})
"""Roles that also answer for the units below the one in which they are held."""
_BEFORE_HANDING = (Stage.RECEIVED, Stage.VERIFICATION, Stage.AWAITING_COMPLETION, Stage.DISPOSITION)
_PREFIX = "through_"

OVERSIGHT: ColumnElement[bool] = (Case.sensitivity == "oversight") | (Case.case_class == "oversight")
"""Cases of the restricted lane (domain.md section 2)."""

UNIT_PATH = select(Unit.path).where(Unit.id == UserTask.unit_id).correlate(UserTask).scalar_subquery()
"""The path of a task's unit; ``potential_owner`` needs it on the row as ``unit_path``."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the policy knows of one case for one actor; ``roles`` are those through which the actor reaches it."""

    roles: frozenset[str]
    oversight: bool
    confidential: bool
    anonymous: bool
    closed: bool


class TaskLike(Protocol):
    """What of a task decides who may own it."""

    @property
    def role(self) -> str:
        """The role it is for."""
        ...

    @property
    def unit_id(self) -> str | None:
        """The unit it is for; None is the whole body."""
        ...


def may(env: Environment, actor: Actor, act: str, facts: CaseFacts | None = None) -> bool:
    """Whether the actor may do ``act``: with the case of ``facts``, or anywhere at all without one."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    roles = _roles_of(actor) if facts is None else facts.roles
    rules = env.reference.permissions
    return any(role in rules and act in rules[role].acts for role in roles)


def acts_of(env: Environment, facts: CaseFacts) -> frozenset[str]:
    """Everything that the roles which reach the case allow."""
    rules = env.reference.permissions
    found: frozenset[str] = frozenset()
    return found.union(*(rules[role].acts for role in facts.roles if role in rules))


def require_act(env: Environment, actor: Actor, act: str) -> None:
    """Refuse an actor in none of whose roles ``act`` is allowed, with NotFoundError."""
    if not may(env, actor, act, None):
        raise NotFoundError


def require(session: Session, env: Environment, case_id: str, act: str | None = None, *, by: Actor) -> CaseFacts:
    """The facts of a case that the actor sees, and may do ``act`` with. One statement.

    Raises NotFoundError for an unknown case, somebody else's, and one with which the actor may not do this.
    """
    row = session.execute(
        select(*facts_columns(env, by)).where(Case.id == known_id(case_id), visible_cases(env, by))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    facts = facts_of(row)
    if act is not None and not may(env, by, act, facts):
        raise NotFoundError
    return facts


def visible_cases(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The condition on ``Case`` that every list and every single read carries."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if actor.kind is ActorKind.COMPLAINANT:
        return Case.id == actor.case_id if actor.case_id else false()
    reached = _reach(env, actor)
    return not_(_accused(actor)) & _any(reached.values()) if reached else false()


def visible_tasks(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The condition on ``UserTask`` joined with ``Case``: tasks of the cases that the actor sees whole."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if actor.kind is not ActorKind.USER:
        return false()
    reached = [sight for role, sight in _reach(env, actor).items() if _rule(env, role).cases is not Scope.PUBLIC_PART]
    return not_(_accused(actor)) & _any(reached) if reached else false()


may_see_task = visible_tasks


def workable_tasks(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The condition on ``UserTask`` joined with ``Case``: tasks that the actor owns or could own, in any state.

    Cheaper than ``visible_tasks``: a task that is offered gives sight of its case, unless the actor is accused or the
    case belongs to the restricted lane.
    """
    if actor.kind is not ActorKind.USER:
        return false()
    mine = (UserTask.owner_id == actor.id) | offered_tasks(env, actor)
    return mine & not_(_accused(actor)) & (not_(OVERSIGHT) | _oversight_sight(env, actor))


def offered_tasks(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The condition on ``UserTask`` joined with ``Case``: its role and unit are among the actor's grants.

    A superior answers for the units below too. In the restricted lane the inspectorate stands in for every role, since
    nobody else may see the case.
    """
    offers = [_offer(grant) for grant in actor.grants]
    if actor.has(INSPECTORATE):
        offers.append(OVERSIGHT)
    return _any(offers)


def potential_owner(env: Environment, actor: Actor, task: TaskLike) -> bool:
    """Whether role and unit of the task are among the actor's grants: the same rule as ``offered_tasks``.

    The row may carry ``unit_path`` (see ``UNIT_PATH``), without which superiors of higher units are not known, and
    ``case_class``, ``sensitivity``, ``accused_unit_id``, ``accused_user_id`` of the case, which are obeyed when there.
    """
    if actor.kind is not ActorKind.USER or _is_accused(actor, task):
        return False
    oversight = "oversight" in (getattr(task, "case_class", None), getattr(task, "sensitivity", None))
    if oversight and actor.has(INSPECTORATE):
        return True
    if oversight and not any(_rule(env, grant.role).oversight is not Scope.NONE for grant in actor.grants):
        return False
    return any(_holds(grant, task) for grant in actor.grants)


def facts_columns(env: Environment, actor: Actor) -> tuple[ColumnElement[Any], ...]:
    """Columns to select beside a case, from which ``facts_of`` reads."""
    reached = {} if actor.kind in (ActorKind.SYSTEM, ActorKind.COMPLAINANT) else _reach(env, actor)
    return (
        OVERSIGHT.label("is_oversight"),
        Case.confidential,
        Case.anonymous,
        Case.stage,
        *(_literal(role) for role in sorted(_roles_of(actor) - set(reached))),
        *(sight.label(_PREFIX + role) for role, sight in reached.items()),
    )


def facts_of(row: Row[Any]) -> CaseFacts:
    """The facts in a row that was selected with ``facts_columns`` and ``visible_cases``."""
    roles = (key.removeprefix(_PREFIX) for key, value in row._mapping.items() if key.startswith(_PREFIX) and value)
    return CaseFacts(
        roles=frozenset(roles),
        oversight=bool(row.is_oversight),
        confidential=row.confidential,
        anonymous=row.anonymous,
        closed=row.stage == Stage.CLOSED,
    )


def identity_access(env: Environment, actor: Actor, facts: CaseFacts) -> IdentityAccess:
    """How far the actor may know who brought the case: the best that the roles which reach it allow."""
    if actor.kind is ActorKind.SYSTEM:
        return IdentityAccess.FULL
    found = (_identity_through(_rule(env, role), facts) for role in facts.roles)
    return min(found, key=list(IdentityAccess).index, default=IdentityAccess.NONE)


def sees_whole(env: Environment, actor: Actor, facts: CaseFacts) -> bool:
    """Whether the actor sees more than the public part of the case."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return any(_rule(env, role).cases not in (Scope.PUBLIC_PART, Scope.OWN) for role in facts.roles)


def sees_oversight_titles(actor: Actor) -> bool:
    """Whether lists show the actor titles of the restricted lane: only to those whose daily work it is."""
    return actor.kind is ActorKind.SYSTEM or actor.has(INSPECTORATE)


class Sight(StrEnum):
    """The two lanes of cases that a rule speaks about."""

    ORDINARY = "ordinary"
    OVERSIGHT = "oversight"


def _roles_of(actor: Actor) -> frozenset[str]:
    if actor.kind is ActorKind.COMPLAINANT:
        return frozenset({COMPLAINANT})
    return frozenset(grant.role for grant in actor.grants)


def _rule(env: Environment, role: str) -> RoleRule:
    return env.reference.permissions.get(role) or RoleRule(role)


def _literal(role: str) -> ColumnElement[bool]:
    return literal(role == COMPLAINANT).label(_PREFIX + role)


def _identity_through(rule: RoleRule, facts: CaseFacts) -> IdentityAccess:
    hidden = rule.hides_anonymous and facts.anonymous
    hidden = hidden or (rule.hides_confidential_oversight and facts.confidential and facts.oversight)
    return IdentityAccess.MASKED if hidden and rule.identity is not IdentityAccess.NONE else rule.identity


def _reach(env: Environment, actor: Actor) -> Mapping[str, ColumnElement[bool]]:
    """For each of the actor's roles, the cases that it reaches; the accused are not yet left out."""
    reached: dict[str, ColumnElement[bool]] = {}
    for role in sorted(_roles_of(actor)):
        rule = _rule(env, role)
        grants = [grant for grant in actor.grants if grant.role == role]
        sights = [_sight(env, actor, grants, rule, lane) for lane in Sight]
        found = [sight for sight in sights if sight is not None]
        if found:
            reached[role] = _any(found)
    return reached


def _sight(
    env: Environment, actor: Actor, grants: list[Grant], rule: RoleRule, lane: Sight
) -> ColumnElement[bool] | None:
    scope = rule.cases if lane is Sight.ORDINARY else rule.oversight
    if scope is Scope.NONE:
        return None
    within = OVERSIGHT if lane is Sight.OVERSIGHT else not_(OVERSIGHT)
    condition = _scope(env, actor, grants, rule, scope)
    if lane is Sight.ORDINARY and scope not in (Scope.ALL, Scope.PUBLIC_PART):
        condition |= _at_hand(actor, grants)
    return within & condition


def _scope(
    env: Environment, actor: Actor, grants: list[Grant], rule: RoleRule, scope: Scope
) -> ColumnElement[bool]:
    match scope:
        case Scope.ALL:
            return true()
        case Scope.PUBLIC_PART:
            return not_(Case.confidential)
        case Scope.ENTERED:
            since = env.clock.now() - timedelta(days=FRONT_DESK_DAYS)
            return (Case.entered_by == actor.id) & (Case.entered_at > since)
        case Scope.UNIT:
            return _handled_by(_units(grants))
        case Scope.UNIT_AND_BELOW:
            return _handled_by(_units_below(grants)) | _about_subordinates(grants)
        case Scope.ASSIGNED:
            return Case.lead_unit_id.in_(_units(grants))
        case Scope.UNTIL_HANDED:
            return Case.stage.in_(_BEFORE_HANDING) & _not_with_inspectorate()
        case Scope.ESCALATED:
            return Case.escalation_level >= rule.escalation_level
        case Scope.INFORMATION_REQUESTS:
            return Case.kind == Kind.INFORMATION_REQUEST.value
        case _:
            return false()


def _oversight_sight(env: Environment, actor: Actor) -> ColumnElement[bool]:
    found = []
    for role in _roles_of(actor):
        grants = [grant for grant in actor.grants if grant.role == role]
        sight = _sight(env, actor, grants, _rule(env, role), Sight.OVERSIGHT)
        found += [] if sight is None else [sight]
    return _any(found)


def _accused(actor: Actor) -> ColumnElement[bool]:
    """Whether the case is about the actor, or about a unit in or below which the actor holds any role.

    The root stands for the whole body: a complaint about it cannot be kept from everybody in it.
    """
    accused = (Case.accused_user_id == actor.id) & Case.accused_user_id.is_not(None)
    line = _line(actor)
    if not line:
        return accused
    return accused | (Case.accused_unit_id.in_(line) & Case.accused_unit_id.is_not(None))


def _is_accused(actor: Actor, task: object) -> bool:
    user, unit = getattr(task, "accused_user_id", None), getattr(task, "accused_unit_id", None)
    return (user is not None and user == actor.id) or (unit is not None and unit in _line(actor))


def _line(actor: Actor) -> frozenset[str]:
    """Ids of the units in which the actor holds a role and of all above them, without the root."""
    return frozenset(unit_id for grant in actor.grants for unit_id in grant.path.split("/")[1:])


def _offer(grant: Grant) -> ColumnElement[bool]:
    units = _below(grant) if grant.role in _UP_THE_TREE else [grant.unit_id]
    return (UserTask.role == grant.role) & (UserTask.unit_id.is_(None) | UserTask.unit_id.in_(units))


def _holds(grant: Grant, task: TaskLike) -> bool:
    if grant.role != task.role:
        return False
    path = getattr(task, "unit_path", None)
    above = grant.role in _UP_THE_TREE and path is not None and grant.unit_id in path.split("/")
    return task.unit_id is None or task.unit_id == grant.unit_id or above


def _at_hand(actor: Actor, grants: list[Grant]) -> ColumnElement[bool]:
    """Cases with an open task that the actor owns or could take through these grants."""
    mine = _any([UserTask.owner_id == actor.id, *(_offer(grant) for grant in grants)])
    return exists().where(UserTask.case_id == Case.id, UserTask.state == "open", mine)


def _handled_by(units: Any) -> ColumnElement[bool]:
    supporting = exists().where(CaseUnit.case_id == Case.id, CaseUnit.unit_id.in_(units))
    return Case.lead_unit_id.in_(units) | supporting


def _about_subordinates(grants: list[Grant]) -> ColumnElement[bool]:
    """Cases about the units and people below a superior, who handles them in their place (Act 25/2009, article 45)."""
    strictly = [Unit.path.startswith(grant.path + "/", autoescape=True) for grant in grants]
    unit_ids = select(Unit.id).where(_any(strictly))
    people = select(Role.user_id).where(Role.unit_id.in_(_units_below(grants)))
    return Case.accused_unit_id.in_(unit_ids) | Case.accused_user_id.in_(people)


def _not_with_inspectorate() -> ColumnElement[bool]:
    inspectorate = select(Unit.id).where(Unit.kind == INSPECTORATE)
    return Case.lead_unit_id.is_(None) | Case.lead_unit_id.not_in(inspectorate)


def _units(grants: list[Grant]) -> list[str]:
    return sorted({grant.unit_id for grant in grants})


def _units_below(grants: list[Grant]) -> Any:
    within = [(Unit.path == grant.path) | Unit.path.startswith(grant.path + "/", autoescape=True) for grant in grants]
    return select(Unit.id).where(_any(within))


def _below(grant: Grant) -> Any:
    return _units_below([grant])


def _any(conditions: Any) -> ColumnElement[bool]:
    """Any of the conditions; false for none."""
    found: list[ColumnElement[bool]] = list(conditions)
    return reduce(or_, found) if found else false()
