"""Explains a due date: each step of its count in one plain sentence, and the whole in one for the complainant. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cases.deadlines import wording
from cases.deadlines.calendar import Calendar
from cases.deadlines.counting import Count, CountStep, Pause, StepKind
from cases.deadlines.wording import filled
from cases.rules.model import ClockRule, Ruleset, Unit
from engine.model import Text

FOLDED = 4
"""So many ordinary days in a row are folded into one line."""

_SATURDAY = 5
_PLAIN = frozenset({StepKind.COUNTED, StepKind.WEEKEND})
_HELD = frozenset({StepKind.PAUSED, StepKind.WEEKEND})


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step of a count as people read it."""

    kind: StepKind
    on: date
    number: int | None
    name: Text | None
    """Of the day off, or of the stage in which the clock was paused."""
    text: Text
    """``Kamis 19 Maret 2026: Hari Suci Nyepi, tidak dihitung``"""


@dataclass(frozen=True, slots=True)
class Part:
    """Steps that are shown as one line; with more than one of them, the line can be unfolded."""

    text: Text
    steps: tuple[ExplainedStep, ...]

    @property
    def folded(self) -> bool:
        """Whether the line stands for several steps."""
        return len(self.steps) > 1


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a date is what it is: rule, start, every day on the way, and what all of it is counted by."""

    clock: str
    label: Text
    law: bool
    unit: Unit
    length: int
    """Units that were counted, the second term of the law included."""
    extended: bool
    start: datetime
    due_on: date | None
    due_at: datetime | None
    paused_since: datetime | None
    """When the pause began that holds the clock now."""
    ignored_pauses: bool
    """Pauses were given to a clock that never pauses."""
    ruleset: str
    ruleset_version: int
    calendar_version: int
    mark: str
    """Where the rule comes from."""
    rule: Text
    """``14 hari kerja sejak pengaduan diterima``"""
    counted: Text
    """The rule with what it left out: ``..., tidak termasuk akhir pekan dan 5 hari libur``"""
    summary: Text
    """The whole in one sentence, for the complainant."""
    steps: tuple[ExplainedStep, ...]

    @property
    def source(self) -> Text:
        """Where the rule comes from, in words."""
        return wording.source(self.mark)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The steps with long runs of ordinary days folded into one line each."""
        return fold(self.steps)


@dataclass(frozen=True, slots=True)
class Words:
    """What the names in a count are called."""

    since: Text
    stages: Mapping[str, Text] = field(default_factory=dict)
    whole_day: bool = False
    """Only the day of the start is known, not its time."""

    def stage(self, key: str | None) -> Text | None:
        """The label of the stage in which a clock is paused."""
        return None if key is None else self.stages.get(key, Text(key, key))


def explain(
    rule: ClockRule,
    count: Count,
    calendar: Calendar,
    ruleset: Ruleset,
    *,
    pauses: Sequence[Pause] = (),
    extended: bool = False,
    stages: Mapping[str, Text] | None = None,
    whole_day: bool = False,
) -> Explanation:
    """Put a count into words. ``calendar``, ``pauses`` and ``extended`` are those that it was made with.

    ``whole_day`` says that only the day of the start is known, not its time.
    """
    since_words = ruleset.since.get(rule.starts_at, Text(rule.starts_at, rule.starts_at))
    words = Words(since_words, stages or {}, whole_day=whole_day and rule.unit is not Unit.HOURS)
    since = _paused_since(count, pauses) if rule.may_pause else None
    return Explanation(
        clock=rule.key,
        label=rule.label,
        law=rule.law,
        unit=rule.unit,
        length=count.length,
        extended=extended,
        start=count.start,
        due_on=count.due_on,
        due_at=count.due_at,
        paused_since=since,
        ignored_pauses=bool(pauses) and not rule.may_pause,
        ruleset=ruleset.key,
        ruleset_version=ruleset.version,
        calendar_version=calendar.version,
        mark=rule.mark,
        rule=_rule(rule, count, words),
        counted=_how(rule, count, words),
        summary=_summary(rule, count, calendar, words, since),
        steps=_steps(rule, count, calendar, words),
    )


def _steps(rule: ClockRule, count: Count, calendar: Calendar, words: Words) -> tuple[ExplainedStep, ...]:
    return tuple(
        ExplainedStep(
            step.kind,
            step.on,
            step.number,
            step.name or words.stage(step.stage),
            _sentence(step, rule, count, calendar, words),
        )
        for step in count.steps
    )


