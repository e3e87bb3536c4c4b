"""To which bodies a case was handed, and what they answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.holder import holder_of
from cases.ids import known_id
from cases.model import Actor, ActorKind, Stage
from cases.policy import require
from engine.model import Text
from storage.tables import Case, Referral, Unit


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One handing over. ``answer`` is ``accepted``, ``rejected`` or ``taken_back``, None while it is awaited."""

    id: str
    body: str
    name: Text
    sent_at: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Who has a case now, and to whom it was handed before, oldest first."""

    holder: Text
    items: tuple[ReferralView, ...]


def whereabouts(session: Session, env: Environment, case_id: str, *, by: Actor) -> Whereabouts:
    """Where a case is. Three statements. Raises NotFoundError."""
    items = list_referrals(session, env, case_id, by=by)
    row = session.execute(
        select(Case.stage, Case.outcome, Case.referred_to, Unit.name.label("unit"))
        .outerjoin(Unit, Unit.id == Case.lead_unit_id)
        .where(Case.id == known_id(case_id))
    ).one()
    private = by.kind is ActorKind.COMPLAINANT
    holder = holder_of(
        env, Stage(row.stage), unit=row.unit, body=row.referred_to, outcome=row.outcome, private=private
    )
    return Whereabouts(holder, items)


def list_referrals(
    session: Session, env: Environment, case_id: str, *, by: Actor
) -> tuple[ReferralView, ...]:
    """The referrals of a case, oldest first. Two statements. Raises NotFoundError."""
    case_id = known_id(case_id)
    require(session, env, case_id, by=by)
    query = select(*Referral.__table__.columns).where(Referral.case_id == case_id)
    bodies = env.reference.referral_bodies
    return tuple(
        ReferralView(
            id=row.id,
            body=row.body,
            name=bodies.get(row.body) or Text(row.body, row.body),
            sent_at=row.sent_at,
            reminded_at=row.reminded_at,
            answered_at=row.answered_at,
            answer=row.answer,
        )
        for row in session.execute(query.order_by(Referral.sent_at, Referral.id))
    )
