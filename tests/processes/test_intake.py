"""Intake: every channel's way in, and what happens to a complaint before its case is opened."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from cases.errors import RefusedByRuleError
from cases.model import Channel, Priority
from storage.tables import CaseText, DuplicateCandidate, HistoryEntry
from support.beside import told
from support.coverage import covers
from support.office import Desk
from support.own_process import deploy_drawn
from support.paths import instances, waiting_tasks
from tuntas.config import ROOT

pytestmark = pytest.mark.xdist_group("intake")

CHANNELS = {
    "complaint_submitted": ("web", "mobile_app", "whatsapp", "email", "sms", "social_media"),
    "complaint_recorded": ("front_desk", "letter", "telephone"),
    "complaint_imported": ("lapor", "open311", "csv_import"),
}
EACH = [(channel, start) for start, channels in CHANNELS.items() for channel in channels]


def starts_of(desk: Desk, case_id: str) -> set[str | None]:
    """The start events that the history of the intake tells of."""
    query = select(HistoryEntry.element_id).where(
        HistoryEntry.case_id == case_id,
        HistoryEntry.process_id == "intake",
        HistoryEntry.element_id.in_(CHANNELS),
    )
    return set(desk.office.work.read(lambda session: session.scalars(query).all()))


@pytest.mark.parametrize(("channel", "start"), EACH)
def test_every_channel_comes_in_by_the_start_of_its_group_and_no_other(desk: Desk, channel: str, start: str):
    case = desk.register(channel=Channel(channel))
    assert starts_of(desk, case.id) == {start}


def test_the_groups_hold_every_channel():
    assert sorted(channel for channel, _ in EACH) == sorted(channel.value for channel in Channel)


@pytest.mark.parametrize("channel", ["letter", "telephone"])
def test_the_front_desk_checks_what_was_typed_from_a_letter_or_a_call(desk: Desk, channel: str):
    case_id = desk.register(channel=Channel(channel)).id
    assert waiting_tasks(desk, case_id) == ["check_registration"]
    assert told(desk, case_id) == []
    desk.complete(case_id, "check_registration", "penerima", kind="aspiration")
    assert waiting_tasks(desk, case_id) == ["verify_complaint"]
    assert desk.case(case_id).kind == "aspiration"
    assert told(desk, case_id) == ["receipt"]


def test_an_emergency_by_telephone_is_not_held_up_by_the_front_desk(desk: Desk):
    case_id = desk.register(channel=Channel.TELEPHONE, priority=Priority.EMERGENCY).id
    assert "check_registration" not in waiting_tasks(desk, case_id)


def test_blanks_are_tidied_and_no_word_is_changed(desk: Desk):
    text = "  Lubang  besar. \n\n\n\n Dekat\tpasar.  "
    row = desk.case(desk.register(title="  Jalan   rusak ", text=text, place=" Jl.  Melati ").id)
    assert (row.title, row.text, row.place) == (
        "Jalan rusak",
        "Lubang besar.\n\nDekat pasar.",
        "Jl. Melati",
    )


def test_a_clean_entry_leaves_no_trace_of_tidying(desk: Desk):
    assert "case:complaint:tidied" not in desk.tags(desk.register().id)


def test_an_identity_number_in_the_text_is_marked(desk: Desk):
    row = desk.case(desk.register(text="NIK saya 3201234567890123.").id)
    assert row.holds_identity_number


def test_a_similar_complaint_is_offered_and_not_merged(desk: Desk):
    first, second = desk.register(), desk.register()
    query = select(DuplicateCandidate.other_id).where(DuplicateCandidate.case_id == second.id)
    assert desk.office.work.read(lambda session: session.scalars(query).all()) == [first.id]
    assert desk.case(second.id).parent_id is None


def test_only_an_emergency_is_disposed_at_registration(desk: Desk):
    with pytest.raises(RefusedByRuleError, match="only in an emergency"):
        desk.register(channel=Channel.FRONT_DESK, lead_unit="pupr")


def test_an_accused_unit_is_not_named_at_registration_either(desk: Desk):
    with pytest.raises(RefusedByRuleError):
        desk.register(
            channel=Channel.FRONT_DESK, priority=Priority.EMERGENCY, lead_unit="pupr", accused_unit="pupr"
        )


def test_an_intake_of_an_earlier_release_still_takes_every_channel(desk: Desk):
    # Its own process is deployed over the shipped one, so that no start message of the groups is left.
    deploy_drawn(
        desk.office,
        """intake
        start begin message=complaint_registered
        user note formKey=intake/note
        end over
        begin -> note -> over""",
    )
    case_id = desk.register(channel=Channel.WHATSAPP).id
    assert waiting_tasks(desk, case_id) == ["note"]


def test_the_main_process_is_begun_once(desk: Desk):
    case_id = desk.register().id
    assert [row.status for row in instances(desk, case_id, "intake")] == ["completed"]
    assert [row.main for row in instances(desk, case_id, "complaint")] == [True]
    query = select(CaseText.id).where(CaseText.case_id == case_id)
    assert desk.office.work.read(lambda session: session.scalars(query).all()) == []


def test_every_template_of_a_notice_is_among_the_notices():
    notices = json.loads((ROOT / "reference" / "notices.json").read_text(encoding="utf-8"))["notices"]
    assert "emergency_numbers" in notices


test_every_element_and_flow_was_taken = covers("intake")
