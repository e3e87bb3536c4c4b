"""Reads what was typed into our own small forms, and keeps what is wrong with it beside the field."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from flask import request
from flask_babel import gettext

from web.context import environment


class Problems(dict[str, str]):
    """What is wrong, by field; the summary at the top of the page lists it in this order."""

    def require(self, name: str, value: str, message: str | None = None) -> None:
        """Note that a field must not be empty."""
        if not value:
            self[name] = message or gettext("Isi bagian ini.")


def text(name: str, longest: int = 200) -> str:
    """One line or more of text without what surrounds it; never longer than ``longest``."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()[:longest]


def argument(name: str) -> str | None:
    """A filter from the address; empty means none."""
    return request.args.get(name, "").strip()[:200] or None


def version() -> int | None:
    """The version of what the form was made from."""
    given = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def day(given: str | None) -> date | None:
    """A day as a date field sends it, or None when it is empty or no day."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        return None


def instant(given: str | None) -> datetime | None:
    """A local date and time of the office as an aware instant, or None when it is empty or no time."""
    try:
        moment = datetime.fromisoformat(given) if given else None
        if moment is None or moment.tzinfo is not None:
            return None
        return moment.replace(tzinfo=environment().zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def typed() -> Mapping[str, str]:
    """Everything that was typed, to show it again."""
    return {name: request.form[name] for name in request.form if name not in {"csrf_token", "password"}}
