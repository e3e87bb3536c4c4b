"""Every count agrees with a second calculator that walks one day at a time, and with the check values of the domain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.deadlines.calendar import FIVE_DAYS, SIX_DAYS, Calendar, CalendarGapError, DayOff, DayOffKind
from cases.deadlines.counting import Count, Pause, StepKind, count
from cases.deadlines.holiday_seed import seeded_calendar
from cases.rules.model import ClockRule, Unit
from engine.model import Text
from support.slow_calculator import OFFSETS, SlowOffice, slow_days, slow_hours, touched

JAKARTA = ZoneInfo("Asia/Jakarta")
CLOSED = DayOff(Text("Libur", "Holiday"), DayOffKind.LOCAL)
MONDAY = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
"""Monday 16 March 2026, 09.00 in western Indonesia: the start of the domain's check values."""

ZONES = sorted(OFFSETS)
PAUSED_TIMES = st.lists(
    st.tuples(
        st.integers(0, 100 * 48),  # Begins at a half hour, often at midnight,
        st.sampled_from((0, 0, -1, 1)),  # or just beside it;
        st.one_of(
            st.sampled_from((0, 1, 30, 60, 1440, None)), st.integers(1, 15 * 1440)
        ),  # None: lasts still.
    ),
    max_size=4,
)


def rule(
    length: int, unit: Unit = Unit.WORKING_DAYS, *, pauses: bool = True, extension: int = 0
) -> ClockRule:
    """A clock of this length."""
    stages = ("awaiting_completion",) if pauses else ()
    return ClockRule(
        "test", Text("", ""), "received_at", length, unit, (), False, pauses_in=stages, extension=extension
    )


@dataclass(frozen=True)
class World:
    """One office, one start and some pauses, for both calculators."""

    calendar: Calendar
    office: SlowOffice
    start: datetime
    pauses: tuple[Pause, ...]

    @property
    def local_pauses(self) -> list[tuple[datetime, datetime | None]]:
        """The pauses as the clock on the wall shows them."""
        local = self.office.local
        return [(local(one.start), local(one.end) if one.end else None) for one in self.pauses]

    def slow(self, length: int, *, working: bool, pauses: bool = True) -> datetime | None:
        """The due instant by the second calculator."""
        taken = self.local_pauses if pauses else []
        answer = slow_days(self.office, self.start, length, taken, only_working_days=working)
        return answer.ends_at_utc.replace(tzinfo=UTC) if answer.ends_at_utc else None


@st.composite
def worlds(draw: st.DrawFn, days: int = 40) -> World:
    """Random offices: zone, week, days off (weekends included), a start at any minute, pauses of every shape."""
    zone, six = draw(st.sampled_from(ZONES)), draw(st.booleans())
    first = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 730)))
    marked = draw(st.integers(0, 2**days - 1)) & draw(st.integers(0, 2**days - 1))
    off = {first + timedelta(days=n) for n in range(days) if marked >> n & 1}
    midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    pauses = []
    for half_hour, minute, lasts in draw(PAUSED_TIMES):
        begin = midnight + timedelta(minutes=30 * (half_hour % (48 * days)) + minute)
        pauses.append(Pause(begin, None if lasts is None else begin + timedelta(minutes=lasts)))
    return World(
        Calendar(1, ZoneInfo(zone), SIX_DAYS if six else FIVE_DAYS, dict.fromkeys(off, CLOSED)),
        SlowOffice(OFFSETS[zone], {1, 2, 3, 4, 5, 6} if six else {1, 2, 3, 4, 5}, off),
        midnight + timedelta(minutes=draw(st.integers(0, 1439))),
        tuple(pauses),
    )


def steps_of(result: Count) -> list[tuple[date, str]]:
    """The days of a count with what it says of each, between start and due."""
    return [
        (one.on, one.kind.value) for one in result.steps if one.kind not in (StepKind.START, StepKind.DUE)
    ]


def check_against_slow(world: World, clock: ClockRule, length: int, *, extended: bool = False) -> None:
    """Hold due instant, due day and the reason of every single day to the second calculator."""
    working = clock.unit is Unit.WORKING_DAYS
    result = count(clock, world.start, world.calendar, world.pauses, extended=extended)
    pauses = world.local_pauses if clock.pauses_in else []
    slow = slow_days(world.office, world.start, length, pauses, only_working_days=working)
    assert result.due_on == slow.last
    assert result.due_at == (slow.ends_at_utc.replace(tzinfo=UTC) if slow.ends_at_utc else None)
    said = steps_of(result)
    assert [day for day, _ in said] == [one.day for one in slow.days]
    for (_, word), walked in zip(said, slow.days, strict=True):
        assert word in (walked.reasons or {"counted"})


@settings(max_examples=3_000, deadline=None, derandomize=True)
@given(worlds(), st.integers(1, 60))
def test_working_days_agree_with_the_second_calculator(world: World, length: int) -> None:
    check_against_slow(world, rule(length), length)


