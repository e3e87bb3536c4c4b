"""The SQL behind the policy: which cases and tasks a grant reaches. Only ``cases.policy`` asks it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from sqlalchemy import ColumnElement, Select, exists, not_, select, true, union_all

from cases.environment import Environment
from cases.keyset import Way, any_of, constant, distinct, one_of
from cases.model import Actor, Grant, Kind, Stage
from cases.reference import RoleRule, Scope
from storage.tables import Case, CaseRequest, CaseUnit, Role, Unit, UserTask

FRONT_DESK_DAYS = 30
_KEPT = 512
INSPECTORATE = "inspectorate"
UP_THE_TREE = frozenset({"superior"})
"""Roles that also answer for the units below the one in which they are held."""
BEFORE_HANDING = (Stage.RECEIVED, Stage.VERIFICATION, Stage.AWAITING_COMPLETION, Stage.DISPOSITION)
"""Where a case of the restricted lane may stand while the coordinating admin still has it."""

OVERSIGHT: ColumnElement[bool] = (Case.sensitivity == constant("oversight")) | (
    Case.case_class == constant("oversight")
)
"""Cases of the restricted lane (domain.md section 2)."""

OPEN: ColumnElement[bool] = Case.stage != constant(Stage.CLOSED.value)
"""Cases that somebody has to work on."""

ARTICLE_45: ColumnElement[bool] = Case.accused_user_id.is_not(None) | Case.accused_unit_id.is_not(None)
"""Cases about somebody, which go to the superior (Act 25/2009, article 45)."""
HEADS_OF_THE_BODY = frozenset({"regional_secretary", "leadership"})
"""Roles that answer, like a superior, for the unit in which they are held: the body's own [INFER]."""


