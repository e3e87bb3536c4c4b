"""The choices that the office gives to forms: units, people, categories, reasons; read when a form asks for them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import BindParameter, ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.forms import Choices, Option
from cases.rules.decisions import decide
from cases.rules.model import Ruleset
from cases.sight import INSPECTORATE
from cases.staffing import staffed
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


def _units(*which: ColumnElement[bool]) -> Prepared:
    today: BindParameter[date] = bindparam("today", type_=Unit.valid_from.type)
    wanted = select(Unit.code, Unit.name).where(in_force(today))
    return Prepared(wanted.where(*which).order_by(Unit.name, Unit.code))


def _users(*which: ColumnElement[bool]) -> Prepared:
    return Prepared(select(User.id, User.name).where(User.active, *which).order_by(User.name, User.id))


_STORED: Mapping[str, Prepared] = {
    "unit": _units(),
    "lead_unit": _units(staffed()),
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

    def read(self, names: Collection[str], *also: Call) -> list[Answer]:
        """Read the stored ones of these lists, and what is ``also`` wanted then, in one round trip.

        Answers what was also wanted; without a stored list nothing at all is read.
        """
        stored = [name for name in _STORED if name in names]
        if not stored:
            return []
        found = send(self._session, [*map(self._call, stored), *also])
        for name, answer in zip(stored, found, strict=False):
            self._read[name] = _choices(answer)
        return found[len(stored) :]

    def __getitem__(self, name: str) -> tuple[Option, ...]:
        """The list of this name; a KeyError when the office has none."""
        if name not in self._read:
            stored = name in _STORED
            self._read[name] = (
                _choices(send(self._session, [self._call(name)])[0]) if stored else self._known[name]()
            )
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        """The names, read or not."""
        return iter({**_STORED, **self._known})

    def __len__(self) -> int:
        """How many lists there are."""
        return len(_STORED) + len(self._known)

    def _call(self, name: str) -> Call:
        return Call(_STORED[name], [{"today": self._env.today}])


def _choices(answer: Answer) -> Choices:
    return Choices(Option(value, Text(name, name)) for value, name in answer.rows)


def _labelled(words: Mapping[str, Text]) -> tuple[Option, ...]:
    return tuple(Option(key, label) for key, label in words.items())
