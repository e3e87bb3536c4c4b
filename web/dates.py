"""Days and times as people in the office read them: in the office's zone, in the page's language."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale, gettext, ngettext
from markupsafe import Markup

from cases.deadlines.calendar import ZONES
from web.context import environment

ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
"""Indonesia's zones as they are spoken of; others are shown as the zone data abbreviates them."""


def _language() -> str:
    return str(get_locale() or "id")


def _clock() -> str:
    return "HH:mm" if _language() == "en" else "HH.mm"


def local(at: datetime) -> datetime:
    """The instant on the office's clock."""
    return at.astimezone(environment().zone)


def zone_name(at: datetime) -> str:
    """WIB, WITA or WIT."""
    zone = environment().zone
    return ZONE_NAMES.get(zone.key) or local(at).strftime("%Z")


def long_time(at: datetime | None) -> str:
    """``Senin, 16 Maret 2026, 14.05 WIB``."""
    if at is None:
        return ""
    text = format_datetime(local(at), f"EEEE, d MMMM y, {_clock()}", locale=_language())
    return _time(at.isoformat(), f"{text} {zone_name(at)}")


def short_time(at: datetime | None) -> str:
    """``16 Mar 2026, 14.05``."""
    if at is None:
        return ""
    return _time(at.isoformat(), format_datetime(local(at), f"d MMM y, {_clock()}", locale=_language()))


def short_due(at: datetime | None) -> str:
    """A due time; the midnight that ends a last day is shown as that day, as people are told it."""
    if at is None:
        return ""
    day = local(at)
    return short_time(at) if day.time() != time() else short_day(day.date() - timedelta(days=1))


def long_day(day: date | datetime | None) -> str:
    """``Senin, 16 Maret 2026``."""
    return _day(day, "EEEE, d MMMM y")


def short_day(day: date | datetime | None) -> str:
    """``16 Mar 2026``."""
    return _day(day, "d MMM y")


def month_word(day: date) -> str:
    """``Maret``."""
    return str(format_date(day, "MMMM", locale=_language()))


def weekday_names() -> list[tuple[str, str]]:
    """``Sen`` and ``Senin``, from Monday."""
    days = [date(2024, 1, number) for number in range(1, 8)]
    return [(format_date(day, "EEE", locale=_language()), weekday_name(day.weekday())) for day in days]


def weekday_name(number: int) -> str:
    """``Senin`` for 0."""
    return str(format_date(date(2024, 1, 1 + number), "EEEE", locale=_language()))


def weekday_choices() -> list[tuple[str, str]]:
    """Days of the week to choose from."""
    return [(str(number), weekday_name(number)) for number in range(7)]


def week_words(weekdays: Iterable[int]) -> str:
    """``Senin sampai Jumat``, or the days one by one when they are not in a row."""
    days = sorted(weekdays)
    if days == list(range(days[0], days[-1] + 1)):
        return str(
            gettext("%(first)s sampai %(last)s", first=weekday_name(days[0]), last=weekday_name(days[-1]))
        )
    return ", ".join(weekday_name(number) for number in days)


def zone_word(key: str) -> str:
    """``WIB`` for ``Asia/Jakarta``."""
    return ZONE_NAMES.get(key, key)


def zone_choices() -> list[tuple[str, str]]:
    """The zones of Indonesia to choose from."""
    return [(key, f"{short} ({key})") for key, short in ZONES.items()]


def _day(day: date | datetime | None, pattern: str) -> str:
    if day is None:
        return ""
    plain = local(day).date() if isinstance(day, datetime) else day
    return _time(plain.isoformat(), format_date(plain, pattern, locale=_language()))


def _time(machine: str, human: str) -> str:
    return Markup('<time datetime="{}">{}</time>').format(machine, human)


def today() -> date:
    """The present day in the office."""
    return local(environment().clock.now()).date()


def month_name(day: date) -> str:
    """``Maret 2026``."""
    return str(format_date(day, "MMMM y", locale=_language()))


def decimal(number: float) -> str:
    """``92,5`` as the page's language writes it."""
    return str(format_decimal(number, format="0.#", locale=_language()))


def days_left(due_on: date | None) -> str:
    """How far away a last day is, in words: ``3 hari lagi``, ``hari ini``, ``lewat 2 hari``."""
    if due_on is None:
        return ""
    days = (due_on - today()).days
    if days == 0:
        return str(gettext("hari terakhir hari ini"))
    if days > 0:
        return str(ngettext("%(num)d hari lagi", "%(num)d hari lagi", days))
    return str(ngettext("lewat %(num)d hari", "lewat %(num)d hari", -days))


def add_dates(app: Flask) -> None:
    """Offer the filters to templates."""
    shown = (long_time, short_time, long_day, short_day, month_name, month_word, decimal, days_left)
    for filter_ in (*shown, short_due, week_words, zone_word):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.globals.update(
        weekday_names=weekday_names, weekday_choices=weekday_choices, zone_choices=zone_choices
    )
    app.jinja_env.globals["today"] = today