@settings(max_examples=1_500, deadline=None, derandomize=True)
@given(worlds(), st.integers(1, 60), st.booleans())
def test_calendar_days_agree_with_the_second_calculator(world: World, length: int, pauses: bool) -> None:
    check_against_slow(world, rule(length, Unit.CALENDAR_DAYS, pauses=pauses), length)


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(worlds(days=5), st.integers(1, 72))
def test_hours_agree_with_a_stop_watch(world: World, length: int) -> None:
    result = count(rule(length, Unit.HOURS), world.start, world.calendar, world.pauses)
    naive = [
        (p.start.replace(tzinfo=None), p.end.replace(tzinfo=None) if p.end else None) for p in world.pauses
    ]
    due = slow_hours(world.start, length, naive)
    assert result.due_at == (due.replace(tzinfo=UTC) if due else None)
    if due is not None:
        assert result.due_on == world.office.local(due - timedelta(minutes=1)).date()


@settings(max_examples=1_500, deadline=None, derandomize=True)
@given(worlds(), st.lists(st.sampled_from((5, 14, 60)), min_size=2, max_size=4))
def test_a_clock_that_is_anchored_anew_counts_from_the_receipt_whatever_came_before(
    world: World, classes: list[int]
) -> None:
    """Every reclassification counts from the receipt; the last one alone decides, and a longer one is never earlier."""
    dates = {
        length: count(rule(length), world.start, world.calendar, world.pauses).due_at for length in classes
    }
    assert dates[classes[-1]] == world.slow(classes[-1], working=True)
    known = [dates[length] for length in sorted(dates)]
    assert known == sorted(known, key=lambda at: at or datetime.max.replace(tzinfo=UTC))


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(worlds(), st.sampled_from(((10, 7, Unit.WORKING_DAYS), (14, 14, Unit.CALENDAR_DAYS))))
def test_the_second_term_of_the_law_is_counted_on_from_the_first(
    world: World, term: tuple[int, int, Unit]
) -> None:
    first, second, unit = term
    check_against_slow(world, rule(first, unit, extension=second), first + second, extended=True)
    check_against_slow(world, rule(first, unit, extension=second), first)


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(worlds(), st.integers(1, 30), st.integers(0, 40))
def test_a_day_off_that_is_added_moves_a_date_exactly_as_if_it_had_always_been_there(
    world: World, length: int, offset: int
) -> None:
    added = world.office.local(world.start).date() + timedelta(days=offset)
    changed = World(
        replace(world.calendar, days_off={**world.calendar.days_off, added: CLOSED}),
        replace(world.office, holidays={*world.office.holidays, added}),
        world.start,
        world.pauses,
    )
    before = count(rule(length), world.start, world.calendar, world.pauses).due_at
    after = count(rule(length), world.start, changed.calendar, world.pauses).due_at
    assert after == changed.slow(length, working=True)
    if before and after:
        assert after >= before


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(worlds(), st.integers(1, 12))
def test_shifting_by_working_days_there_and_back_agrees_with_the_second_calculator(
    world: World, days: int
) -> None:
    """The ladder of escalation counts on from the last day, and back by one."""
    start = world.calendar.local_day(world.start)
    there = world.calendar.shift(start, days)
    assert world.calendar.end_of(there) == world.slow(days, working=True, pauses=False)
    walked = [there - timedelta(days=n) for n in range(1, 100)]
    worked = [day for day in walked if world.office.works_on(day)]
    assert world.calendar.shift(there, -days) == worked[days - 1]


@pytest.fixture(scope="module")
def indonesia() -> Calendar:
    """The calendar of a new office in western Indonesia."""
    return seeded_calendar(JAKARTA, 2026)


def test_2026_has_261_weekdays_and_240_working_days(indonesia: Calendar) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    plain = SlowOffice(7, {1, 2, 3, 4, 5}, set())
    seeded = replace(plain, holidays=set(indonesia.days_off))
    assert plain.working_days_in(2026) == sum(day.weekday() < 5 for day in days) == 261
    assert seeded.working_days_in(2026) == sum(indonesia.is_working(day) for day in days) == 240


# The check values of the domain: working days from Monday 16 March 2026, over Nyepi and Idul Fitri.
CHECK_VALUES = [(5, date(2026, 3, 30)), (10, date(2026, 4, 7)), (60, date(2026, 6, 25))]


