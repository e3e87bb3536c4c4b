"""3. Incomplete, never completed: withdrawn after 30 calendar days."""

from support.story import Story


def test_story_03_a_complaint_that_is_never_completed_counts_as_withdrawn_after_thirty_days(
    story: Story,
) -> None:
    # Given an incomplete complaint for which details were asked on Tuesday 3 March.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Jalan rusak", text="Tolong diperbaiki.")
    story.it_is("2026-03-03 10:00")
    admin = story.officer("admin.instansi")
    admin.completes(
        citizen, "verify_complaint", decision="ask_completion", completion_request="Mohon sebutkan lokasinya."
    )
    assert (citizen.sees()["stage"], citizen.sees()["status"]) == ("awaiting_completion", "Belum")
    assert "completion_requested" in citizen.was_told()
    # The working-day clock is paused, the legal one of the complainant runs.
    assert admin.clock(citizen, "completion")["due_on"] == "2026-04-02"
    assert admin.clock(citizen, "verification")["paused"]
    # When nothing comes for thirty calendar days, weekends and the long holiday included.
    story.it_is("2026-04-02 23:59")
    assert citizen.sees()["stage"] == "awaiting_completion"
    story.it_is("2026-04-03 00:00")
    # Then the complaint counts as withdrawn.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "withdrawn")
    assert citizen.was_told()[-1] == "completion_expired"
    assert admin.running(citizen) == {}
