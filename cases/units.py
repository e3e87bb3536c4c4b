"""The organisation tree: units with unique codes, each knowing its path of ids from the root."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import CaseError, NotFoundError, RefusedByRuleError, StaleError
from cases.ids import known_id
from cases.model import Actor
from cases.policy import require_act
from cases.unit_validity import in_force, require_lasting, require_order
from engine.model import Text
from storage.queries.changed import count_changed
from storage.tables import Unit

_COLUMNS = (
    Unit.id,
    Unit.parent_id,
    Unit.path,
    Unit.code,
    Unit.name,
    Unit.kind,
    Unit.aliases,
    Unit.valid_from,
    Unit.valid_to,
    Unit.version,
)


LONGEST_NAME = 200
MOST_ALIASES = 50


class Kept(Enum):
    """What a caller did not name stays as it is; None is a value of its own."""

    AS_IT_IS = "as it is"


KEPT = Kept.AS_IT_IS


class CodeTakenError(CaseError):
    """Another unit has this code."""

    slug = "code-taken"
    text = Text(id="Kode ini sudah dipakai unit lain.", en="Another unit has this code.")


@dataclass(frozen=True, slots=True)
class UnitView:
    """A node of the organisation tree; ``path`` holds the ids from the root to itself, slash-separated."""

    id: str
    parent_id: str | None
    path: str
    code: str
    name: str
    kind: str
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    version: int
    """Changes with every change; whoever changes the unit names the one they saw."""
    depth: int
    in_force: bool
    """Whether it exists today."""


def list_units(
    session: Session, env: Environment, *, by: Actor, all_times: bool = False, text: str | None = None
) -> tuple[UnitView, ...]:
    """The tree from the root down, siblings by name; without units that are not in force unless ``all_times``.

    ``text`` leaves units in whose name, code or former name it occurs. Every officer may read it. One statement.
    Raises NotFoundError for others.
    """
    require_act(env, by, "read_units")
    today = env.today
    statement = select(*_COLUMNS).order_by(Unit.name, Unit.id)
    if not all_times:
        statement = statement.where(in_force(today))
    units = _tree(_view(row, today) for row in session.execute(statement))
    wanted = _clean(text or "").casefold()
    return tuple(unit for unit in units if wanted in _known_as(unit)) if wanted else units


def _known_as(unit: UnitView) -> str:
    return "\n".join((unit.name, unit.code, *unit.aliases)).casefold()


def get_unit(session: Session, env: Environment, unit_id: str, *, by: Actor) -> UnitView:
    """One unit. One statement. Raises NotFoundError when it is unknown or the actor is no officer."""
    require_act(env, by, "read_units")
    return _get(session, env, unit_id)


def create_unit(
    session: Session,
    env: Environment,
    *,
    code: str,
    name: str,
    kind: str = "unit",
    parent_id: str | None,
    aliases: Iterable[str] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
    by: Actor,
) -> UnitView:
    """A new unit below ``parent_id`` (None only for the very first, the root). Up to four statements.

    Raises NotFoundError unless the actor may manage units and the parent exists, CodeTakenError, and
    RefusedByRuleError for a second root, a tree deeper than fifteen levels, or an end before the beginning.
    """
    require_act(env, by, "manage_units")
    require_order(valid_from, valid_to)
    _refuse_taken_code(session, code)
    unit_id = env.new_id()
    path = _path_below(session, env, parent_id, unit_id)
    session.execute(
        insert(Unit).values(
            id=unit_id,
            parent_id=parent_id,
            path=path,
            code=_clean(code),
            name=_clean(name),
            kind=kind,
            aliases={"names": _names(aliases)},
            valid_from=valid_from,
            valid_to=valid_to,
        )
    )
    return _get(session, env, unit_id)


def change_unit(
    session: Session,
    env: Environment,
    unit_id: str,
    *,
    code: str | None = None,
    name: str | None = None,
    kind: str | None = None,
    parent_id: str | None = None,
    aliases: Iterable[str] | None = None,
    valid_from: date | Kept | None = KEPT,
    valid_to: date | Kept | None = KEPT,
    version: int | None = None,
    by: Actor,
) -> UnitView:
    """Change what is given; a new parent moves the whole subtree. Up to six statements.

    A rename keeps the old name as an alias, so that old papers still find the unit. ``version`` is the one that was
    seen, None for any. Raises NotFoundError, StaleError when somebody changed the unit since, CodeTakenError, and
    RefusedByRuleError when a unit would come below itself, or end before it begins, and for an end of the root.
    """
    require_act(env, by, "manage_units")
    before = _get(session, env, unit_id)
    if version is not None and version != before.version:
        raise StaleError
    changes = _plain_changes(session, before, code, kind)
    changes |= _validity(before, valid_from, valid_to)
    changes |= _renamed(before, name, aliases)
    if parent_id is not None and parent_id != before.parent_id:
        _move(session, env, before, parent_id)
        changes["parent_id"] = parent_id
    if changes:
        seen = (Unit.id == before.id) & (Unit.version == before.version)
        renewed = update(Unit).where(seen).values(**changes, version=before.version + 1)
        if count_changed(session, renewed) != 1:
            raise StaleError
    return _get(session, env, unit_id)


def _plain_changes(session: Session, before: UnitView, code: str | None, kind: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if code is not None and _clean(code) != before.code:
        _refuse_taken_code(session, code)
        changes["code"] = _clean(code)
    if kind is not None and kind != before.kind:
        changes["kind"] = kind
    return changes


def _validity(
    before: UnitView, valid_from: date | Kept | None, valid_to: date | Kept | None
) -> Mapping[str, Any]:
    first = before.valid_from if isinstance(valid_from, Kept) else valid_from
    last = before.valid_to if isinstance(valid_to, Kept) else valid_to
    if (first, last) == (before.valid_from, before.valid_to):
        return {}
    require_order(first, last)
    require_lasting(before.parent_id, last)
    return {"valid_from": first, "valid_to": last}


def _renamed(before: UnitView, name: str | None, aliases: Iterable[str] | None) -> Mapping[str, Any]:
    known = _names(before.aliases if aliases is None else aliases)
    if name is None or _clean(name) == before.name:
        return {} if tuple(known) == before.aliases else {"aliases": {"names": known}}
    names = list(dict.fromkeys([*known, before.name]))
    return {"name": _clean(name), "aliases": {"names": names}}


def _move(session: Session, env: Environment, unit: UnitView, parent_id: str) -> None:
    if unit.parent_id is None:
        raise RefusedByRuleError(
            Text(id="Akar pohon unit tidak dapat dipindahkan.", en="The root of the tree cannot be moved.")
        )
    path = _path_below(session, env, parent_id, unit.id)
    if path.startswith(unit.path + "/"):
        raise RefusedByRuleError(
            Text(
                id="Unit tidak dapat dipindahkan ke bawah dirinya sendiri.",
                en="A unit cannot be moved below itself.",
            )
        )
    below = (Unit.id == unit.id) | Unit.path.startswith(unit.path + "/", autoescape=True)
    rest = func.substr(Unit.path, len(unit.path) + 1)
    session.execute(update(Unit).where(below).values(path=path + rest))


def _path_below(session: Session, env: Environment, parent_id: str | None, unit_id: str) -> str:
    if parent_id is None:
        if session.scalar(select(Unit.id).where(Unit.parent_id.is_(None)).limit(1)) is not None:
            raise RefusedByRuleError(
                Text(
                    id="Akar pohon unit sudah ada; pilih unit induk.",
                    en="The tree has a root already; choose a parent unit.",
                )
            )
        return unit_id
    path = f"{_get(session, env, parent_id).path}/{unit_id}"
    if path.count("/") > 14:
        raise RefusedByRuleError(
            Text(
                id="Pohon unit terlalu dalam (paling banyak 15 tingkat).",
                en="The tree is deeper than 15 levels.",
            )
        )
    return path


def _refuse_taken_code(session: Session, code: str) -> None:
    if session.scalar(select(Unit.id).where(Unit.code == _clean(code))) is not None:
        raise CodeTakenError


def _get(session: Session, env: Environment, unit_id: str) -> UnitView:
    row = session.execute(select(*_COLUMNS).where(Unit.id == known_id(unit_id))).one_or_none()
    if row is None:
        raise NotFoundError
    return _view(row, env.today)


def _view(row: Any, today: date) -> UnitView:
    return UnitView(
        id=row.id,
        parent_id=row.parent_id,
        path=row.path,
        code=row.code,
        name=row.name,
        kind=row.kind,
        aliases=tuple((row.aliases or {}).get("names", ())),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
        depth=row.path.count("/"),
        in_force=(row.valid_from or today) <= today <= (row.valid_to or today),
    )


def _tree(units: Iterable[UnitView]) -> tuple[UnitView, ...]:
    """Units so that each follows its parent, siblings in the order given."""
    found = list(units)
    known = {unit.id for unit in found}
    children: dict[str | None, list[UnitView]] = {}
    for unit in found:
        children.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)
    ordered: list[UnitView] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        unit = waiting.pop()
        ordered.append(unit)
        waiting.extend(reversed(children.get(unit.id, [])))
    return tuple(ordered)


def _names(aliases: Iterable[str]) -> list[str]:
    """Each name once, in order, at most as long as a name may be."""
    cleaned = (_clean(alias)[:LONGEST_NAME] for alias in aliases)
    return list(dict.fromkeys(alias for alias in cleaned if alias))[:MOST_ALIASES]


def _clean(text: str) -> str:
    return " ".join(text.split())
