"""Every due date explains itself: each day in one plain sentence, the whole in one for the complainant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from cases.deadlines.calendar import SIX_DAYS, Calendar, DayOff, DayOffKind
from cases.deadlines.counting import Pause, StepKind, count
from cases.deadlines.explain import Explanation, explain
from cases.deadlines.explained import ExplainedDeadline, explain_case
from cases.deadlines.holiday_seed import seeded_calendar
from cases.errors import NotFoundError
from cases.model import PUBLIC
from cases.reference import shipped_ruleset
from cases.rules.model import Ruleset
from engine.model import Text
from storage.tables import Case, CasePause, Deadline, ReadLogEntry
from support.office import Desk, actor_named
from support.policy_world import counted
from tuntas.config import ROOT

JAKARTA = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
"""Monday 16 March 2026, 09.00 in western Indonesia."""


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    """The ruleset that ships."""
    return shipped_ruleset(Path(ROOT) / "reference")


@pytest.fixture(scope="module")
def indonesia() -> Calendar:
    """The calendar of a new office in western Indonesia."""
    return seeded_calendar(JAKARTA, 2026)


def local(day: int, hour: int = 0) -> datetime:
    """A time in March 2026 in western Indonesia."""
    return datetime(2026, 3, day, hour, tzinfo=JAKARTA).astimezone(UTC)


def explained(
    rules: Ruleset, calendar: Calendar, clock: str, *pauses: Pause, extended: bool = False
) -> Explanation:
    """The clock from Monday 16 March 2026, in words."""
    rule = rules.clocks[clock]
    counted = count(rule, MONDAY, calendar, pauses, extended=extended)
    stages = {"awaiting_referral": Text("Menunggu instansi lain", "Awaiting another body")}
    return explain(rule, counted, calendar, rules, pauses=pauses, extended=extended, stages=stages)


def test_each_day_of_five_working_days_says_why_it_counts_or_not(rules: Ruleset, indonesia: Calendar) -> None:
    found = explained(rules, indonesia, "first_response")
    assert [step.text.id for step in found.steps] == [
        "Senin 16 Maret 2026 pukul 09.00 WIB: pengaduan didisposisikan ke unit; hari ini hari ke-0, penghitungan "
        "mulai pada hari berikutnya",
        "Selasa 17 Maret 2026: hari kerja ke-1",
        "Rabu 18 Maret 2026: Cuti Bersama Hari Suci Nyepi, tidak dihitung",
        "Kamis 19 Maret 2026: Hari Suci Nyepi, tidak dihitung",
        "Jumat 20 Maret 2026: Cuti Bersama Hari Raya Idul Fitri, tidak dihitung",
        "Sabtu 21 Maret 2026: akhir pekan, tidak dihitung",
        "Minggu 22 Maret 2026: akhir pekan, tidak dihitung",
        "Senin 23 Maret 2026: Cuti Bersama Hari Raya Idul Fitri, tidak dihitung",
        "Selasa 24 Maret 2026: Cuti Bersama Hari Raya Idul Fitri, tidak dihitung",
        "Rabu 25 Maret 2026: hari kerja ke-2",
        "Kamis 26 Maret 2026: hari kerja ke-3",
        "Jumat 27 Maret 2026: hari kerja ke-4",
        "Sabtu 28 Maret 2026: akhir pekan, tidak dihitung",
        "Minggu 29 Maret 2026: akhir pekan, tidak dihitung",
        "Senin 30 Maret 2026: hari kerja ke-5",
        "Senin 30 Maret 2026: hari terakhir, batas waktu berakhir pukul 24.00 WIB",
    ]
    assert found.steps[3].text.en == "Thursday 19 March 2026: Day of Silence, not counted"


def test_an_explanation_names_rule_ruleset_and_calendar(rules: Ruleset, indonesia: Calendar) -> None:
    found = explained(rules, indonesia, "first_response")
    assert found.rule == Text(
        "5 hari kerja sejak pengaduan didisposisikan ke unit",
        "5 working days after the complaint was passed to the unit",
    )
    assert (found.ruleset, found.ruleset_version, found.calendar_version) == ("sp4n-2018", 1, 1)
    assert (found.law, found.mark) == (False, "SRC; pause INFER")


# (clock, pauses, extended, what the complainant reads)
SUMMARIES = [
    (
        "first_response",
        (),
        False,
        "Paling lambat Senin 30 Maret 2026: 5 hari kerja sejak pengaduan didisposisikan ke unit, tidak termasuk akhir "
        "pekan dan 5 hari libur.",
    ),
    (
        "first_response",
        (Pause(local(25, 9), local(25, 10)),),
        False,
        "Paling lambat Selasa 31 Maret 2026: 5 hari kerja sejak pengaduan didisposisikan ke unit, tidak termasuk akhir "
        "pekan, 5 hari libur dan 1 hari jeda.",
    ),
    (
        "first_response",
        (Pause(local(25, 9), None),),
        False,
        "Dijeda sejak Rabu 25 Maret 2026. Batas waktunya (5 hari kerja sejak pengaduan didisposisikan ke unit) "
        "dihitung lagi setelah jeda berakhir.",
    ),
    (
        "first_answer_law",
        (),
        False,
        "Paling lambat Senin 30 Maret 2026: 14 hari kalender sejak pengaduan diterima, akhir pekan dan hari libur ikut "
        "dihitung.",
    ),
    (
        "data_subject",
        (),
        False,
        "Paling lambat Kamis 19 Maret 2026 pukul 09.00 WIB: 72 jam sejak permintaan diterima.",
    ),
    (
        "information_law",
        (),
        True,
        "Paling lambat Kamis 16 April 2026: 17 hari kerja sejak pengaduan diterima, tidak termasuk akhir pekan dan 6 "
        "hari libur.",
    ),
]


@pytest.mark.parametrize(("clock", "expected"), [(clock, tuple(rest)) for clock, *rest in SUMMARIES])
def test_the_whole_is_one_plain_sentence(
    rules: Ruleset,
    indonesia: Calendar,
    clock: str,
    expected: tuple[tuple[Pause, ...], bool, str],
) -> None:
    pauses, extended, sentence = expected
    found = explained(rules, indonesia, clock, *pauses, extended=extended)
    assert found.summary.id == sentence
    assert found.summary.en
    assert "{" not in found.summary.en


def test_a_paused_day_names_the_stage_and_an_open_pause_says_since_when(
    rules: Ruleset, indonesia: Calendar
) -> None:
    ended = explained(
        rules, indonesia, "first_response", Pause(local(25, 9), local(25, 10), "awaiting_referral")
    )
    held = next(step for step in ended.steps if step.kind is StepKind.PAUSED)
    assert held.text.id == "Rabu 25 Maret 2026: dijeda (menunggu instansi lain), tidak dihitung"
    lasting = explained(rules, indonesia, "first_response", Pause(local(25, 9), None, "awaiting_referral"))
    assert (lasting.due_on, lasting.due_at, lasting.paused_since) == (None, None, local(25, 9))
    assert lasting.steps[-1].text.en == (
        "From Wednesday 25 March 2026: paused (awaiting another body), and nobody knows yet for how long; the rest is "
        "counted when the pause ends"
    )


def test_pauses_of_a_clock_that_never_pauses_are_named_as_ignored(
    rules: Ruleset, indonesia: Calendar
) -> None:
    found = explained(rules, indonesia, "first_answer_law", Pause(local(25), None))
    assert (found.due_on, found.ignored_pauses, found.paused_since) == (date(2026, 3, 30), True, None)


def test_long_runs_are_folded_without_losing_a_step(rules: Ruleset, indonesia: Calendar) -> None:
    pause = Pause(local(26), datetime(2026, 4, 2, 17, tzinfo=UTC), "awaiting_referral")
    found = explained(rules, indonesia, "final_oversight", pause)
    parts = found.parts
    assert [step for part in parts for step in part.steps] == list(found.steps)
    assert len(parts) < len(found.steps) / 2
    folded = [part.text.id for part in parts if part.folded]
    assert folded[0] == (
        "Kamis 26 Maret sampai Kamis 2 April 2026: 6 hari dijeda (menunggu instansi lain); 2 hari akhir pekan dilewati"
    )
    assert any("hari ke-3 sampai ke-" in text for text in folded)


def test_a_day_on_which_the_office_never_works_is_not_called_a_weekend(rules: Ruleset) -> None:
    calendar = Calendar(4, JAKARTA, frozenset({0, 1, 2, 3, 5}), {})
    found = explained(rules, calendar, "first_response")
    friday = next(step for step in found.steps if step.on == date(2026, 3, 20))
    assert friday.text.id == "Jumat 20 Maret 2026: kantor tidak bekerja pada hari Jumat, tidak dihitung"


def test_a_six_day_week_counts_saturdays(rules: Ruleset) -> None:
    off = DayOff(Text("Hari jadi", "Anniversary"), DayOffKind.LOCAL)
    calendar = Calendar(2, JAKARTA, SIX_DAYS, {date(2026, 3, 18): off})
    found = explained(rules, calendar, "first_response")
    assert (found.due_on, found.calendar_version) == (date(2026, 3, 23), 2)
    assert found.summary.id.endswith("tidak termasuk akhir pekan dan 1 hari libur.")


@pytest.mark.parametrize("clock", sorted(shipped_ruleset(Path(ROOT) / "reference").clocks))
def test_every_clock_of_the_ruleset_can_be_explained_in_both_languages(
    rules: Ruleset, indonesia: Calendar, clock: str
) -> None:
    found = explained(rules, indonesia, clock)
    assert found.due_on is not None
    for text in (found.rule, found.summary, *(step.text for step in found.steps)):
        assert text.id != text.en
        assert "_" not in text.id + text.en


# From here on: the clocks of stored cases.


def dates(desk: Desk, case_id: str, username: str = "admin.instansi") -> dict[str, ExplainedDeadline]:
    """The explained clocks of a case, as an officer sees them."""
    env, by = desk.office.env, actor_named(desk.office, username)
    found = desk.office.work.read(lambda session: explain_case(session, env, case_id, by=by))
    return {one.deadline.clock: one for one in found}


def change_deadline(desk: Desk, case_id: str, clock: str, /, **values: object) -> None:
    """Change what is stored of a deadline behind the product's back."""
    where = (Deadline.case_id == case_id, Deadline.clock == clock)
    desk.office.work.write(lambda session: session.execute(update(Deadline).where(*where).values(**values)))


