"""Days, times and lengths in words, in both languages: the vocabulary of explained dates. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from cases.deadlines.calendar import ZONES
from cases.rules.model import Unit
from engine.model import Text

_DAYS = (
    Text("Senin", "Monday"),
    Text("Selasa", "Tuesday"),
    Text("Rabu", "Wednesday"),
    Text("Kamis", "Thursday"),
    Text("Jumat", "Friday"),
    Text("Sabtu", "Saturday"),
    Text("Minggu", "Sunday"),
)
_MONTHS = (
    Text("Januari", "January"),
    Text("Februari", "February"),
    Text("Maret", "March"),
    Text("April", "April"),
    Text("Mei", "May"),
    Text("Juni", "June"),
    Text("Juli", "July"),
    Text("Agustus", "August"),
    Text("September", "September"),
    Text("Oktober", "October"),
    Text("November", "November"),
    Text("Desember", "December"),
)
_UNITS = {
    Unit.WORKING_DAYS: (Text("hari kerja", "working day"), Text("hari kerja", "working days")),
    Unit.CALENDAR_DAYS: (Text("hari kalender", "calendar day"), Text("hari kalender", "calendar days")),
    Unit.HOURS: (Text("jam", "hour"), Text("jam", "hours")),
}

_SOURCES = {
    "LAW": Text("undang-undang", "an act"),
    "SRC": Text("praktik resmi", "official practice"),
    "INFER": Text("ketentuan kantor", "a rule of the office"),
}
"""What the marks of rules stand for; INFER is what no source gives."""


def filled(indonesian: str, english: str, /, **values: Text | str | int) -> Text:
    """A sentence in both languages whose blanks are filled with the words of each."""
    own = {key: value.id if isinstance(value, Text) else value for key, value in values.items()}
    other = {key: value.en if isinstance(value, Text) else value for key, value in values.items()}
    return Text(indonesian.format(**own), english.format(**other))


def weekday(number: int) -> Text:
    """``Senin`` for 0."""
    return _DAYS[number]


def day(on: date) -> Text:
    """``Senin 16 Maret 2026``."""
    return filled(
        "{name} {day} {month} {year}",
        "{name} {day} {month} {year}",
        name=_DAYS[on.weekday()],
        day=on.day,
        month=_MONTHS[on.month - 1],
        year=f"{on.year:04}",
    )


def days(first: date, last: date) -> Text:
    """``Selasa 17 sampai Jumat 27 Maret 2026``; month and year are said once where they are the same."""
    if first == last:
        return day(first)
    begin = filled("{name} {day}", "{name} {day}", name=_DAYS[first.weekday()], day=first.day)
    if (first.year, first.month) != (last.year, last.month):
        begin = filled("{begin} {month}", "{begin} {month}", begin=begin, month=_MONTHS[first.month - 1])
    if first.year != last.year:
        begin = filled("{begin} {year}", "{begin} {year}", begin=begin, year=f"{first.year:04}")
    return filled("{begin} sampai {end}", "{begin} to {end}", begin=begin, end=day(last))


def moment(at: datetime, zone: ZoneInfo) -> Text:
    """``Senin 16 Maret 2026 pukul 09.00 WIB``."""
    local = at.astimezone(zone)
    return filled(
        "{day} pukul {hour}.{minute} {zone}",
        "{day} at {hour}:{minute} {zone}",
        day=day(local.date()),
        hour=f"{local.hour:02}",
        minute=f"{local.minute:02}",
        zone=zone_name(zone, at),
    )


def zone_name(zone: ZoneInfo, at: datetime) -> str:
    """WIB, WITA or WIT; others as the zone data abbreviates them."""
    return ZONES.get(zone.key) or at.astimezone(zone).strftime("%Z")


def amount(number: int, unit: Unit) -> Text:
    """``5 hari kerja``, ``1 working day``."""
    return filled("{number} {unit}", "{number} {unit}", number=number, unit=_UNITS[unit][number != 1])


def plural(number: int, indonesian: str, one: str, many: str) -> Text:
    """``3 hari libur``, ``1 public holiday``, ``3 public holidays``."""
    return Text(f"{number} {indonesian}", f"{number} {one if number == 1 else many}")


def source(mark: str) -> Text:
    """Where a rule comes from: ``praktik resmi; jeda: ketentuan kantor`` for ``SRC; pause INFER``."""
    parts = [_source(part.strip()) for part in mark.split(";") if part.strip()]
    return Text("; ".join(one.id for one in parts), "; ".join(one.en for one in parts))


def _source(part: str) -> Text:
    about, paused = Text("", ""), part.removeprefix("pause ")
    if paused != part:
        about = Text("jeda: ", "pause: ")
    word, _, rest = paused.partition(" ")
    known = _SOURCES.get(word, Text(word, word))
    where = f" ({rest})" if rest else ""
    return Text(f"{about.id}{known.id}{where}", f"{about.en}{known.en}{where}")


def listed(parts: list[Text]) -> Text:
    """``akhir pekan, 6 hari libur dan 2 hari jeda``."""
    if not parts:
        return Text("", "")
    *before, last = parts
    if not before:
        return last
    return Text(
        f"{', '.join(one.id for one in before)} dan {last.id}",
        f"{', '.join(one.en for one in before)} and {last.en}",
    )
