"""Days, times and free text as an Indonesian letter writes them. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases.deadlines.calendar import ZONES
from cases.rules.model import ClockRule, Unit

WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
UNITS = {Unit.WORKING_DAYS: "hari kerja", Unit.CALENDAR_DAYS: "hari kalender", Unit.HOURS: "jam"}
LONGEST = 30_000
CUT = "\n\n[Teks dipotong di sini karena panjangnya; selengkapnya ada pada berkas pengaduan.]"
BLANK = "\u25a1"
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs that turn the direction of what follows: on paper they could only deceive."""


def long_day(day: date) -> str:
    """``Senin, 16 Maret 2026``."""
    return f"{WEEKDAYS[day.weekday()]}, {short_day(day)}"


def short_day(day: date) -> str:
    """``16 Maret 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """``Senin, 16 Maret 2026 pukul 09.05 WIB``."""
    local = at.astimezone(zone)
    return f"{long_day(local.date())} pukul {local:%H.%M} {ZONES.get(zone.key, local.tzname())}"


def brief_moment(at: datetime, zone: ZoneInfo) -> str:
    """``16-03-2026 09.05`` for narrow columns."""
    return at.astimezone(zone).strftime("%d-%m-%Y %H.%M")


def length_of(rule: ClockRule, *, extended: bool = False) -> str:
    """``14 hari kerja``."""
    return f"{rule.length + (rule.extension if extended else 0)} {UNITS[rule.unit]}"


def clean(value: Any) -> Any:
    """Data of any shape with every text made fit for paper: no control signs, no endless length."""
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, Mapping):
        return {key: clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def _clean_text(text: str) -> str:
    text = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    cut = len(text) > LONGEST
    kept = "".join(_printable(character) for character in text[:LONGEST])
    return kept + CUT if cut else kept


def _printable(character: str) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    # Private and unassigned code points have no shape that everybody shares.
    return BLANK if category in ("Co", "Cs", "Cn") else character
