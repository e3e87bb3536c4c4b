"""Lists incidents for the administrator: no content of the case."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.model import Actor, Page
from cases.policy import require_act
from storage.tables import Case, Incident


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the administrator sees it: no content of the case."""

    id: str
    reference: str | None
    element_id: str | None
    cause: str
    command: str
    at: datetime
    resolved_at: datetime | None


def list_incidents(
    session: Session, env: Environment, *, by: Actor, before: str | None = None, limit: int = 50
) -> Page[IncidentView]:
    """Incidents, newest first. One statement. Raises NotFoundError unless the actor may read incidents."""
    require_act(env, by, "read_incidents")
    query = (
        select(Incident, Case.reference)
        .outerjoin(Case, Case.id == Incident.case_id)
        .order_by(Incident.id.desc())
        .limit(limit + 1)
    )
    if before:
        query = query.where(Incident.id < before)
    rows = session.execute(query).all()
    items = tuple(
        IncidentView(
            id=row.Incident.id,
            reference=row.reference,
            element_id=row.Incident.element_id,
            cause=row.Incident.cause,
            command=row.Incident.command,
            at=row.Incident.at,
            resolved_at=row.Incident.resolved_at,
        )
        for row in rows[:limit]
    )
    return Page(items, items[-1].id if len(rows) > limit else None)
