"""The lifecycle of a complaint through the real diagrams, on both databases and a virtual clock."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.errors import NotFoundError, NotWaitingForItError, TaskGoneError
from cases.history import verify_history
from cases.model import CaseClass, Channel, Stage
from cases.tasks import complete_task
from support.office import Desk, actor_named
from support.paths import dispose, give_back


def test_a_complaint_is_answered_and_confirmed(desk: Desk) -> None:
    case = desk.register()
    assert case.stage is Stage.VERIFICATION
    assert desk.accept(case.id).stage is Stage.DISPOSITION
    answered = desk.dispose_and_answer(case.id)
    assert answered.stage is Stage.RESPONDED
    closed = desk.say(case.id, "confirm", rating=5)
    assert (closed.stage, closed.outcome, closed.next_tasks) == (Stage.CLOSED, "resolved", ())
    assert desk.case(case.id).due_at is None
    assert desk.office.work.read(lambda session: verify_history(session, case.id)) == len(desk.tags(case.id))


def test_silence_after_the_answer_closes_the_case_without_a_rating(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.pass_time(desk.clock.now() + timedelta(days=20))
    row = desk.case(case.id)
    assert (row.stage, row.outcome) == ("closed", "auto_closed")


def test_a_progress_report_does_not_start_the_auto_close_clock(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    assert desk.dispose_and_answer(case.id, kind="progress").stage is Stage.FOLLOW_UP
    desk.pass_time(desk.clock.now() + timedelta(days=60))
    assert desk.case(case.id).stage == "follow_up"


def test_an_incomplete_complaint_that_is_never_completed_counts_as_withdrawn(desk: Desk) -> None:
    case = desk.register()
    asked = desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="ask_completion",
        completion_request="Di mana?",
    )
    assert asked.stage is Stage.AWAITING_COMPLETION
    desk.pass_time(desk.clock.now() + timedelta(days=32))
    assert (desk.case(case.id).stage, desk.case(case.id).outcome) == ("closed", "withdrawn")


def test_an_incomplete_complaint_goes_on_when_it_is_completed(desk: Desk) -> None:
    case = desk.register()
    desk.complete(
        case.id, "verify_complaint", "admin.instansi", decision="ask_completion", completion_request="?"
    )
    desk.pass_time(desk.clock.now() + timedelta(days=29))
    assert desk.say(case.id, "completion", message="Di depan pasar.").stage is Stage.VERIFICATION


def test_another_body_takes_the_case(desk: Desk) -> None:
    case = desk.register()
    body = sorted(desk.office.env.reference.referral_bodies)[0]
    desk.complete(
        case.id, "verify_complaint", "admin.instansi", decision="not_our_authority", referred_to=body
    )
    assert desk.case(case.id).stage == "awaiting_referral"
    closed = desk.say_as("admin.instansi", case.id, "referral_accepted")
    assert (closed.stage, closed.outcome) == (Stage.CLOSED, "referred")


def test_a_complaint_is_archived_with_a_reason(desk: Desk) -> None:
    case = desk.register()
    closed = desk.complete(
        case.id, "verify_complaint", "admin.instansi", decision="archive", archive_reason="unclear"
    )
    assert (closed.outcome, desk.case(case.id).outcome_reason) == ("archived", "unclear")


def test_after_two_returns_the_secretary_assigns_and_the_unit_cannot_return_again(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    for _ in range(2):
        dispose(desk, case.id)
        give_back(desk, case.id)
    desk.complete(case.id, "assign_by_secretary", "sekda", lead_unit="pupr", instruction="Laksanakan.")
    assert desk.task(case.id, "work_on_complaint").unit_name


def test_dissatisfaction_returns_to_the_same_unit_and_the_fourth_round_needs_the_secretary(
    desk: Desk,
) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    for _ in range(2):
        again = desk.say(case.id, "not_satisfied", message="Belum selesai.")
        assert again.stage is Stage.FOLLOW_UP
        desk.answer(case.id)
    third = desk.say(case.id, "not_satisfied", message="Masih belum selesai.")
    assert [task.element_id for task in third.next_tasks] == ["decide_next_step"]
    assert "case:ombudsman-letter:sent" in desk.tags(case.id)


def test_withdrawing_ends_an_ordinary_case_and_cancels_the_open_work(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    closed = desk.say(case.id, "withdraw")
    assert (closed.outcome, closed.next_tasks) == ("withdrawn", ())
    with pytest.raises(NotWaitingForItError):
        desk.say(case.id, "withdraw")


def test_withdrawing_an_oversight_case_lets_the_examination_go_on(desk: Desk) -> None:
    case = desk.register(case_class=CaseClass.OVERSIGHT)
    still = desk.say(case.id, "withdraw")
    assert still.stage is Stage.VERIFICATION


def test_a_merged_case_waits_for_its_parent_and_gets_its_end(desk: Desk) -> None:
    parent, child = desk.register(), desk.register()
    desk.complete(
        child.id, "verify_complaint", "admin.instansi", decision="merge", parent_reference=parent.reference
    )
    assert desk.case(child.id).stage != "closed"
    desk.accept(parent.id)
    desk.dispose_and_answer(parent.id)
    desk.say(parent.id, "confirm")
    desk.worker.run_until_idle()
    assert (desk.case(child.id).stage, desk.case(child.id).outcome) == ("closed", "merged")


def test_an_overdue_verification_is_escalated_level_by_level_and_changes_no_status(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time(desk.clock.now() + timedelta(days=10))
    row = desk.case(case.id)
    # Due on Thursday 5 March: the reminder on the 4th, the due date itself, and two working days after it.
    assert (row.stage, row.escalation_level) == ("verification", 2)
    assert desk.tags(case.id).count("case:escalation:raised") == 3


def test_a_letter_typed_in_late_counts_from_its_receipt(desk: Desk) -> None:
    desk.clock.set(datetime(2026, 3, 11, 3, tzinfo=UTC))
    case = desk.register(channel=Channel.LETTER, received_at=datetime(2026, 3, 2, 3, tzinfo=UTC))
    assert desk.case(case.id).due_at < desk.clock.now()


def test_a_task_completed_twice_tells_who_was_first(desk: Desk) -> None:
    case = desk.register()
    task = desk.task(case.id, "verify_complaint")
    desk.accept(case.id)
    by = actor_named(desk.office, "admin.instansi")
    with pytest.raises(TaskGoneError) as refused:
        desk.office.work.write(lambda session: complete_task(session, desk.office.env, task.id, {}, by=by))
    assert "Bambang Wiratmo" in refused.value.text.id


def test_somebody_elses_task_is_not_found(desk: Desk) -> None:
    case = desk.register()
    with pytest.raises(NotFoundError):
        desk.complete(case.id, "verify_complaint", "pelaksana.pupr", decision="accept")
