"""The handlers that diagrams may call: what each does to the case, and that it happens once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cases.handlers import HANDLERS
from cases.reports.schedule import OFFICE_HANDLERS
from engine.vocabulary import vocabulary
from storage.tables import CaseText, DuplicateCandidate, Escalation, Notice
from support.office import Desk
from support.own_process import deploy_drawn, start_beside
from support.paths import drafted

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

TWICE = """twice
start begin
service first handler=escalate "argument.clock='verification'" "argument.level=2"
service second handler=escalate "argument.clock='verification'" "argument.level=2"
service third handler=escalate "argument.clock='verification'" "argument.level=1"
user ask formKey=twice/note
end done
begin -> first -> second -> third -> ask -> done"""


def rows(desk: Desk, table: Any, case_id: str) -> list[Any]:
    """Rows of the case."""
    query = select(table).filter_by(case_id=case_id)
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def test_every_effect_of_the_vocabulary_is_carried_out_by_a_handler() -> None:
    effects = {name for name, handler in vocabulary().handlers.items() if handler.mode.value == "effect"}
    assert {*HANDLERS, *OFFICE_HANDLERS} == effects


def test_an_escalation_is_raised_once_for_a_clock_a_round_and_a_level(desk: Desk) -> None:
    case = desk.register()
    deploy_drawn(desk.office, TWICE)
    start_beside(desk.office, case.id, "twice")
    assert sorted(row.level for row in rows(desk, Escalation, case.id)) == [1, 2]
    assert desk.case(case.id).escalation_level == 2
    assert desk.tags(case.id).count("case:escalation:raised") == 2


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "marked"),
    [("NIK saya 3201234567890123.", True), ("Telepon 0812 3456 7890.", False), ("Tidak ada nomor.", False)],
)
def test_a_text_with_an_identity_number_is_marked(desk: Desk, text: str, marked: bool) -> None:
    case = desk.register(text=text)
    assert desk.case(case.id).holds_identity_number is marked
    assert ("case:identity-number:found" in desk.tags(case.id)) is marked


def test_likely_duplicates_are_offered_and_nothing_is_forced(desk: Desk) -> None:
    place = {"category": "pekerjaan_umum_jalan_berlubang", "place": "Jalan Melati"}
    first = desk.register(title="Lubang besar", **place)
    same_title = desk.register(title="LUBANG BESAR")
    same_place = desk.register(title="Jalan rusak", **{**place, "place": "jalan melati"})
    stranger = desk.register(title="Lampu padam")
    assert [(row.other_id, row.reason) for row in rows(desk, DuplicateCandidate, same_title.id)] == [
        (first.id, "same_title")
    ]
    assert [(row.other_id, row.reason) for row in rows(desk, DuplicateCandidate, same_place.id)] == [
        (first.id, "same_category_and_place")
    ]
    assert rows(desk, DuplicateCandidate, stranger.id) == []
    assert desk.case(same_title.id).stage == "verification"


@ON_SQLITE
def test_a_case_of_oversight_is_never_offered_as_a_duplicate(desk: Desk) -> None:
    from cases.model import CaseClass

    desk.register(title="Pungutan liar", case_class=CaseClass.OVERSIGHT)
    again = desk.register(title="Pungutan liar")
    assert rows(desk, DuplicateCandidate, again.id) == []


@ON_SQLITE
def test_only_cases_of_the_same_weeks_are_offered_as_duplicates(desk: Desk) -> None:
    desk.register(title="Lampu padam", received_at=desk.clock.now() - timedelta(days=31))
    near = desk.register(title="Lampu padam", received_at=desk.clock.now() - timedelta(days=29))
    again = desk.register(title="Lampu padam")
    assert [row.other_id for row in rows(desk, DuplicateCandidate, again.id)] == [near.id]


def test_an_approved_answer_becomes_public_and_a_draft_is_not(desk: Desk) -> None:
    case_id = drafted(desk)

    def response() -> Any:
        (found,) = [row for row in rows(desk, CaseText, case_id) if row.kind == "response"]
        return found

    assert (response().visibility, response().published_at) == ("draft", None)
    desk.complete(case_id, "approve_response", "atasan.pupr", decision="approve")
    assert (response().visibility, response().published_at) == ("public", desk.clock.now())
    assert desk.case(case_id).responded_at == desk.clock.now()


@ON_SQLITE
def test_the_complainant_is_told_of_every_turn_without_the_content(desk: Desk) -> None:
    case = desk.register(title="Judul rahasia")
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.pass_time(desk.clock.now() + timedelta(days=20))
    notices = rows(desk, Notice, case.id)
    assert "response_published" in [notice.template for notice in notices]
    assert {notice.template for notice in notices} <= set(desk.office.env.reference.notices)
    assert "rahasia" not in str([notice.values for notice in notices])


@ON_SQLITE
def test_rounds_and_returns_are_counted(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.say(case.id, "not_satisfied", message="Belum selesai.")
    assert (desk.case(case.id).round, desk.case(case.id).returns) == (2, 0)
