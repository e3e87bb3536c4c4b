"""22. Letter from the Ombudsman while waiting for the complainant."""

from support.story import Story, answered, disposed


def test_story_22_a_letter_from_the_ombudsman_runs_beside_the_waiting_case(story: Story) -> None:
    # Given a case that was answered on 16 March and waits for the complainant.
    story.it_is("2026-03-11 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen)
    story.it_is("2026-03-16 10:00")
    answered(story, citizen)
    # When a letter of the Ombudsman arrives on Wednesday 25 March.
    story.it_is("2026-03-25 10:00")
    admin = story.officer("admin.instansi")
    admin.does(
        citizen, "requests", status=201, kind="ombudsman", received_on="2026-03-25", number="0123/SRT/2026"
    )
    # Then the case still waits for the complainant, and both dates are shown: the letter's is fourteen calendar days.
    seen = admin.sees(citizen)
    running = {row["clock"]: row["due_on"] for row in seen["deadlines"] if row["stopped_at"] is None}
    assert seen["stage"] == "responded"
    assert running == {"auto_close": "2026-04-07", "ombudsman_answer": "2026-04-08"}
    # The earlier one is the deadline of the case.
    assert seen["due_on"] == "2026-04-07"
    # And a file for the Ombudsman lies ready.
    story.settle()
    assert any("berkas" in file["filename"].lower() for file in admin.reads(citizen, "attachments")["items"])
    # When the complainant keeps silent, the case closes; the letter is still to be answered, and is.
    story.it_is("2026-04-08 09:00")
    assert citizen.sees()["outcome"] == "auto_closed"
    admin.completes(citizen, "answer_ombudsman", decision="answer", answer="Berikut kronologi penanganannya.")
    still = [row for row in admin.sees(citizen)["deadlines"] if row["stopped_at"] is None]
    assert still == []
