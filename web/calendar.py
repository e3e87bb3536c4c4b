"""The working-day calendar for the administrator: a year of it, its changes, and how far they are carried out."""

from calendar import Calendar as Grid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.deadlines.calendar import DayOff, DayOffKind
from cases.deadlines.calendar_changes import (
    MAX_NAME,
    MAX_REASON,
    AddDayOff,
    CalendarChange,
    CalendarVersionView,
    ChangeWeek,
    ChangeZone,
    ExtendByYear,
    RemoveDayOff,
    RenameDayOff,
    YearView,
    calendar_history,
    calendar_of_year,
    change_calendar,
)
from cases.deadlines.recalculation import Progress, recalculation_progress
from cases.errors import NotFoundError, RefusedByRuleError
from engine.model import Text
from web.access import current_actor, permission
from web.context import environment, read, write
from web.dates import today
from web.entered import Problems, day, text, typed
from web.language import say

blueprint = Blueprint("calendar", __name__)
VERSIONS = 12
"""Versions of the history on the page."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month."""

    day: date
    works: bool
    off: DayOff | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month as rows of seven cells; None where another month's days would be."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]
    days_off: tuple[tuple[date, DayOff], ...]


@blueprint.get("/settings/calendar")
@permission("manage_settings")
def show_calendar() -> str:
    """A year with all its days off, the forms that change the calendar, and its versions."""
    return _page(Problems())


@blueprint.post("/settings/calendar/days")
@permission("manage_settings")
def add_day_off() -> Response | tuple[str, int]:
    """Nobody works on a day."""
    problems, on = Problems(), day(request.form.get("day"))
    problems.require("day", "" if on is None else "given", gettext("Pilih tanggalnya."))
    problems.require("name", text("name", MAX_NAME), gettext("Tulis nama hari libur itu."))
    change = AddDayOff(on or today(), _name(), DayOffKind(_kind()))
    return _changed(change, "day_reason", "day", problems, year=on.year if on else None)


@blueprint.post("/settings/calendar/week")
@permission("manage_settings")
def change_week() -> Response | tuple[str, int]:
    """The office works on other days of the week."""
    chosen = frozenset(int(one) for one in request.form.getlist("weekdays") if one in set("0123456"))
    return _changed(ChangeWeek(chosen), "week_reason", "weekdays", Problems())


@blueprint.post("/settings/calendar/zone")
@permission("manage_settings")
def change_zone() -> Response | tuple[str, int]:
    """The office keeps another time."""
    return _changed(ChangeZone(text("zone", 40)), "zone_reason", "zone", Problems())


@blueprint.post("/settings/calendar/years")
@permission("manage_settings")
def add_year() -> Response | tuple[str, int]:
    """The calendar reaches one year further."""
    return _changed(ExtendByYear(), "year_reason", "year_reason", Problems())


@blueprint.get("/settings/calendar/days/<on>")
@permission("manage_settings")
def show_day_off(on: str) -> str:
    """One day off, to be renamed or taken away."""
    return _day_page(on, Problems())


@blueprint.post("/settings/calendar/days/<on>")
@permission("manage_settings")
def rename_day_off(on: str) -> Response | tuple[str, int]:
    """Give a day off another name, or say that it is of another kind."""
    problems = Problems()
    problems.require("name", text("name", MAX_NAME), gettext("Tulis nama hari libur itu."))
    change = RenameDayOff(_known(on)[0], _name(), DayOffKind(_kind()))
    return _changed(change, "name_reason", "name", problems, on=on)


@blueprint.post("/settings/calendar/days/<on>/removal")
@permission("manage_settings")
def remove_day_off(on: str) -> Response | tuple[str, int]:
    """The day is worked after all."""
    return _changed(RemoveDayOff(_known(on)[0]), "removal_reason", "removal_reason", Problems(), on=on)


def _changed(
    change: CalendarChange,
    reason: str,
    blamed: str,
    problems: Problems,
    *,
    on: str | None = None,
    year: int | None = None,
) -> Response | tuple[str, int]:
    """Carry a change out, or show its form again with what is wrong at ``reason`` or at the ``blamed`` field."""
    env, actor = environment(), current_actor()
    why = text(reason, MAX_REASON)
    problems.require(
        reason, why, gettext("Tulis alasannya; riwayat setiap kasus yang bergeser menyebutkannya.")
    )
    if not problems:
        try:
            write(lambda session: change_calendar(session, env, change, by=actor, reason=why))
            shown = year or (date.fromisoformat(on).year if on else None)
            return redirect(url_for("calendar.show_calendar", year=shown, done="calendar"), 303)
        except RefusedByRuleError as error:
            problems[blamed] = say(error.text)
    return (_day_page(on, problems) if on else _page(problems)), 422


def _name() -> Text:
    indonesian = text("name", MAX_NAME)
    return Text(indonesian, text("name_en", MAX_NAME) or indonesian)


def _kind() -> str:
    given = text("kind", 24)
    return given if given in set(DayOffKind) else DayOffKind.LOCAL.value


def _page(problems: Problems) -> str:
    env = environment()

    def load(session: Session) -> tuple[YearView, tuple[CalendarVersionView, ...], Progress | None]:
        current = env.calendars.current(session)
        year = min(max(_year(), current.first.year), current.last.year)
        return (
            calendar_of_year(session, env, year),
            calendar_history(session, limit=VERSIONS),
            recalculation_progress(session),
        )

    view, versions, progress = read(load)
    return render_template(
        "settings/calendar.html",
        calendar=view,
        months=months_of(view),
        versions=versions,
        progress=progress,
        values=typed() if request.method == "POST" else {},
        chosen_days=_chosen_days(view),
        problems=problems,
    )


def _year() -> int:
    given = request.args.get("year", "")
    return int(given) if given.isdecimal() and len(given) == 4 else today().year


def _chosen_days(view: YearView) -> tuple[str, ...]:
    if request.method == "POST" and "week_reason" in request.form:
        return tuple(request.form.getlist("weekdays"))
    return tuple(str(number) for number in sorted(view.weekdays))


def _day_page(on: str, problems: Problems) -> str:
    known, off = _known(on)
    entered: Mapping[str, str] = typed() if request.method == "POST" else {}
    start = {"name": off.name.id, "name_en": off.name.en, "kind": off.kind.value}
    return render_template(
        "settings/day_off.html", day=known, off=off, values={**start, **entered}, problems=problems
    )


def _known(on: str) -> tuple[date, DayOff]:
    """A day off of the calendar in force; raises NotFoundError for any other day."""
    env, given = environment(), day(on)
    off = read(env.calendars.current).days_off.get(given) if given is not None else None
    if given is None or off is None:
        raise NotFoundError
    return given, off


def months_of(view: YearView) -> tuple[Month, ...]:
    """The twelve months of a year, week by week from Monday."""
    off = dict(view.days_off)

    def cell(day: date, month: int) -> Cell | None:
        if day.month != month:
            return None
        return Cell(day, day.weekday() in view.weekdays and day not in off, off.get(day))

    return tuple(
        Month(
            date(view.year, month, 1),
            tuple(
                tuple(cell(day, month) for day in week)
                for week in Grid(firstweekday=0).monthdatescalendar(view.year, month)
            ),
            tuple((day, one) for day, one in view.days_off if day.month == month),
        )
        for month in range(1, 13)
    )
