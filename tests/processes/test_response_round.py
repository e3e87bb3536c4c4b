"""A round of follow-up and reply: the complainant's word, silence, a reply, further rounds, and the secretary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support.beside import clock_of, told
from support.coverage import covers
from support.office import Desk
from support.paths import disposed, give_back, instances, responded, stands, waiting_tasks

pytestmark = pytest.mark.xdist_group("response_round")

MOMENT = timedelta(microseconds=1)
# Answered on Monday 2 March 2026: the tenth working day is Monday 16 March, which ends at 17.00 UTC.
SILENT_UNTIL = datetime(2026, 3, 16, 17, tzinfo=UTC)


def review(desk: Desk, case_id: str, decision: str) -> None:
    reason = {} if decision == "keep_waiting" else {"reason": "Sesuai tanggapan pelapor."}
    desk.complete(case_id, "review_reply", "admin.instansi", decision=decision, **reason)


def test_the_round_starts_the_follow_up_of_the_unit(desk: Desk):
    case_id = disposed(desk)
    assert [row.status for row in instances(desk, case_id, "response_round")] == ["running"]
    assert [row.status for row in instances(desk, case_id, "unit_follow_up")] == ["running"]


def test_a_return_ends_the_round_and_the_main_process_disposes_again(desk: Desk):
    case_id = disposed(desk)
    give_back(desk, case_id)
    assert [row.status for row in instances(desk, case_id, "response_round")] == ["completed"]
    assert waiting_tasks(desk, case_id) == ["dispose_complaint"]


def test_a_complainant_who_confirms_ends_the_case(desk: Desk):
    case_id = responded(desk)
    desk.say(case_id, "confirm", rating=5)
    assert stands(desk, case_id) == ("closed", "resolved")


def test_silence_closes_the_case_when_the_tenth_working_day_is_over_and_not_a_moment_earlier(desk: Desk):
    case_id = responded(desk)
    desk.pass_time(SILENT_UNTIL - MOMENT)
    assert stands(desk, case_id) == ("responded", None)
    desk.pass_time(SILENT_UNTIL)
    assert stands(desk, case_id) == ("closed", "auto_closed")


def test_a_reply_at_the_last_minute_of_the_tenth_working_day_counts(desk: Desk):
    case_id = responded(desk)
    desk.pass_time(SILENT_UNTIL - timedelta(minutes=1))
    desk.say(case_id, "reply", message="Masih ada satu lubang.")
    desk.pass_time(SILENT_UNTIL + timedelta(days=30))
    assert waiting_tasks(desk, case_id) == ["review_reply"]
    assert stands(desk, case_id) == ("responded", None)
    assert clock_of(desk, case_id, "auto_close").stopped_at == SILENT_UNTIL - timedelta(minutes=1)


def test_after_a_review_the_complainant_has_the_whole_time_again(desk: Desk):
    case_id = responded(desk)
    desk.clock.set(datetime(2026, 3, 9, 3, tzinfo=UTC))
    desk.say(case_id, "reply", message="Terima kasih, saya periksa dulu.")
    review(desk, case_id, "keep_waiting")
    # Ten working days from Monday 9 March; the 18th to the 24th are holidays and collective leave.
    due = clock_of(desk, case_id, "auto_close").due_at
    assert due > SILENT_UNTIL + timedelta(days=7)
    desk.pass_time(due - MOMENT)
    assert stands(desk, case_id) == ("responded", None)
    desk.pass_time(due)
    assert stands(desk, case_id) == ("closed", "auto_closed")


def test_a_reply_that_an_officer_enters_stops_the_time_as_well(desk: Desk):
    case_id = responded(desk)
    desk.say_as("admin.instansi", case_id, "reply", message="Pelapor menelepon: belum tuntas.")
    assert clock_of(desk, case_id, "auto_close").stopped_at is not None
    assert waiting_tasks(desk, case_id) == ["review_reply"]


def test_the_admin_may_close_by_the_reply(desk: Desk):
    case_id = responded(desk)
    desk.say(case_id, "reply", message="Sudah bagus, terima kasih.")
    review(desk, case_id, "close_resolved")
    assert stands(desk, case_id) == ("closed", "resolved")


def test_the_admin_may_open_the_next_round_by_the_reply(desk: Desk):
    case_id = responded(desk)
    desk.say(case_id, "reply", message="Belum tuntas.")
    review(desk, case_id, "reopen")
    assert desk.case(case_id).round == 2
    assert waiting_tasks(desk, case_id) == ["accept_disposition"]


def test_a_dissatisfied_complainant_gets_a_round_of_its_own_with_the_same_unit_and_no_new_deadline(
    desk: Desk,
):
    case_id = responded(desk)
    unit = desk.case(case_id).lead_unit_id
    desk.say(case_id, "not_satisfied", message="Masih berlubang.")
    assert [row.status for row in instances(desk, case_id, "response_round")] == ["completed", "running"]
    assert (desk.case(case_id).round, desk.case(case_id).lead_unit_id) == (2, unit)
    assert clock_of(desk, case_id, "final_ordinary").stopped_at is not None
    assert desk.tags(case_id).count("case:case:disposed") == 1


def dissatisfied_three_times(desk: Desk) -> str:
    case_id = responded(desk)
    for _ in range(2):
        desk.say(case_id, "not_satisfied", message="Masih berlubang.")
        desk.answer(case_id)
    desk.say(case_id, "not_satisfied", message="Tetap berlubang.")
    return case_id


def test_after_three_rounds_the_complainant_is_told_of_the_ombudsman_and_the_secretary_decides(desk: Desk):
    case_id = dissatisfied_three_times(desk)
    assert waiting_tasks(desk, case_id) == ["decide_next_step"]
    assert told(desk, case_id)[-1] == "ombudsman"
    assert "case:escalation:raised" in desk.tags(case_id)


def test_the_secretary_may_order_another_round(desk: Desk):
    case_id = dissatisfied_three_times(desk)
    instruction = {"instruction": "Tambal seluruh ruas."}
    desk.complete(case_id, "decide_next_step", "sekda", decision="another_round", **instruction)
    assert desk.case(case_id).round == 4
    assert waiting_tasks(desk, case_id) == ["accept_disposition"]


def test_the_secretary_may_uphold_the_response_and_the_complainant_may_still_speak(desk: Desk):
    case_id = dissatisfied_three_times(desk)
    desk.complete(case_id, "decide_next_step", "sekda", decision="uphold_response", reason="Sudah sesuai.")
    assert told(desk, case_id)[-1] == "response_upheld"
    assert clock_of(desk, case_id, "auto_close").stopped_at is None
    desk.say(case_id, "confirm")
    assert stands(desk, case_id) == ("closed", "resolved")


def test_the_main_process_does_not_grow_with_the_rounds(desk: Desk):
    case_id = responded(desk)
    before = instances(desk, case_id, "complaint")[0]
    for _ in range(29):
        desk.say(case_id, "not_satisfied", message="Belum.")
        if waiting_tasks(desk, case_id) == ["decide_next_step"]:
            order = {"decision": "another_round", "instruction": "Ulangi."}
            desk.complete(case_id, "decide_next_step", "sekda", **order)
        desk.answer(case_id)
    after = instances(desk, case_id, "complaint")[0]
    assert desk.case(case_id).round == 30
    assert (after.depth, after.task_count, len(after.state)) == (
        before.depth,
        before.task_count,
        len(before.state),
    )
    desk.say(case_id, "confirm")
    assert stands(desk, case_id) == ("closed", "resolved")


test_every_element_and_flow_was_taken = covers("response_round")