def test_every_clock_of_a_new_case_leads_to_the_stored_date(desk: Desk) -> None:
    case = desk.register()
    found = dates(desk, case.id)
    assert {"verification", "first_answer_law", "final_ordinary"} <= set(found)
    for one in found.values():
        assert one.agrees, one.remark
        assert one.explanation is not None
        assert one.explanation.due_at == one.deadline.due_at


def test_the_clock_that_is_due_first_is_the_deadline_of_the_case(desk: Desk) -> None:
    case = desk.register()
    first = [one.deadline for one in dates(desk, case.id).values() if one.first]
    assert [one.due_at for one in first] == [desk.case(case.id).due_at]
    assert first[0].clock == desk.case(case.id).due_clock == "verification"


def test_dates_stay_explained_through_verification_disposition_and_answer(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    found = dates(desk, case.id)
    assert found["verification"].deadline.stopped_at is not None
    assert [one.remark for one in found.values()] == [None] * len(found)
    running = [one.deadline.clock for one in found.values() if one.deadline.stopped_at is None]
    assert list(found)[: len(running)] == running


def test_a_stored_date_that_differs_is_admitted(desk: Desk) -> None:
    case = desk.register()
    wrong = datetime(2026, 3, 19, 17, tzinfo=UTC)
    change_deadline(desk, case.id, "verification", due_at=wrong)
    found = dates(desk, case.id)["verification"]
    assert not found.agrees
    assert found.remark is not None
    assert found.remark.id.startswith(
        "Tanggal yang tersimpan (Jumat 20 Maret 2026 pukul 00.00 WIB) berbeda dari"
    )


def test_a_clock_that_the_rules_do_not_know_is_admitted(desk: Desk) -> None:
    case = desk.register()
    change_deadline(desk, case.id, "verification", clock="vanished")
    found = dates(desk, case.id)["vanished"]
    assert (found.explanation, found.agrees) == (None, False)


def test_a_date_beyond_the_calendar_says_which_year_is_missing(desk: Desk) -> None:
    case = desk.register()
    change_deadline(desk, case.id, "verification", started_at=datetime(2031, 3, 3, tzinfo=UTC))
    remark = dates(desk, case.id)["verification"].remark
    assert remark is not None
    assert "Administrator perlu menambahkan tahun 2031" in remark.id


def test_a_clock_that_stopped_during_a_pause_is_explained_as_it_was_then(desk: Desk) -> None:
    case = desk.register()
    now = desk.clock.now()
    pause = CasePause(
        id=desk.office.env.new_id(),
        case_id=case.id,
        stage="awaiting_completion",
        started_at=now + timedelta(hours=1),
        ended_at=now + timedelta(days=4),
    )
    desk.office.work.write(lambda session: session.add(pause))
    change_deadline(desk, case.id, "verification", due_at=None, stopped_at=now + timedelta(days=2))
    found = dates(desk, case.id)["verification"]
    assert found.agrees
    assert found.explanation is not None
    assert found.explanation.paused_since == now + timedelta(hours=1)
    # A pause after the stop is none of this clock's.
    change_deadline(
        desk,
        case.id,
        "verification",
        stopped_at=now + timedelta(minutes=30),
        due_at=datetime(2026, 3, 5, 17, tzinfo=UTC),
    )
    assert dates(desk, case.id)["verification"].agrees


def test_the_dates_of_somebody_elses_case_are_not_found(desk: Desk) -> None:
    case = desk.register()
    env = desk.office.env
    with pytest.raises(NotFoundError):
        desk.office.work.read(lambda session: explain_case(session, env, case.id, by=PUBLIC))
    with pytest.raises(NotFoundError):
        dates(desk, case.id, "administrator")


def test_reading_the_dates_of_an_oversight_case_is_noted(desk: Desk) -> None:
    case = desk.register()
    change = update(Case).where(Case.id == case.id).values(case_class="oversight", sensitivity="oversight")
    desk.office.work.write(lambda session: session.execute(change))
    with pytest.raises(NotFoundError):
        dates(desk, case.id, "pelaksana.pupr")
    assert dates(desk, case.id, "inspektorat")
    query = select(ReadLogEntry.what).where(ReadLogEntry.case_id == case.id)
    assert desk.office.work.read(lambda session: session.scalars(query).all()) == ["deadlines"]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_explaining_costs_three_statements_however_many_clocks_and_pauses_there_are(desk: Desk) -> None:
    case = desk.register()
    dates(desk, case.id)  # This process has met ruleset and calendar now.
    for after in range(20):
        at = desk.clock.now() - timedelta(days=400 - after)
        pause = CasePause(
            id=desk.office.env.new_id(),
            case_id=case.id,
            stage="awaiting_completion",
            started_at=at,
            ended_at=at,
        )
        desk.office.work.write(lambda session, row=pause: session.add(row))
    env, by = desk.office.env, actor_named(desk.office, "admin.instansi")
    with counted(desk.office.work.engine) as seen:
        desk.office.work.read(lambda session: explain_case(session, env, case.id, by=by))
    assert len([one for one in seen if one.lstrip().upper().startswith("SELECT")]) == 3
