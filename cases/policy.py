"""Who may see and do what: the one place that is asked, over the rules in ``reference/permissions.json``.

Sight of a case is decided by one SQL condition, which lists and single reads share. A role through which an
actor reaches a case brings its acts with it; a case that no role reaches does not exist for the actor.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, false, literal, not_, select, true
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.ids import known_id
from cases.keyset import Way, any_of, distinct
from cases.model import Actor, ActorKind, Grant, Stage
from cases.reference import IdentityAccess, RoleRule, Scope
from cases.sight import (
    HEADS_OF_THE_BODY,
    INSPECTORATE,
    OPEN,
    OVERSIGHT,
    OWNER_COLUMNS,
    UP_THE_TREE,
    about_absent,
    accused,
    is_about,
    oversight_reach,
    reach,
    ways_of_offer,
    ways_to_cases,
)
from cases.team import outside_team
from storage.tables import Case, UserTask

__all__ = [
    "OPEN",
    "OVERSIGHT",
    "OWNER_COLUMNS",
    "CaseFacts",
    "acting_for",
    "acts_of",
    "answers_for",
    "facts_columns",
    "facts_of",
    "grants_for",
    "identity_access",
    "may",
    "may_see_task",
    "potential_owner",
    "require",
    "require_act",
    "sees_oversight_titles",
    "sees_whole",
    "visible_cases",
    "visible_tasks",
    "ways_to_free_tasks",
    "ways_to_visible_cases",
    "workable_cases",
]

COMPLAINANT = "complainant"
_THROUGH = "through_"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the policy knows of one case for one actor."""

    roles: frozenset[str]
    """Those through which the actor reaches the case."""
    oversight: bool
    confidential: bool
    anonymous: bool
    closed: bool


class TaskLike(Protocol):
    """What of a task and its case decides who may own it: role, unit, and ``OWNER_COLUMNS``."""

    @property
    def role(self) -> str:
        """The role it is for."""
        ...

    @property
    def unit_id(self) -> str | None:
        """The unit it is for; None is the whole body."""
        ...

    @property
    def unit_path(self) -> str | None:
        """That unit and those above it."""
        ...

    @property
    def case_class(self) -> str | None:
        """The class of the case."""
        ...

    @property
    def sensitivity(self) -> str:
        """How far the case is protected."""
        ...

    @property
    def accused_user_id(self) -> str | None:
        """The person whom the case is about."""
        ...

    @property
    def accused_unit_id(self) -> str | None:
        """The unit that the case is about."""
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


def require(
    session: Session, env: Environment, case_id: str, act: str | None = None, *, by: Actor
) -> CaseFacts:
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
    reached = reach(env, actor)
    return not_(accused(actor)) & any_of(reached.values()) if reached else false()


def ways_to_visible_cases(env: Environment, actor: Actor) -> tuple[Way, ...]:
    """The same cases by the ways on which an index leads to them, for long lists; at least one."""
    if actor.kind is not ActorKind.USER:
        return (Way(visible_cases(env, actor)),)
    return _unless_accused(actor, ways_to_cases(env, actor)) or (Way(false()),)


@lru_cache(maxsize=512)
def _unless_accused(actor: Actor, ways: tuple[Way, ...]) -> tuple[Way, ...]:
    without = not_(accused(actor))
    return tuple(way.also(without) for way in ways)


