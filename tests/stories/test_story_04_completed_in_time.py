"""4. Incomplete, completed on day 29: it goes on."""

from support.story import ROAD, Story


def test_story_04_a_complaint_completed_on_day_29_goes_on_and_its_clocks_did_not_count_meanwhile(
    story: Story,
) -> None:
    # Given a complaint received on Monday 2 March, with details asked for on Tuesday.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Jalan rusak", text="Tolong diperbaiki.")
    admin = story.officer("admin.instansi")
    assert admin.clock(citizen, "verification")["due_on"] == "2026-03-05"
    story.it_is("2026-03-03 10:00")
    admin.completes(
        citizen, "verify_complaint", decision="ask_completion", completion_request="Mohon sebutkan lokasinya."
    )
    # When the complainant completes it on day 29, Wednesday 1 April.
    story.it_is("2026-04-01 15:00")
    citizen.says("completion", message="Jalan Melati, depan pasar Sukamaju.")
    # Then it is verified again. Of three working days none was over: 3 March to 1 April were touched by the pause.
    assert citizen.sees()["stage"] == "verification"
    assert "Jalan Melati, depan pasar Sukamaju." in str(admin.sees(citizen)["texts"])
    after = admin.clock(citizen, "verification")
    # 2 April counts, 3 April is Good Friday, then the weekend, 6 and 7 April.
    assert after["due_on"] == "2026-04-07"
    # And the thirty days are over without closing anything.
    assert admin.clock(citizen, "completion")["stopped_at"] == "2026-04-01T08:00:00+00:00"
    story.it_is("2026-04-06 09:00")
    assert citizen.sees()["stage"] == "verification"
    admin.completes(citizen, "verify_complaint", decision="accept", case_class="ordinary", category=ROAD)
    assert citizen.sees()["stage"] == "disposition"
