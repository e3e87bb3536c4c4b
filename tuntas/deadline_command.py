"""``tuntas deadline``: when a clock would be due, and why, without a case."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
from sqlalchemy import inspect, make_url
from sqlalchemy.orm import Session

from cases.deadlines.calendar import ZONES, Calendar, CalendarGapError
from cases.deadlines.calendars import CalendarMissingError, Calendars
from cases.deadlines.counting import Count, Pause, count
from cases.deadlines.explain import Explanation, explain
from cases.reference import shipped_ruleset
from cases.rules.model import ClockRule, Ruleset
from cases.rules.store import RulesetMissingError, Rulesets
from engine.model import Text
from storage.tables import CalendarVersion, RulesetVersion
from tuntas.config import ROOT, Config
from tuntas.database import make_engine

REFERENCE = Path(ROOT) / "reference"
JAKARTA = "Asia/Jakarta"
SHORT_ZONES = {short: key for key, short in ZONES.items()}
LONG_AGO, FAR_AHEAD = 2000, 9990

_SHIPPED = Text(
    "kalender bawaan (libur nasional dan cuti bersama Indonesia); basis data kantor tidak dipakai",
    "the calendar that ships (Indonesia's national holidays and collective leave); no office's database is used",
)
_OFFICE = Text("kalender kantor versi {version}", "the office's calendar, version {version}")
_NEVER_PAUSES = Text(
    "Batas waktu ini tidak pernah dijeda; jeda yang disebut diabaikan.",
    "This clock never pauses; the pauses that were given are ignored.",
)
_NOT_EXTENDED = Text(
    "Batas waktu ini tidak punya perpanjangan menurut undang-undang; --extended diabaikan.",
    "The law knows no second term of this clock; --extended is ignored.",
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What is counted by."""

    ruleset: Ruleset
    calendar: Calendar
    of_office: bool

    @property
    def told(self) -> Text:
        """Which calendar that is."""
        if not self.of_office:
            return _SHIPPED
        version = self.calendar.version
        return Text(_OFFICE.id.format(version=version), _OFFICE.en.format(version=version))