def _paused_since(count: Count, pauses: Sequence[Pause]) -> datetime | None:
    begun = [pause.start for pause in pauses if pause.end is None]
    return min(begun) if begun and count.due_at is None else None


def _sentence(step: CountStep, rule: ClockRule, count: Count, calendar: Calendar, words: Words) -> Text:
    match step.kind:
        case StepKind.START:
            return _start(rule, count, calendar, words)
        case StepKind.HOURS:
            return Text(
                f"{count.length} jam dihitung terus-menerus, termasuk malam, akhir pekan dan hari libur",
                f"{count.length} hours are counted without a break, nights, weekends and holidays included",
            )
        case StepKind.DUE:
            return _end(rule, count, calendar, step.on)
        case StepKind.WAITING:
            return _waiting(step, words)
    return filled("{day}: {what}", "{day}: {what}", day=wording.day(step.on), what=_what(step, rule, words))


def _start(rule: ClockRule, count: Count, calendar: Calendar, words: Words) -> Text:
    when = wording.moment(count.start, calendar.zone)
    if words.whole_day:
        when = wording.day(calendar.local_day(count.start))
    if rule.unit is Unit.HOURS:
        return filled(
            "{when}: {since}; penghitungan mulai saat itu juga",
            "{when}: {since}; counting starts at once",
            when=when,
            since=words.since,
        )
    return filled(
        "{when}: {since}; hari ini hari ke-0, penghitungan mulai pada hari berikutnya",
        "{when}: {since}; this is day 0, counting starts on the next day",
        when=when,
        since=words.since,
    )


def _end(rule: ClockRule, count: Count, calendar: Calendar, on: date) -> Text:
    if rule.unit is Unit.HOURS and count.due_at is not None:
        when = wording.moment(count.due_at, calendar.zone)
        return filled("{when}: batas waktu berakhir", "{when}: the time limit ends", when=when)
    return filled(
        "{day}: hari terakhir, batas waktu berakhir pukul 24.00 {zone}",
        "{day}: the last day, the time limit ends at 24:00 {zone}",
        day=wording.day(on),
        zone=wording.zone_name(calendar.zone, count.start),
    )


def _waiting(step: CountStep, words: Words) -> Text:
    return filled(
        "Mulai {day}: {paused} dan belum diketahui sampai kapan; sisanya dihitung setelah jeda berakhir",
        "From {day}: {paused}, and nobody knows yet for how long; the rest is counted when the pause ends",
        day=wording.day(step.on),
        paused=_paused(words.stage(step.stage)),
    )


def _what(step: CountStep, rule: ClockRule, words: Words) -> Text:
    if step.kind is StepKind.COUNTED:
        return _counted(step, rule)
    if step.kind is StepKind.PAUSED:
        reason = _paused(words.stage(step.stage))
    elif step.kind is StepKind.HOLIDAY:
        reason = step.name or Text("Hari libur", "Day off")
    elif step.on.weekday() >= _SATURDAY:
        reason = Text("akhir pekan", "weekend")
    else:
        name = wording.weekday(step.on.weekday())
        reason = filled("kantor tidak bekerja pada hari {name}", "the office is closed on {name}s", name=name)
    if rule.unit is Unit.HOURS:
        return filled(
            "{reason}; waktu jeda tidak dihitung", "{reason}; the pause is not counted", reason=reason
        )
    return filled("{reason}, tidak dihitung", "{reason}, not counted", reason=reason)


def _counted(step: CountStep, rule: ClockRule) -> Text:
    if rule.unit is Unit.CALENDAR_DAYS:
        return Text(f"hari kalender ke-{step.number}", f"calendar day {step.number}")
    return Text(f"hari kerja ke-{step.number}", f"working day {step.number}")


def _paused(stage: Text | None) -> Text:
    if stage is None:
        return Text("dijeda", "paused")
    lower = Text(_lower(stage.id), _lower(stage.en))
    return filled("dijeda ({stage})", "paused ({stage})", stage=lower)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _rule(rule: ClockRule, count: Count, words: Words) -> Text:
    length = wording.amount(count.length, rule.unit)
    return filled("{length} sejak {since}", "{length} after {since}", length=length, since=words.since)


