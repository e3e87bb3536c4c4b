"""A complainant's message that failed: kept, protected from the clock, sent again in their name by an administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from cases.complainants import get_status_page
from cases.errors import NotWaitingForItError, ProcessIncidentError, RefusedByRuleError
from cases.history import verify_history
from cases.incidents.asked import Act, Change, Mending
from cases.incidents.mending import mend_case, mend_incident
from cases.incidents.reading import IncidentDetail, IncidentView, get_incident, list_incidents
from cases.messages import send_message
from cases.model import StatusPage
from storage.tables import CaseText, HistoryEntry, Incident, Subscription
from support.clocks import at, dues, end_of, pauses, rows
from support.office import Desk, actor_named
from support.own_process import UNHEARD, deploy_drawn, start_beside

ADMIN, WORDS = "administrator", "Lubangnya masih ada di depan rumah Budi."
SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def unheard(desk: Desk, *, answered: bool = False) -> str:
    """A case in which the complainant replied, and the process failed."""
    deploy_drawn(desk.office, UNHEARD)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "unheard")
    if answered:
        desk.accept(case_id)
        desk.dispose_and_answer(case_id)
        desk.pass_time(at("2026-03-16", 20))
        # The round waits for a reply as well; the one that fails is to get it.
        other = delete(Subscription).where(Subscription.message == "reply", Subscription.element_id != "hear")
        desk.office.work.write(lambda session: session.execute(other))
    with pytest.raises(ProcessIncidentError) as refused:
        desk.say(case_id, "reply", message=WORDS)
    assert "disimpan" in refused.value.text.id
    return case_id


def incidents(desk: Desk, state: str = "open") -> tuple[IncidentView, ...]:
    """What the administrator sees."""
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    return desk.office.work.read(lambda session: list_incidents(session, env, by=by, state=state)).items


def detail(desk: Desk) -> IncidentDetail:
    """The newest incident, as the administrator reads it."""
    (incident, *_), by, env = incidents(desk), actor_named(desk.office, ADMIN), desk.office.env
    return desk.office.work.read(lambda session: get_incident(session, env, incident.id, by=by))


def mend(desk: Desk, act: Act = Act.RETRY, *, dry_run: bool = False, **asked: Any) -> Change:
    """The administrator acts on the newest incident."""
    (incident, *_), by, env = incidents(desk), actor_named(desk.office, ADMIN), desk.office.env
    wanted = Mending(act, "Sudah diperbaiki.", **asked)
    return desk.office.work.write(
        lambda session: mend_incident(session, env, incident.id, wanted, by=by, dry_run=dry_run)
    )


def page(desk: Desk, case_id: str) -> StatusPage:
    """What the complainant sees."""
    by, env, (reference, _) = desk.complainant(case_id), desk.office.env, desk.secrets[case_id]
    return desk.office.work.read(lambda session: get_status_page(session, env, reference, by=by))


def messages(desk: Desk, case_id: str) -> list[str]:
    """The texts that the complainant wrote."""
    return [row.text for row in rows(desk, CaseText, case_id, author_kind="complainant")]


def test_a_reply_that_failed_is_sent_again_in_the_complainants_name_and_history_says_who_retried(
    desk: Desk,
) -> None:
    case_id = unheard(desk)
    seen, written = detail(desk), desk.clock.now()
    assert (seen.message, seen.submitted, seen.submitted_by) == ("reply", {"message": "***"}, None)
    assert (messages(desk, case_id), page(desk, case_id).unheard_since) == ([], written)
    assert "ready" in (mend(desk, dry_run=True).fails or "")
    desk.clock.set(at("2026-03-04"))
    mend(desk, Act.SET_DATA, values={"ready": 1})
    rehearsed = mend(desk, dry_run=True)
    assert [(one.kind, one.element_id) for one in rehearsed.opened] == [("task", "look")]
    done = mend(desk)
    assert (done.history, done.overtaken) == (rehearsed.history, None)
    assert desk.task(case_id, "look")
    assert messages(desk, case_id) == [WORDS]
    (entry,) = rows(desk, HistoryEntry, case_id, tag="case:message:received")
    admin = actor_named(desk.office, ADMIN)
    assert entry.actor_kind == "complainant"
    assert entry.data["retried_by"] == {"user": admin.id, "name": admin.name}
    assert entry.data["entered_at"] == written.isoformat()
    (retried,) = rows(desk, HistoryEntry, case_id, tag="case:incident:retried")
    assert retried.actor_id == admin.id
    assert [(row.data, row.submitted) for row in rows(desk, Incident, case_id)] == [(None, None)]
    assert (incidents(desk), page(desk, case_id).unheard_since) == ((), None)
    assert desk.office.work.read(lambda session: verify_history(session, case_id)) == len(desk.tags(case_id))


def test_no_silence_ends_a_case_whose_complainant_answered_in_vain(desk: Desk) -> None:
    case_id = unheard(desk, answered=True)
    assert dues(desk, case_id) == {"auto_close": end_of("2026-03-16")}
    desk.pass_time(at("2026-03-18", 10))
    assert desk.case(case_id).stage == "responded"
    mend(desk, Act.DISMISS)
    # The complainant wrote on the 16th: that day is theirs again, on the first working day after the dismissal.
    assert pauses(desk, case_id) == [("suspended", at("2026-03-16", 20), at("2026-03-18", 10))]
    (due,) = dues(desk, case_id).values()
    assert due is not None
    assert due > at("2026-03-19")
    desk.pass_time(due)
    assert desk.case(case_id).outcome == "auto_closed"


@SQLITE
def test_a_message_from_before_the_answer_holds_no_clock_that_began_after_it(desk: Desk) -> None:
    case_id = unheard(desk)
    desk.accept(case_id)
    desk.clock.advance(timedelta(hours=1))
    desk.dispose_and_answer(case_id)
    desk.pass_time(end_of("2026-03-16"))
    assert desk.case(case_id).outcome == "auto_closed"


@SQLITE
def test_a_message_for_which_nothing_waits_any_more_is_kept_with_the_case(desk: Desk) -> None:
    case_id = unheard(desk)
    by, env = actor_named(desk.office, ADMIN), desk.office.env
    mend(desk, Act.MOVE, to="right")
    assert len(incidents(desk)) == 1
    closing = Mending(Act.TERMINATE, "Selesai.", outcome_reason="unclear")
    desk.office.work.write(lambda session: mend_case(session, env, case_id, closing, by=by))
    with pytest.raises(NotWaitingForItError):
        desk.say(case_id, "reply", message=WORDS)
    assert mend(desk, dry_run=True).overtaken == "written"
    assert messages(desk, case_id) == []
    assert mend(desk).overtaken == "written"
    assert (messages(desk, case_id), incidents(desk)) == ([WORDS], ())
    assert incidents(desk, "resolved")[0].resolution == "retry"


@SQLITE
def test_the_last_of_two_messages_that_failed_counts(desk: Desk) -> None:
    case_id = unheard(desk)
    with pytest.raises(ProcessIncidentError):
        desk.say(case_id, "reply", message="Sudah ditambal sebagian.")
    assert [one.resolution for one in incidents(desk, "all")] == [None, "repeated"]
    mend(desk, Act.SET_DATA, values={"ready": 1})
    mend(desk)
    assert messages(desk, case_id) == ["Sudah ditambal sebagian."]


@SQLITE
def test_a_message_waits_while_the_case_is_suspended(desk: Desk) -> None:
    unheard(desk)
    mend(desk, Act.SUSPEND)
    with pytest.raises(RefusedByRuleError, match="suspended"):
        mend(desk)
    assert len(incidents(desk)) == 1


@SQLITE
def test_an_officers_message_that_failed_is_sent_again_in_the_officers_name(desk: Desk) -> None:
    deploy_drawn(desk.office, UNHEARD)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "unheard")
    officer, env = actor_named(desk.office, "admin.instansi"), desk.office.env
    with pytest.raises(ProcessIncidentError):
        desk.office.work.write(
            lambda session: send_message(session, env, case_id, "reply", {"message": WORDS}, by=officer)
        )
    assert (detail(desk).submitted_by, page(desk, case_id).unheard_since) == (officer.name, None)
    mend(desk, Act.SET_DATA, values={"ready": 1})
    mend(desk)
    (entry,) = rows(desk, HistoryEntry, case_id, tag="case:message:received")
    assert entry.actor_id == officer.id