@pytest.mark.parametrize(("length", "expected"), CHECK_VALUES)
def test_the_check_values_of_the_domain(indonesia: Calendar, length: int, expected: date) -> None:
    result = count(rule(length), MONDAY, indonesia)
    slow = slow_days(
        SlowOffice(7, {1, 2, 3, 4, 5}, set(indonesia.days_off)), MONDAY, length, [], only_working_days=True
    )
    assert (result.due_on, slow.last) == (expected, expected)
    # Stored is the local midnight that ends the last day: 17.00 UTC in western Indonesia.
    assert result.due_at == datetime(expected.year, expected.month, expected.day, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour"), [("Asia/Jakarta", 17), ("Asia/Makassar", 16), ("Asia/Jayapura", 15)]
)
def test_the_due_instant_is_the_midnight_of_the_offices_own_zone(zone: str, hour: int) -> None:
    result = count(rule(1), MONDAY, Calendar(1, ZoneInfo(zone)))
    assert result.due_at == datetime(2026, 3, 17, hour, tzinfo=UTC)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in March 2026 in western Indonesia."""
    return datetime(2026, 3, day, hour, minute, tzinfo=JAKARTA).astimezone(UTC)


# (what, pauses, last day of three working days from Monday 2 March)
PAUSES = [
    ("none", [], date(2026, 3, 5)),
    ("an hour takes its whole day", [(local(3, 10), local(3, 11))], date(2026, 3, 6)),
    ("an hour over midnight takes both days", [(local(3, 23, 30), local(4, 0, 30))], date(2026, 3, 9)),
    ("to midnight sharp leaves the next day", [(local(3, 10), local(4, 0))], date(2026, 3, 6)),
    ("from midnight sharp takes that day", [(local(4, 0), local(4, 0, 1))], date(2026, 3, 6)),
    ("no time at all takes nothing", [(local(3, 10), local(3, 10))], date(2026, 3, 5)),
    ("on day 0 changes nothing", [(local(2, 10), local(2, 15))], date(2026, 3, 5)),
    (
        "twice on one day takes it once",
        [(local(3, 9), local(3, 10)), (local(3, 14), local(3, 15))],
        date(2026, 3, 6),
    ),
    (
        "overlapping takes each day once",
        [(local(3, 9), local(4, 9)), (local(4, 8), local(5, 8))],
        date(2026, 3, 10),
    ),
    ("over a weekend takes no working day", [(local(7, 0), local(8, 20))], date(2026, 3, 5)),
    ("after the end is too late", [(local(6, 9), local(13, 9))], date(2026, 3, 5)),
    ("open holds the date", [(local(4, 9), None)], None),
    ("open after the end holds nothing", [(local(6, 9), None)], date(2026, 3, 5)),
]


@pytest.mark.parametrize(("what", "pauses", "expected"), PAUSES, ids=[one[0] for one in PAUSES])
def test_a_day_touched_by_a_pause_is_not_counted(
    what: str, pauses: list[tuple[datetime, datetime | None]], expected: date | None
) -> None:
    result = count(rule(3), local(2, 9), Calendar(1, JAKARTA), [Pause(*one) for one in pauses])
    assert result.due_on == expected
    assert (result.due_at is None) == (expected is None)


def test_pauses_of_a_clock_that_never_pauses_are_ignored() -> None:
    open_pause = [Pause(local(3, 9), None)]
    never = count(rule(3, pauses=False), local(2, 9), Calendar(1, JAKARTA), open_pause)
    assert never.due_on == date(2026, 3, 5)


def test_calendar_days_end_on_a_holiday_when_they_must(indonesia: Calendar) -> None:
    # Fourteen days from Saturday 7 March end on Saturday 21 March 2026, Idul Fitri.
    result = count(rule(14, Unit.CALENDAR_DAYS), local(7, 9), indonesia)
    assert result.due_on == date(2026, 3, 21)
    assert indonesia.days_off[date(2026, 3, 21)].name.id


def test_hours_stand_still_once_while_two_pauses_overlap() -> None:
    pauses = [Pause(local(3, 0), local(3, 10)), Pause(local(3, 5), local(3, 12))]
    result = count(rule(72, Unit.HOURS), local(2, 9), Calendar(1, JAKARTA), pauses)
    assert result.due_at == local(5, 9) + timedelta(hours=12)


def test_working_days_beyond_the_calendar_are_refused_and_never_guessed() -> None:
    short = Calendar(3, JAKARTA, last=date(2026, 3, 10))
    with pytest.raises(CalendarGapError, match="version 3 does not cover 2026-03-11; add the year 2026"):
        count(rule(60), local(2, 9), short)


def test_calendar_days_need_no_calendar() -> None:
    short = Calendar(3, JAKARTA, last=date(2026, 3, 10))
    assert count(rule(30, Unit.CALENDAR_DAYS), local(2, 9), short).due_on == date(2026, 4, 1)


def test_an_open_pause_needs_no_calendar_beyond_it() -> None:
    short = Calendar(3, JAKARTA, last=date(2026, 3, 10))
    result = count(rule(60), local(2, 9), short, [Pause(local(10, 9), None)])
    assert result.due_at is None


def test_every_reason_of_a_day_is_told_by_the_second_calculator() -> None:
    """The second calculator itself: a pause of no length touches nothing, an open one every later day."""
    noon = datetime.combine(date(2026, 3, 3), time(12))
    assert touched(date(2026, 3, 3), [(noon, noon)]) is None
    assert touched(date(2026, 3, 4), [(noon, None)]) == "waiting"
    assert touched(date(2026, 3, 2), [(noon, None)]) is None