def _of_cases(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tasks of the cases that meet the condition and have work left: so few that PostgreSQL keeps them at hand."""
    keys = union_all(*(select(Case.id).where(condition, left) for left in (OPEN, Case.work_left))).cte()
    # As a truth value, since PostgreSQL makes a join of a bare IN, and reads each task's case.
    return UserTask.case_id.in_(select(keys.c.id).correlate(None)).is_(true())


_OF_RESTRICTED, _OF_ACCUSED = _of_cases(OVERSIGHT), _of_cases(ARTICLE_45)
"""Tasks of the restricted lane, and of cases about somebody; one expression each, so that a list asks for it once."""

UNIT_PATH = select(Unit.path).where(Unit.id == UserTask.unit_id).correlate(UserTask).scalar_subquery()
"""The path of a task's unit; ``potential_owner`` needs it on the row as ``unit_path``."""
OWNER_COLUMNS = (
    UNIT_PATH.label("unit_path"),
    Case.case_class,
    Case.sensitivity,
    Case.accused_unit_id,
    Case.accused_user_id,
)
"""What to select beside a task and its case wherever ``potential_owner`` or ``grants_for`` is asked about the row."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One role of one actor, with the rule that belongs to it."""

    actor: Actor
    grants: tuple[Grant, ...]
    """All of the role, and all one's own or all held for the same absent person."""
    rule: RoleRule
    entered_since: datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class _Reached:
    """Cases that a role reaches for one reason: what is asked of one case, of each open case, and a way to the closed.

    Open cases are read in their order, whatever the reason; what a query finds beforehand is then kept at hand.
    """

    one: ColumnElement[bool]
    each_open: ColumnElement[bool]
    closed: Way

    def also(self, condition: ColumnElement[bool]) -> "_Reached":
        """The same with one more condition."""
        return _Reached(condition & self.one, condition & self.each_open, self.closed.also(condition))


def reach(env: Environment, actor: Actor) -> Mapping[str, ColumnElement[bool]]:
    """For each of the actor's roles, the cases that it reaches; the accused are not yet left out."""
    return _reach(_sights(env, actor))


def oversight_reach(env: Environment, actor: Actor) -> ColumnElement[bool]:
    """The cases of the restricted lane that any of the actor's roles reaches."""
    return _oversight_reach(_sights(env, actor))


@lru_cache(maxsize=_KEPT)
def accused(actor: Actor) -> ColumnElement[bool]:
    """Whether the case is about the actor, or about a unit in or below which the actor holds any role."""
    person = Case.accused_user_id.is_not(None) & (Case.accused_user_id == actor.id)
    units = line_of(actor)
    if not units:
        return person
    return person | (Case.accused_unit_id.is_not(None) & Case.accused_unit_id.in_(sorted(units)))


def is_about(actor: Actor, *, user_id: str | None, unit_id: str | None) -> bool:
    """The same rule as ``accused`` for one accusation."""
    return (user_id is not None and user_id == actor.id) or (
        unit_id is not None and unit_id in line_of(actor)
    )


def line_of(actor: Actor) -> frozenset[str]:
    """Ids of the units in which the actor holds a role of their own and of all above them, without the root.

    The root stands for the whole body: a complaint about it cannot be kept from everybody in it.
    """
    return _line(grant for grant in actor.grants if grant.for_user is None)


def _line(grants: Iterable[Grant]) -> frozenset[str]:
    return frozenset(unit_id for grant in grants for unit_id in grant.path.split("/")[1:])


def about_absent(grant: Grant, *, user_id: str | None, unit_id: str | None) -> bool:
    """Whether an accusation is against the absent person or their units: nobody stands in for them there."""
    if grant.for_user is None:
        return False
    return user_id == grant.for_user or (unit_id is not None and unit_id in _line([grant]))


def _not_about_absent(grants: Iterable[Grant]) -> ColumnElement[bool]:
    """The same rule as ``about_absent``, for grants that are all held for one absent person or for none."""
    held = [grant for grant in grants if grant.for_user is not None]
    if not held:
        return true()
    person = Case.accused_user_id.is_(None) | (Case.accused_user_id != held[0].for_user)
    line = sorted(_line(held))
    return person & (Case.accused_unit_id.is_(None) | Case.accused_unit_id.not_in(line)) if line else person


def ways_to_cases(env: Environment, actor: Actor) -> tuple[Way, ...]:
    """The cases of ``reach``, by the ways on which an index leads to them; the accused are not yet left out.

    One way for who sees nearly all of them: there every order of the list is short of none.
    """
    return _ways_to_cases(_sights(env, actor))


@lru_cache(maxsize=_KEPT)
def ways_of_offer(grant: Grant) -> tuple[Way, ...]:
    """The tasks that the grant is offered in any way, by the ways on which an index leads to them."""
    role, unit = UserTask.role == grant.role, UserTask.unit_id
    found = [Way(role, unit)]
    if grant.role in UP_THE_TREE:
        below = units_below([grant])
        found += [Way(role, unit, below), Way(one_of(unit, below) & _OF_ACCUSED)]
    else:
        found.append(Way(role & (unit == grant.unit_id)))
    if grant.role in HEADS_OF_THE_BODY:
        found.append(Way((unit == grant.unit_id) & _OF_ACCUSED))
    if grant.role == INSPECTORATE:
        found.append(Way(_OF_RESTRICTED))
    return tuple(found if grant.for_user is None else (way.also(_not_about_absent([grant])) for way in found))


def units_below(grants: Iterable[Grant]) -> Select[str]:
    """The units in which the grants are held and all below them."""
    within = (
        (Unit.path == grant.path) | Unit.path.startswith(grant.path + "/", autoescape=True)
        for grant in grants
    )
    return select(Unit.id).where(any_of(within)).correlate(None)


def _sights(env: Environment, actor: Actor) -> tuple[Sight, ...]:
    rules, now = env.reference.permissions, env.clock.now()
    held = {(grant.role, grant.for_user or "") for grant in actor.grants if grant.role in rules}
    return tuple(
        Sight(
            actor,
            tuple(grant for grant in actor.grants if (grant.role, grant.for_user or "") == (role, absent)),
            rules[role],
            # Only this scope looks at the clock; without the time an expression can be used again.
            now - timedelta(days=FRONT_DESK_DAYS) if rules[role].cases is Scope.ENTERED else None,
        )
        for role, absent in sorted(held)
    )


# Building the expressions costs more than running them; they are immutable and the same for the same grants.
@lru_cache(maxsize=_KEPT)
def _reach(sights: tuple[Sight, ...]) -> Mapping[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    for sight in sights:
        reached = _reached(sight)
        if reached:
            role, seen = sight.rule.role, any_of(each.one for each in reached)
            found[role] = found[role] | seen if role in found else seen
    return MappingProxyType(found)


@lru_cache(maxsize=_KEPT)
def _ways_to_cases(sights: tuple[Sight, ...]) -> tuple[Way, ...]:
    if any(sight.rule.cases in _BROAD for sight in sights):
        return (Way(any_of(_reach(sights).values())),)
    reached = [each for sight in sights for each in _reached(sight)]
    # Each reason by itself would read the same open cases, which are few beside the closed ones.
    opened = Way(OPEN & any_of(each.each_open for each in reached), is_open=True)
    return (opened, *distinct(each.closed.also(not_(OPEN), is_open=False) for each in reached))


def _reached(sight: Sight) -> tuple[_Reached, ...]:
    """What is reached in both lanes, without cases about the absent person in whose place a role is held."""
    absent = [] if sight.grants[0].for_user is None else [_not_about_absent(sight.grants)]
    found = (*_ordinary(sight), *_oversight(sight))
    return tuple(each.also(absent[0]) for each in found) if absent else found


@lru_cache(maxsize=_KEPT)
def _oversight_reach(sights: tuple[Sight, ...]) -> ColumnElement[bool]:
    absent = (sight.grants[0].for_user is not None for sight in sights)
    lanes = [
        (
            any_of(each.one for each in _oversight(sight)),
            _not_about_absent(sight.grants) if away else None,
        )
        for sight, away in zip(sights, absent, strict=True)
        if _oversight(sight)
    ]
    return any_of(lane if present is None else lane & present for lane, present in lanes)


def _ordinary(sight: Sight) -> tuple[_Reached, ...]:
    scope = sight.rule.cases
    if scope not in _SCOPES:
        return ()
    at_hand = () if scope in _BROAD else _at_hand(sight)
    return tuple(each.also(not_(OVERSIGHT)) for each in (*_SCOPES[scope](sight), *at_hand))


def _oversight(sight: Sight) -> tuple[_Reached, ...]:
    scope = sight.rule.oversight
    return tuple(each.also(OVERSIGHT) for each in _SCOPES[scope](sight)) if scope in _SCOPES else ()


def _along(way: Way) -> _Reached:
    """What an index leads to, open or closed."""
    return _Reached(way.condition, way.condition, way)


def _at_hand(sight: Sight) -> Iterable[_Reached]:
    """Cases with an open task that the actor owns or could take: who is to work on a case must see it."""
    # Whoever stands in for somebody is kept from cases about them on every way of the role.
    offered = (tasks for grant in sight.grants for tasks in _offered(grant))
    yield _with_open_task(true(), [UserTask.owner_id == sight.actor.id, *offered])
    instead = [_in_units(grant) for grant in sight.grants if grant.role in UP_THE_TREE | HEADS_OF_THE_BODY]
    if instead:
        # A superior takes the tasks of cases about somebody whatever their role, so that the law's way is walked.
        yield _with_open_task(ARTICLE_45, instead)


def _offered(grant: Grant) -> tuple[ColumnElement[bool], ...]:
    """The tasks that a grant may take: of its role, for all or for its units."""
    role = UserTask.role == grant.role
    return role & UserTask.unit_id.is_(None), role & _in_units(grant)


def _in_units(grant: Grant) -> ColumnElement[bool]:
    """Tasks for the grant's unit; a superior's also for those below it."""
    unit = UserTask.unit_id
    return one_of(unit, units_below([grant])) if grant.role in UP_THE_TREE else unit == grant.unit_id


def _with_open_task(where: ColumnElement[bool], tasks: Sequence[ColumnElement[bool]]) -> _Reached:
    """Cases with an open task of any of these kinds, each kind looked up in an index by itself."""
    is_open = UserTask.state == constant("open")
    one = where & exists().where(UserTask.case_id == Case.id, is_open, any_of(tasks)).correlate(Case)
    kinds = (select(UserTask.case_id).where(is_open, kind).correlate(None) for kind in tasks)
    found = select(union_all(*kinds).subquery().c.case_id)
    return _Reached(one, where & Case.id.in_(found), Way(Case.work_left & one))


def _entered(sight: Sight) -> tuple[_Reached, ...]:
    return (_along(Way((Case.entered_by == sight.actor.id) & (Case.entered_at > sight.entered_since))),)


def _unit(sight: Sight) -> tuple[_Reached, ...]:
    units = _units(sight.grants)
    return (*_assigned(sight), _supported_by(CaseUnit.unit_id.in_(units)))


def _unit_and_below(sight: Sight) -> tuple[_Reached, ...]:
    """Those of the units, and those about subordinates, handled in their place (Act 25/2009, article 45)."""
    below = units_below(sight.grants)
    strictly = (Unit.path.startswith(grant.path + "/", autoescape=True) for grant in sight.grants)
    units = select(Unit.id).where(any_of(strictly)).correlate(None)
    people = select(Role.user_id).where(one_of(Role.unit_id, below)).correlate(None)
    about = ARTICLE_45 & (one_of(Case.accused_unit_id, units) | one_of(Case.accused_user_id, people))
    supported = _supported_by(one_of(CaseUnit.unit_id, below))
    return (_along(Way(true(), Case.lead_unit_id, below)), supported, _along(Way(about)))


def _assigned(sight: Sight) -> tuple[_Reached, ...]:
    return tuple(_along(Way(Case.lead_unit_id == unit)) for unit in _units(sight.grants))


def _until_handed() -> ColumnElement[bool]:
    inspectorate = select(Unit.id).where(Unit.kind == INSPECTORATE).correlate(None)
    elsewhere = Case.lead_unit_id.is_(None) | Case.lead_unit_id.not_in(inspectorate)
    return Case.stage.in_([stage.value for stage in BEFORE_HANDING]) & elsewhere


def _asked_about_data(_: Sight) -> tuple[_Reached, ...]:
    """Cases whose complainant asked about personal data and has no answer yet: an office has few of these."""
    asked = CaseRequest.kind.startswith("data_", autoescape=True) & CaseRequest.answered_at.is_(None)
    one = exists().where(CaseRequest.case_id == Case.id, asked).correlate(Case)
    found = select(CaseRequest.case_id).where(asked).correlate(None)
    return (_Reached(one, Case.id.in_(found), Way(one, keys=found)),)


_SCOPES: Mapping[Scope, Callable[[Sight], tuple[_Reached, ...]]] = {
    Scope.ALL: lambda sight: (_along(Way(true())),),
    Scope.PUBLIC_PART: lambda sight: (_along(Way(not_(Case.confidential) & (Case.sensitivity == "normal"))),),
    Scope.ENTERED: _entered,
    Scope.UNIT: _unit,
    Scope.UNIT_AND_BELOW: _unit_and_below,
    Scope.ASSIGNED: _assigned,
    Scope.UNTIL_HANDED: lambda sight: (_along(Way(_until_handed())),),
    Scope.ESCALATED: lambda sight: (_along(Way(Case.escalation_level >= sight.rule.escalation_level)),),
    Scope.INFORMATION_REQUESTS: lambda sight: (
        _along(Way(Case.kind == constant(Kind.INFORMATION_REQUEST.value))),
    ),
    Scope.DATA_REQUESTS: _asked_about_data,
}
"""``own`` is not here: it is a complainant's, who holds one case and no grant."""
_BROAD = (Scope.ALL, Scope.PUBLIC_PART)
"""Scopes that reach nearly every case."""


def _supported_by(condition: ColumnElement[bool]) -> _Reached:
    one = exists().where(CaseUnit.case_id == Case.id, condition).correlate(Case)
    found = select(CaseUnit.case_id).where(condition).correlate(None)
    return _Reached(one, Case.id.in_(found), Way(one))


def _units(grants: Iterable[Grant]) -> list[str]:
    return sorted({grant.unit_id for grant in grants})
