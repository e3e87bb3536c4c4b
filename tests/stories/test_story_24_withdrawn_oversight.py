"""24. Withdrawal of an oversight complaint: the examination goes on."""

from support.story import ROAD, Story


def test_story_24_an_oversight_complaint_is_examined_to_the_end_although_it_was_withdrawn(
    story: Story,
) -> None:
    # Given a complaint for oversight that the inspectorate examines.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Dugaan pungutan liar")
    admin = story.officer("admin.instansi")
    admin.completes(citizen, "verify_complaint", decision="accept", case_class="oversight", category=ROAD)
    # When the complainant withdraws it.
    citizen.says("withdraw", reason="Saya takut.")
    # Then it is not closed, the complainant is told, and the inspectorate still has its task.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("follow_up", "Proses", None)
    assert citizen.was_told()[-1] == "examination_goes_on"
    inspector, head = story.officer("inspektorat"), story.officer("inspektur")
    members = [story.user_id("inspektorat"), story.user_id("inspektur")]
    inspector.completes(citizen, "choose_team", members=members)
    inspector.completes(citizen, "hear_complainant", heard="declined", statement="Pelapor tidak bersedia.")
    inspector.completes(citizen, "hear_accused", heard="heard", statement="Terlapor membantah.")
    inspector.completes(citizen, "examine", finding="Ditemukan kuitansi.")
    head.completes(citizen, "decide", decision="decide", verdict_text="Terbukti; dijatuhi teguran tertulis.")
    inspector.completes(citizen, "deliver_decision", way="status_page")
    # And it ends with a decision that was delivered.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "decided")
    assert "teguran tertulis" in str(seen)
