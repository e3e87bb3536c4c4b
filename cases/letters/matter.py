"""What a letter is about: the case, its complainant and its office, read when the letter is printed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from cases.deadlines.calendar import Calendar
from cases.environment import Environment
from cases.letters.kinds import LetterKind, letter_kind
from cases.masking import NumberKind, mask_numbers
from cases.rules.model import Ruleset
from storage.tables import Case, CaseText, Complainant, Letter, Office, Unit, User

_PERSON = ("name", "address", "phone", "email", "identity_number", "proxy_name")


@dataclass(frozen=True, slots=True)
class Matter:
    """Everything that the letters share. ``named`` is False for the copy, which must not tell who complained."""

    session: Session
    env: Environment
    kind: LetterKind
    letter: Any
    case: Any
    person: dict[str, str | None]
    office: Any
    body: str
    unit: str | None
    officer: str | None
    """Who entered the complaint."""
    named: bool

    @property
    def at(self) -> datetime:
        """When the letter was asked for: its date."""
        at: datetime = self.letter.created_at
        return at

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return self.env.zone

    @property
    def rules(self) -> Ruleset:
        """The ruleset of the case."""
        return self.env.rulesets.get(self.session, self.case.ruleset, self.case.ruleset_version)

    @property
    def oversight(self) -> bool:
        """Whether the case belongs to the restricted lane."""
        return "oversight" in (self.case.case_class, self.case.sensitivity)

    def calendar(self, version: int) -> Calendar:
        """The calendar by which a deadline was counted."""
        return self.env.calendars.get(self.session, version)

    def free(self, text: str | None) -> str:
        """Free text of the case: without identity numbers on any paper, without telephone numbers on copies."""
        return mask_numbers(text or "", {NumberKind.IDENTITY} if self.named else set(NumberKind))

    def text(self) -> str:
        """The text that the letter carries."""
        text_id = self.letter.values.get("text")
        if text_id is None:
            return ""
        return self.free(self.session.scalar(select(CaseText.text).where(CaseText.id == text_id)))


def read_matter(session: Session, env: Environment, letter_id: str, *, named: bool) -> Matter | None:
    """The letter with its case. Up to four statements; None when the letter is not known."""
    lead, entered = aliased(Unit), aliased(User)
    row = session.execute(
        select(
            *Letter.__table__.columns,
            *(getattr(Complainant, name).label(f"person_{name}") for name in _PERSON),
            lead.name.label("unit_name"),
            entered.name.label("officer"),
        )
        .join(Case, Case.id == Letter.case_id)
        .outerjoin(Complainant, Complainant.case_id == Case.id)
        .outerjoin(lead, lead.id == Case.lead_unit_id)
        .outerjoin(entered, entered.id == Case.entered_by)
        .where(Letter.id == letter_id)
    ).one_or_none()
    if row is None:
        return None
    case = session.execute(select(*Case.__table__.columns).where(Case.id == row.case_id)).one()
    kind = letter_kind(row.template)
    known = {name: getattr(row, f"person_{name}") if named else None for name in _PERSON}
    return Matter(
        session=session,
        env=env,
        kind=kind,
        letter=row,
        case=case,
        person=known,
        office=session.execute(select(Office.name, Office.demonstration)).one(),
        body=session.scalar(select(Unit.name).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))
        or "",
        unit=row.unit_name,
        officer=row.officer,
        named=named,
    )
