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
    assert seen["stage"] == "responded"
    assert admin.running(citizen) == {"auto_close": "2026-04-07", "ombudsman_answer": "2026-04-08"}
    # The earlier one is the deadline of the case.
    assert seen["due_on"] == "2026-04-07"
    # And a file for the Ombudsman lies ready.
    story.settle()
    assert any("berkas" in file["filename"].lower() for file in admin.reads(citizen, "attachments")["items"])
    # When the complainant keeps silent, the case closes; the letter is still to be answered, and is.
    story.it_is("2026-04-08 09:00")
    assert citizen.sees()["outcome"] == "auto_closed"
    admin.completes(citizen, "answer_ombudsman", decision="answer", answer="Berikut kronologi penanganannya.")
    assert admin.running(citizen) == {}
    (letter,) = admin.reads(citizen, "requests")["items"]
    assert letter["answered_at"] == "2026-04-08T02:00:00+00:00"


def test_story_22_a_letter_from_the_ombudsman_does_not_touch_what_the_complainant_is_asked(
    story: Story,
) -> None:
    # Given a complaint for which details were asked on Tuesday 3 March.
    story.it_is("2026-03-03 10:00")
    citizen = story.citizen_files()
    admin = story.officer("admin.instansi")
    admin.completes(
        citizen, "verify_complaint", decision="ask_completion", completion_request="Mohon sebutkan lokasinya."
    )
    # When a letter of the Ombudsman arrives on Thursday.
    story.it_is("2026-03-05 10:00")
    admin.does(
        citizen, "requests", status=201, kind="ombudsman", received_on="2026-03-05", number="0124/SRT/2026"
    )
    # Then the case waits as before, its thirty days beside the fourteen of the letter.
    assert citizen.sees()["stage"] == "awaiting_completion"
    running = admin.running(citizen)
    assert (running["completion"], running["ombudsman_answer"]) == ("2026-04-02", "2026-03-19")
    # And the complainant completes it as if nothing had come, while the letter is still to be answered.
    citizen.says("completion", message="Jalan Melati, depan pasar.")
    assert citizen.sees()["stage"] == "verification"
    assert {"verify_complaint", "answer_ombudsman"} <= set(admin.offered(citizen))
