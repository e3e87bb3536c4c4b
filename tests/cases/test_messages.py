"""Messages reach the activity that waits for them, from those who may send them, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from cases.errors import NotFoundError, NotWaitingForItError
from cases.forms import FormInvalidError
from cases.messages import send_message
from cases.model import PUBLIC, SYSTEM, CaseSummary
from storage.tables import CaseText, Subscription
from support.office import Desk, actor_named
from support.own_process import at_once
from tuntas.unit_of_work import UnitOfWork

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


@pytest.fixture
def answered(desk: Desk) -> str:
    """Return a case whose answer waits for the complainant's word."""
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    return case.id


def send(work: UnitOfWork, desk: Desk, case_id: str, name: str, by: Any, **raw: Any) -> CaseSummary:
    """Send a message."""
    return work.write(lambda session: send_message(session, desk.office.env, case_id, name, raw, by=by))


def test_two_confirmations_at_once_close_the_case_once(desk: Desk, answered: str) -> None:
    by = desk.complainant(answered)
    act = partial(send, desk=desk, case_id=answered, name="confirm", by=by)
    outcomes = at_once(desk.office, act, act)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CaseSummary", "NotWaitingForItError"]
    assert desk.tags(answered).count("case:case:closed") == 1


def test_satisfied_and_not_satisfied_at_once_is_one_or_the_other(desk: Desk, answered: str) -> None:
    by = desk.complainant(answered)
    acts = [partial(send, desk=desk, case_id=answered, by=by, name=name, **raw) for name, raw in (
        ("confirm", {}), ("not_satisfied", {"message": "Belum selesai."})
    )]  # fmt: skip
    outcomes = at_once(desk.office, *acts)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CaseSummary", "NotWaitingForItError"]
    assert desk.tags(answered).count("case:message:received") == 1


def test_a_message_goes_to_the_case_that_it_is_about(desk: Desk, answered: str) -> None:
    other = desk.register(title="Kasus lain")
    desk.say(answered, "confirm")
    assert desk.case(answered).stage == "closed"
    assert desk.case(other.id).stage == "verification"


@ON_SQLITE
@pytest.mark.parametrize("name", ["confirm", "completion", "not_satisfied"])
def test_a_message_that_nobody_waits_for_is_refused_and_leaves_no_trace(desk: Desk, name: str) -> None:
    case = desk.register()
    before = desk.tags(case.id)
    with pytest.raises(NotWaitingForItError):
        desk.say(case.id, name, message="Halo.")
    assert desk.tags(case.id) == before


@ON_SQLITE
def test_a_complainant_cannot_send_a_message_about_somebody_elses_case(desk: Desk, answered: str) -> None:
    stranger = desk.complainant(desk.register(title="Kasus lain").id)
    for by in (stranger, PUBLIC):
        with pytest.raises(NotFoundError):
            send(desk.office.work, desk, answered, "confirm", by)


@ON_SQLITE
@pytest.mark.parametrize(
    "name", ["referral_accepted", "follow_up_finished", "case_opened", "no_such_message"]
)
def test_a_complainant_cannot_send_what_is_the_offices_to_say(desk: Desk, answered: str, name: str) -> None:
    with pytest.raises(NotFoundError):
        send(desk.office.work, desk, answered, name, desk.complainant(answered))


@ON_SQLITE
def test_an_officer_cannot_send_what_only_the_process_says(desk: Desk, answered: str) -> None:
    by = actor_named(desk.office, "admin.instansi")
    for name in ("follow_up_finished", "merge_parent_closed"):
        with pytest.raises(NotFoundError):
            send(desk.office.work, desk, answered, name, by)


@ON_SQLITE
def test_wrong_values_of_a_message_are_refused_by_field(desk: Desk, answered: str) -> None:
    with pytest.raises(FormInvalidError) as refused:
        desk.say(answered, "confirm", rating=9)
    assert set(refused.value.errors) == {"rating"}


@ON_SQLITE
def test_the_words_of_a_message_are_kept_on_the_case_and_not_in_history(desk: Desk, answered: str) -> None:
    desk.say(answered, "not_satisfied", message="Lubangnya masih ada di sana.")
    texts = desk.office.work.read(lambda session: session.scalars(select(CaseText.text)).all())
    assert "Lubangnya masih ada di sana." in texts
    entries = desk.office.work.read(lambda session: [row.data for row in session.execute(_history(answered))])
    assert "Lubangnya" not in str(entries)


@ON_SQLITE
def test_nothing_waits_for_messages_of_a_closed_case(desk: Desk, answered: str) -> None:
    desk.pass_time(desk.clock.now() + timedelta(days=20))
    rows = desk.office.work.read(lambda session: session.scalars(select(Subscription.message)).all())
    assert list(rows) == []
    with pytest.raises(NotWaitingForItError):
        send(desk.office.work, desk, answered, "withdraw", SYSTEM)


def _history(case_id: str) -> Any:
    from storage.tables import HistoryEntry

    return select(HistoryEntry.data).where(HistoryEntry.case_id == case_id)
