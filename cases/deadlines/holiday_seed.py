"""The first calendar: Indonesia's national holidays and collective leave, as the ``holidays`` package knows them."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import holidays

from cases.deadlines.calendar import Calendar, DayOff, DayOffKind
from cases.deadlines.calendars import first_calendar
from engine.model import Text

FIRST_YEAR, YEARS_AHEAD = 2000, 4


def seeded_calendar(zone: ZoneInfo, year: int) -> Calendar:
    """Version 1 for an office founded in ``year``: from 2000 to four years ahead.

    Dates of coming years that follow the moon are estimates until the joint ministerial decree; the administrator
    corrects them on the calendar page.
    """
    last = year + YEARS_AHEAD
    days_off = days_off_of(range(FIRST_YEAR, last + 1))
    return first_calendar(zone, days_off, first=date(FIRST_YEAR, 1, 1), last=date(last, 12, 31))


def days_off_of(years: range) -> Mapping[date, DayOff]:
    """National holidays and collective leave of these years, in order; where both fall on a day, the holiday counts."""
    found: dict[date, DayOff] = {}
    for category, kind in (
        (holidays.GOVERNMENT, DayOffKind.COLLECTIVE_LEAVE),
        (holidays.PUBLIC, DayOffKind.NATIONAL),
    ):
        named = {
            language: holidays.country_holidays("ID", years=years, categories=(category,), language=language)
            for language in ("id", "en_US")
        }
        for day, name in named["id"].items():
            found[day] = DayOff(Text(name, named["en_US"].get(day, name)), kind)
    return dict(sorted(found.items()))
