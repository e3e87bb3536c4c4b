"""The choices that the office gives to forms: units, people, categories, reasons; read when a form asks for them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.forms import Choices, Option
from cases.rules.decisions import decide
from cases.rules.model import Ruleset
from cases.sight import INSPECTORATE
from cases.staffing import staffed
from cases.unit_rows import UNIT_COLUMNS, UnitRow
from cases.unit_validity import in_force
from engine.model import Text
from storage.queries.batch import Answer, Call, Prepared, send
from storage.tables import Role, Unit, User


def form_options(
    session: Session, env: Environment, ruleset: tuple[str, int] | None = None
) -> "OfficeChoices":
    """The office's choices for forms by name: unit, lead_unit (with people to handle a case), user,
    inspector, category, area, referral_body, archive_reason, archive_reason_alone (one person may decide it).

    Reasons are those of the ``ruleset`` (key and version) of the case that a form is about, or of the one in force.
    Units and users are read when a form first asks for them: one statement each, none otherwise.
    """

    def rules() -> Ruleset:
        return env.rulesets.get(session, *ruleset) if ruleset else env.rulesets.active(session)

    return OfficeChoices(
        session,
        env,
        {
            "category": lambda: env.reference.category_choices,
            "area": lambda: _labelled(env.reference.areas),
            "referral_body": lambda: _labelled(env.reference.referral_bodies),
            "archive_reason": lambda: _labelled(rules().archive_reasons),
            "archive_reason_alone": lambda: _labelled(decided_alone(rules())),
        },
    )


def decided_alone(rules: Ruleset) -> Mapping[str, Text]:
    """Reasons for archiving that need no second person."""
    return {
        reason: label
        for reason, label in rules.archive_reasons.items()
        if not decide(rules, "archive_policy", {"outcome_reason": reason})["second_approval"]
    }


def _units(*which: ColumnElement[bool], more: Sequence[Any] = ()) -> Prepared:
    today: BindParameter[date] = bindparam("today", type_=Unit.valid_from.type)
    wanted = select(Unit.code.label("value"), Unit.name.label("label"), *more).where(in_force(today))
    return Prepared(wanted.where(*which).order_by(Unit.name, Unit.code))


def _users(*which: ColumnElement[bool]) -> Prepared:
    return Prepared(select(User.id, User.name).where(User.active, *which).order_by(User.name, User.id))


_HANDLING = "lead_unit"
_STORED: Mapping[str, Prepared] = {
    "unit": _units(),
    _HANDLING: _units(staffed(), more=UNIT_COLUMNS),
    "user": _users(),
    "inspector": _users(User.id.in_(select(Role.user_id).where(Role.role == INSPECTORATE))),
}
"""Lists that lie in the database: what is stored, and the name that people read."""


class OfficeChoices(Mapping[str, tuple[Option, ...]]):
    """Lists of choices by name, read when they are first asked for."""

    def __init__(
        self, session: Session, env: Environment, known: Mapping[str, Callable[[], tuple[Option, ...]]]
    ) -> None:
        self._session = session
        self._env = env
        self._known = known
        self._read: dict[str, tuple[Option, ...]] = {}
        self.handling_units: dict[str, UnitRow] = {}
        """The units of the list of those that may handle a case, by their codes, when it was read."""

    def read(self, names: Collection[str], *also: Call) -> list[Answer]:
        """Read the stored ones of these lists, and what is ``also`` wanted then, in one round trip.

        Answers what was also wanted; without a stored list nothing at all is read.
        """
        stored = [name for name in _STORED if name in names]
        if not stored:
            return []
        found = send(self._session, [*map(self._call, stored), *also])
        for name, answer in zip(stored, found, strict=False):
            self._keep(name, answer)
        return found[len(stored) :]

    def __getitem__(self, name: str) -> tuple[Option, ...]:
        """The list of this name; a KeyError when the office has none."""
        if name not in self._read:
            if name in _STORED:
                self._keep(name, send(self._session, [self._call(name)])[0])
            else:
                self._read[name] = self._known[name]()
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        """The names, read or not."""
        return iter({**_STORED, **self._known})

    def __len__(self) -> int:
        """How many lists there are."""
        return len(_STORED) + len(self._known)

    def _keep(self, name: str, answer: Answer) -> None:
        self._read[name] = Choices(Option(value, Text(label, label)) for value, label, *_ in answer.rows)
        if name == _HANDLING:
            self.handling_units.update((value, UnitRow(*unit)) for value, _, *unit in answer.rows)

    def _call(self, name: str) -> Call:
        return Call(_STORED[name], [{"today": self._env.today}])


def _labelled(words: Mapping[str, Text]) -> tuple[Option, ...]:
    return tuple(Option(key, label) for key, label in words.items())