def _summary(rule: ClockRule, count: Count, calendar: Calendar, words: Words, since: datetime | None) -> Text:
    if count.due_on is None or count.due_at is None:
        return _held(_rule(rule, count, words), calendar, since)
    by = wording.day(count.due_on)
    if rule.unit is Unit.HOURS:
        by = wording.moment(count.due_at, calendar.zone)
    how = _how(rule, count, words)
    return filled("Paling lambat {by}: {how}.", "By {by}: {how}.", by=by, how=how)


def _how(rule: ClockRule, count: Count, words: Words) -> Text:
    whole, left_out = _rule(rule, count, words), _left_out(rule, count)
    return filled("{rule}, {rest}", "{rule}, {rest}", rule=whole, rest=left_out) if left_out.id else whole


def _held(whole: Text, calendar: Calendar, since: datetime | None) -> Text:
    if since is None:
        return filled("Dijeda: {rule}.", "Paused: {rule}.", rule=whole)
    return filled(
        "Dijeda sejak {day}. Batas waktunya ({rule}) dihitung lagi setelah jeda berakhir.",
        "Paused since {day}. The time limit ({rule}) is counted on when the pause ends.",
        day=wording.day(calendar.local_day(since)),
        rule=whole,
    )


def _left_out(rule: ClockRule, count: Count) -> Text:
    kinds = [step.kind for step in count.steps]
    held = kinds.count(StepKind.PAUSED)
    paused = [wording.plural(held, "hari jeda", "paused day", "paused days")] if held else []
    if rule.unit is Unit.HOURS:
        return Text("tidak termasuk waktu jeda", "not counting the pauses") if held else Text("", "")
    if rule.unit is Unit.CALENDAR_DAYS:
        counted = Text("akhir pekan dan hari libur ikut dihitung", "weekends and holidays included")
        rest = filled(
            "{counted}, tidak termasuk {held}",
            "{counted}, not counting {held}",
            counted=counted,
            held=wording.listed(paused),
        )
        return rest if paused else counted
    off, parts = kinds.count(StepKind.HOLIDAY), []
    if StepKind.WEEKEND in kinds:
        parts.append(Text("akhir pekan", "weekends"))
    if off:
        parts.append(wording.plural(off, "hari libur", "day off", "days off"))
    left = wording.listed(parts + paused)
    return filled("tidak termasuk {left}", "not counting {left}", left=left) if left.id else left


def fold(steps: Sequence[ExplainedStep]) -> tuple[Part, ...]:
    """Long runs of counted or of paused days, with the weekends between them, become one line."""
    parts: list[Part] = []
    at = 0
    while at < len(steps):
        run = max(_run(steps, at, _PLAIN), _run(steps, at, _HELD))
        if run >= FOLDED:
            part = tuple(steps[at : at + run])
            parts.append(Part(_folded(part), part))
            at += run
        else:
            parts.append(Part(steps[at].text, (steps[at],)))
            at += 1
    return tuple(parts)


def _run(steps: Sequence[ExplainedStep], at: int, kinds: frozenset[StepKind]) -> int:
    end = at
    while end < len(steps) and steps[end].kind in kinds:
        end += 1
    return end - at


def _folded(steps: tuple[ExplainedStep, ...]) -> Text:
    numbers = [step.number for step in steps if step.number is not None]
    held = [step for step in steps if step.kind is StepKind.PAUSED]
    off = sum(step.kind is StepKind.WEEKEND for step in steps)
    parts = []
    if numbers:
        parts.append(_numbered(numbers))
    if held:
        paused = wording.plural(len(held), "hari", "day", "days")
        why = _paused(held[0].name if len({step.name for step in held}) == 1 else None)
        parts.append(filled("{paused} {why}", "{paused} {why}", paused=paused, why=why))
    if off:
        parts.append(
            wording.plural(off, "hari akhir pekan dilewati", "weekend day left out", "weekend days left out")
        )
    what = Text("; ".join(one.id for one in parts), "; ".join(one.en for one in parts))
    return filled("{days}: {what}", "{days}: {what}", days=wording.days(steps[0].on, steps[-1].on), what=what)


def _numbered(numbers: list[int]) -> Text:
    first, last = numbers[0], numbers[-1]
    if first == last:
        return Text(f"hari ke-{first} dihitung", f"day {first} counted")
    return Text(f"hari ke-{first} sampai ke-{last} dihitung", f"days {first} to {last} counted")
