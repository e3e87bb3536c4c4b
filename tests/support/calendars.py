"""Changes of the calendar of a test's office, with the recalculation that they begin and without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from cases.deadlines.calendar_changes import CalendarChange, change_calendar
from cases.deadlines.calendars import store_calendar
from cases.deadlines.recalculation import Progress, recalculation_progress
from cases.model import SYSTEM
from tuntas.office import Tuntas


def with_calendar(office: Tuntas, **changes: Any) -> None:
    """The office keeps another calendar from now on; nothing is counted anew."""

    def store(session: Session) -> None:
        present = office.env.calendars.current(session)
        new = replace(present, version=present.version + 1, **changes)
        store_calendar(session, new, reason="Uji", at=office.env.clock.now(), created_by=None)

    office.work.write(store)


def change(office: Tuntas, what: CalendarChange, reason: str = "Keputusan bupati") -> None:
    """The calendar changes; no worker has looked yet."""
    office.work.write(lambda session: change_calendar(session, office.env, what, by=SYSTEM, reason=reason))


def progress(office: Tuntas) -> Progress:
    """How far the newest recalculation is."""
    found = office.work.read(recalculation_progress)
    assert found is not None
    return found
