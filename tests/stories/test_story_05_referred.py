"""5. Not our authority, the other body accepts: referred."""

from support.story import Story


def test_story_05_a_complaint_outside_our_authority_is_referred_and_the_complainant_knows_where(
    story: Story,
) -> None:
    # Given a complaint about a national road.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Jalan nasional berlubang")
    admin = story.officer("admin.instansi")
    # When the admin forwards it to the body with authority.
    admin.completes(citizen, "verify_complaint", decision="not_our_authority", referred_to="jalan_nasional")
    # Then the complainant reads where it went: no wrong door.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"]) == ("awaiting_referral", "Proses")
    assert "Balai pelaksana jalan nasional" in seen["holder"]["id"]
    assert citizen.was_told()[-1] == "referred"
    # The office reminds after three working days and decides itself after five.
    assert admin.clock(citizen, "referral_reminder")["due_on"] == "2026-03-05"
    assert admin.clock(citizen, "referral_decision")["due_on"] == "2026-03-09"
    # And when the other body accepts, the case is closed as referred.
    story.it_is("2026-03-04 10:00")
    admin.does(citizen, "messages/referral_accepted")
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "referred")
    assert "referral_accepted" in citizen.was_told()
    assert admin.running(citizen) == {}