@click.command("deadline")
@click.argument("clock")
@click.option(
    "--from",
    "begun",
    required=True,
    metavar="DATE",
    help="When the clock starts: 2026-03-16, or with a time.",
)
@click.option(
    "--pause", "pauses", multiple=True, metavar="DAY/DAY",
    help="First and last local day of a pause; 2026-03-25/ lasts still. May be repeated.",
)  # fmt: skip
@click.option("--extended", is_flag=True, help="With the second term of the law, where there is one.")
@click.option("--zone", help=f"One of {', '.join(SHORT_ZONES)} or {', '.join(ZONES)}; else the office's own.")
@click.option("--json", "as_json", is_flag=True, help="Answer JSON.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True)
@click.pass_obj
def deadline(config: Config, /, clock: str, begun: str, pauses: tuple[str, ...], **options: Any) -> None:
    """Explain when CLOCK is due, day by day: any clock of the ruleset, without a case.

    Counts by the office's own calendar and rules when the configured database has them, else by those that
    ship. Changes nothing.
    """
    basis = _in_zone(_basis(config, begun), options["zone"])
    rule = basis.ruleset.clocks.get(clock) or _unknown_clock(clock, basis.ruleset)
    start = _start(begun, basis.calendar)
    extended = options["extended"] and rule.extension > 0
    held = tuple(_pause(given, basis.calendar) for given in pauses)
    explanation = _explained(rule, basis, start, held, extended, whole_day=len(begun) == len("2026-03-16"))
    notes = [note for note, said in (
        (_NEVER_PAUSES, explanation.ignored_pauses),
        (_NOT_EXTENDED, options["extended"] and not extended),
    ) if said]  # fmt: skip
    if options["as_json"]:
        click.echo(json.dumps(_as_json(explanation, basis, notes), ensure_ascii=False, indent=2))
    else:
        for line in _as_text(explanation, basis, notes, options["language"]):
            click.echo(line)


def _explained(
    rule: ClockRule,
    basis: Basis,
    start: datetime,
    pauses: tuple[Pause, ...],
    extended: bool,
    *,
    whole_day: bool,
) -> Explanation:
    counted = _count(rule, start, basis.calendar, pauses, extended=extended)
    return explain(
        rule,
        counted,
        basis.calendar,
        basis.ruleset,
        pauses=pauses,
        extended=extended,
        whole_day=whole_day,
    )


def _count(
    rule: ClockRule, start: datetime, calendar: Calendar, pauses: tuple[Pause, ...], *, extended: bool
) -> Count:
    try:
        return count(rule, start, calendar, pauses, extended=extended)
    except (CalendarGapError, OverflowError) as error:
        first, last = calendar.first.isoformat(), calendar.last.isoformat()
        _refuse(
            f"Kalender mencakup {first} sampai {last}; batas waktu ini tidak seluruhnya di dalamnya.",
            f"The calendar covers {first} to {last}; this deadline is not wholly within it.",
            error,
        )


def _as_json(found: Explanation, basis: Basis, notes: list[Text]) -> Mapping[str, Any]:
    # Only who wants JSON waits for the API to be read.
    from api.schemas.deadlines import ExplanationSchema  # noqa: PLC0415

    dumped = ExplanationSchema().dump(found)
    steps = dumped.pop("steps")
    return {
        "clock": found.clock,
        "label": _both(found.label),
        "start": found.start.astimezone(basis.calendar.zone).isoformat(),
        "due_on": found.due_on.isoformat() if found.due_on else None,
        "due_at": found.due_at.astimezone(UTC).isoformat() if found.due_at else None,
        "law": found.law,
        "extended": found.extended,
        **dumped,
        "calendar": "office" if basis.of_office else "shipped",
        "zone": basis.calendar.zone.key,
        "notes": [_both(note) for note in notes],
        "steps": steps,
    }


def _both(text: Text) -> Mapping[str, str]:
    return {"id": text.id, "en": text.en}


def _as_text(found: Explanation, basis: Basis, notes: list[Text], language: str) -> Iterator[str]:
    english = language == "en"

    def say(text: Text) -> str:
        return text.en if english else text.id

    yield f"{say(found.label)} ({found.clock})"
    yield say(found.summary)
    yield ""
    for step in found.steps:
        yield f"  {say(step.text)}"
    yield ""
    yield say(
        Text(
            f"Aturan {found.ruleset} versi {found.ruleset_version}, dasar: {found.source.id}.",
            f"Rules {found.ruleset} version {found.ruleset_version}, source: {found.source.en}.",
        )
    )
    zone = ZONES.get(basis.calendar.zone.key, basis.calendar.zone.key)
    yield say(
        Text(f"Dihitung menurut {basis.told.id}. Zona {zone}.", f"Counted by {basis.told.en}. Zone {zone}.")
    )
    for note in notes:
        yield say(note)


def _basis(config: Config, begun: str) -> Basis:
    with _reader(config.database_url) as session:
        if session is not None:
            try:
                calendar = Calendars().current(session)
                return Basis(_rules(session), calendar, of_office=True)
            except CalendarMissingError:
                pass
    # The package of holidays takes a second to import, and no other command needs it.
    from cases.deadlines.holiday_seed import seeded_calendar  # noqa: PLC0415

    year = int(begun[:4]) if begun[:4].isdecimal() else LONG_AGO
    this_year = datetime.now(UTC).year
    years = max(this_year, min(year, FAR_AHEAD))
    return Basis(shipped_ruleset(REFERENCE), seeded_calendar(ZoneInfo(JAKARTA), years), of_office=False)


def _rules(session: Session) -> Ruleset:
    try:
        return Rulesets().active(session)
    except RulesetMissingError:
        return shipped_ruleset(REFERENCE)


@contextmanager
def _reader(url: str) -> Iterator[Session | None]:
    """The configured database when it is there and has calendars; nothing is created."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        yield None
        return
    engine = make_engine(url)
    try:
        names = inspect(engine).get_table_names()
        known = {CalendarVersion.__tablename__, RulesetVersion.__tablename__} <= set(names)
        if not known:
            yield None
            return
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _in_zone(basis: Basis, zone: str | None) -> Basis:
    if zone is None:
        return basis
    key = SHORT_ZONES.get(zone.upper(), zone)
    if key not in ZONES:
        known = ", ".join(f"{short} ({key})" for key, short in ZONES.items())
        _refuse(
            f"Zona waktu {zone!r} tidak dikenal. Pilih {known}.",
            f"Unknown time zone {zone!r}. Choose {known}.",
        )
    return replace(basis, calendar=replace(basis.calendar, zone=ZoneInfo(key)))


def _start(begun: str, calendar: Calendar) -> datetime:
    try:
        if len(begun) == len("2026-03-16"):
            return calendar.start_of(date.fromisoformat(begun))
        moment = datetime.fromisoformat(begun)
        return (moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        _refuse(
            f"--from {begun!r} bukan tanggal. Tulis 2026-03-16, atau dengan jam: 2026-03-16T09:00.",
            f"--from {begun!r} is no date. Write 2026-03-16, or with a time: 2026-03-16T09:00.",
            error,
        )


def _pause(given: str, calendar: Calendar) -> Pause:
    first, _, last = given.partition("/")
    try:
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if last else begin if "/" not in given else None
        if end is not None and end < begin:
            _refuse(
                f"Jeda {given!r} berakhir sebelum dimulai. Tulis hari pertama lebih dahulu.",
                f"The pause {given!r} ends before it begins. Write the first day first.",
            )
        return Pause(calendar.start_of(begin), None if end is None else calendar.end_of(end))
    except (ValueError, OverflowError) as error:
        _refuse(
            f"--pause {given!r} bukan dua tanggal. Tulis 2026-03-25/2026-03-27.",
            f"--pause {given!r} is not two dates. Write 2026-03-25/2026-03-27.",
            error,
        )


def _unknown_clock(clock: str, ruleset: Ruleset) -> NoReturn:
    known = ", ".join(sorted(ruleset.clocks))
    _refuse(
        f"Batas waktu {clock!r} tidak ada dalam aturan {ruleset.key}; pilih salah satu yang disebut di atas.",
        f"There is no clock {clock!r} in the rules {ruleset.key}. Choose one of: {known}.",
    )


def _refuse(indonesian: str, english: str, cause: Exception | None = None) -> NoReturn:
    """End with exit code 2 and say why in both languages."""
    raise click.UsageError(f"{english}\n{indonesian}") from cause
