"""20. Restart with 1,000 due timers: each fires exactly once."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from storage.tables import Case, HistoryEntry, Timer
from support.crowd import complete_everywhere, many_complaints
from support.story import Story, local
from tuntas.worker import Worker

ASKED = "Mohon sebutkan lokasinya."


def test_story_20_a_thousand_timers_that_fell_due_during_an_outage_fire_once_each(story: Story) -> None:
    # Given a thousand complaints for which details were asked on Monday 2 March.
    office, clock = story.office, story.clock
    ids = many_complaints(office, 1_000)
    complete_everywhere(
        office, ids, "verify_complaint", "admin.instansi", decision="ask_completion", completion_request=ASKED
    )
    # When the worker was down until all their thirty days were over.
    clock.set(local("2026-04-10 08:00"))
    waiting = select(func.count()).select_from(Timer).where(Timer.due_at <= clock.now())
    assert office.work.read(lambda session: session.scalar(waiting)) == 1_000
    # And two workers start, of which one stops in the middle and starts again.
    first = Worker(office, prints=False)
    for _ in range(120):
        first.run_once()
    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(Worker(office, prints=False).run_until_idle) for _ in range(2)]:
            done.result()
    # Then each timer fired exactly once, and every case is closed as withdrawn.
    fired = select(HistoryEntry.case_id, func.count()).where(HistoryEntry.tag == "case:timer:fired")
    counts = office.work.read(
        lambda session: [row[1] for row in session.execute(fired.group_by(HistoryEntry.case_id))]
    )
    assert counts == [1] * 1_000
    outcomes = select(Case.outcome, func.count()).group_by(Case.outcome)
    found = office.work.read(lambda session: [tuple(row) for row in session.execute(outcomes)])
    assert found == [("withdrawn", 1_000)]
