"""A thousand complaints at once, for stories about many, in batches."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.model import PUBLIC, NewComplaint
from cases.register import register_complaint
from cases.tasks import complete_task
from storage.tables import UserTask
from support.office import actor_named
from tuntas.office import Tuntas

BATCH = 50


def many_complaints(office: Tuntas, number: int) -> list[str]:
    """Register so many complaints; their ids."""
    ids: list[str] = []

    def register(session: Session, numbers: range) -> list[str]:
        return [
            register_complaint(
                session, office.env, NewComplaint(title=f"Aduan ke-{n}", text="Isi.", name="Budi"), by=PUBLIC
            ).case.id
            for n in numbers
        ]

    for start in range(0, number, BATCH):
        numbers = range(start, min(start + BATCH, number))
        ids += office.work.write(lambda session, numbers=numbers: register(session, numbers))  # type: ignore[misc]
    return ids


def complete_everywhere(
    office: Tuntas, case_ids: Iterable[str], element_id: str, username: str, **values: object
) -> None:
    """Somebody completes the task at this element in every one of the cases."""
    by, wanted = actor_named(office, username), list(case_ids)

    def complete(session: Session, batch: list[str]) -> None:
        tasks = select(UserTask.id).where(
            UserTask.case_id.in_(batch), UserTask.element_id == element_id, UserTask.state == "open"
        )
        for task_id in session.scalars(tasks).all():
            complete_task(session, office.env, task_id, values, by=by)

    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        office.work.write(lambda session, batch=batch: complete(session, batch))  # type: ignore[misc]