def visible_tasks(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The condition on ``UserTask`` joined with ``Case``: tasks of the cases that the actor sees whole."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if actor.kind is not ActorKind.USER:
        return false()
    reached = [
        sight for role, sight in reach(env, actor).items() if _rule(env, role).cases is not Scope.PUBLIC_PART
    ]
    return not_(accused(actor)) & any_of(reached) if reached else false()


may_see_task = visible_tasks
"""The name under which commands on tasks ask."""


def workable_cases(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The condition on ``Case`` under which a task that is owned or offered may be worked on."""
    return not_(accused(actor)) & (not_(OVERSIGHT) | oversight_reach(env, actor))


@lru_cache(maxsize=512)
def ways_to_free_tasks(actor: Actor) -> tuple[Way, ...]:
    """Tasks that the actor may take, by the ways on which an index leads to them; at least one.

    Role and unit are among the actor's grants, and nobody has the task, or somebody absent in whose place the actor may
    take it. A superior answers for the units below too. In the restricted lane the inspectorate stands in for every
    role, since nobody else may see the case; in a case about somebody the superior does (article 45). What a team
    examines is offered to its members only.
    """
    nobody = UserTask.owner_id.is_(None)
    found = [way.also(nobody) for grant in actor.grants for way in ways_of_offer(grant)]
    for grant in actor.grants:
        if grant.for_user is not None:
            left = UserTask.owner_id == grant.for_user
            found.append(Way(left & any_of(way.condition for way in ways_of_offer(grant))))
    team = not_(outside_team(actor)) if actor.has(INSPECTORATE) else None
    return distinct(found if team is None else (way.also(team) for way in found)) or (Way(false()),)


def potential_owner(env: Environment, actor: Actor, task: TaskLike) -> bool:
    """Whether role and unit of the task are among the actor's grants: the same rule as ``ways_to_free_tasks``.

    A row without ``OWNER_COLUMNS`` raises AttributeError: accusations and the restricted lane are never guessed.
    """
    return bool(grants_for(env, actor, task))


def grants_for(env: Environment, actor: Actor, task: TaskLike) -> tuple[Grant, ...]:
    """The grants through which the actor could own the task; see ``potential_owner``.

    A role that is held in somebody's place counts for no case that is about that person.
    """
    if actor.kind is not ActorKind.USER or _is_accused(actor, task):
        return ()
    user, unit = _accusation(task)
    grants = tuple(g for g in actor.grants if not about_absent(g, user_id=user, unit_id=unit))
    if "oversight" in (task.case_class, task.sensitivity):
        inspectors = tuple(grant for grant in grants if grant.role == INSPECTORATE)
        if inspectors:
            return inspectors
        if not any(_rule(env, grant.role).oversight is not Scope.NONE for grant in grants):
            return ()
    about = user is not None or unit is not None
    return tuple(g for g in grants if _holds(g, task) or (about and _stands_in(g, task)))


def acting_for(grants: tuple[Grant, ...]) -> Grant | None:
    """The grant of an absent person through which something is done; None when a grant of one's own is enough."""
    return None if any(grant.for_user is None for grant in grants) else next(iter(grants), None)


def answers_for(actor: Actor, role: str, unit_path: str | None) -> bool:
    """Whether the actor holds the role in the unit with this path or in one above it."""
    line = unit_path.split("/") if unit_path else []
    return any(grant.role == role and grant.unit_id in line for grant in actor.grants)


def facts_columns(env: Environment, actor: Actor) -> tuple[Any, ...]:
    """Columns to select beside a case, from which ``facts_of`` reads."""
    if actor.kind is ActorKind.COMPLAINANT:
        through = [literal(True).label(_THROUGH + COMPLAINANT)]
    else:
        through = [sight.label(_THROUGH + role) for role, sight in reach(env, actor).items()]
    return (OVERSIGHT.label("is_oversight"), Case.confidential, Case.anonymous, Case.stage, *through)


def facts_of(row: Row[*tuple[Any, ...]]) -> CaseFacts:
    """The facts in a row that was selected with ``facts_columns`` and ``visible_cases``."""
    through = (key for key, reached in row._mapping.items() if key.startswith(_THROUGH) and reached)
    return CaseFacts(
        roles=frozenset(key.removeprefix(_THROUGH) for key in through),
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


def _roles_of(actor: Actor) -> frozenset[str]:
    if actor.kind is ActorKind.COMPLAINANT:
        return frozenset({COMPLAINANT})
    return frozenset(grant.role for grant in actor.grants)


def _rule(env: Environment, role: str) -> RoleRule:
    return env.reference.permissions.get(role) or RoleRule(role)


def _identity_through(rule: RoleRule, facts: CaseFacts) -> IdentityAccess:
    hidden = rule.hides_anonymous and facts.anonymous
    hidden = hidden or (rule.hides_confidential_oversight and facts.confidential and facts.oversight)
    return IdentityAccess.MASKED if hidden and rule.identity is not IdentityAccess.NONE else rule.identity


def _is_accused(actor: Actor, task: TaskLike) -> bool:
    user, unit = _accusation(task)
    return is_about(actor, user_id=user, unit_id=unit)


def _accusation(task: TaskLike) -> tuple[str | None, str | None]:
    return task.accused_user_id, task.accused_unit_id


def _holds(grant: Grant, task: TaskLike) -> bool:
    if grant.role != task.role:
        return False
    path = task.unit_path or ""
    above = grant.role in UP_THE_TREE and grant.unit_id in path.split("/")
    return task.unit_id is None or task.unit_id == grant.unit_id or above


def _stands_in(grant: Grant, task: TaskLike) -> bool:
    if task.unit_id is None:
        return False
    path = task.unit_path or task.unit_id
    if grant.role in UP_THE_TREE:
        return grant.unit_id in path.split("/")
    return grant.role in HEADS_OF_THE_BODY and task.unit_id == grant.unit_id
