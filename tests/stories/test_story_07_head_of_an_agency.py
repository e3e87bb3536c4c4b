"""7. Complaint about the head of an agency: that agency cannot see it; it goes to the superior."""

from support.story import ROAD, Citizen, Officer, Story


def test_story_07_a_complaint_about_the_head_of_an_agency_goes_past_the_agency(story: Story) -> None:
    # Given a complaint about the head of the public-works agency.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Kepala dinas menolak melayani", category=ROAD)
    admin = story.officer("admin.instansi")
    admin.does(citizen, "accusation", kind="head", unit="pupr", reason="Disebut dalam isi pengaduan.")
    # When the admin verifies it, the agency cannot be given the case, and the refusal says who can.
    admin.completes(citizen, "verify_complaint", decision="accept", case_class="ordinary", category=ROAD)
    task = next(one for one in admin.tasks(citizen) if one["element_id"] == "dispose_complaint")
    refused = admin.caller.complete(
        task, lead_unit="pupr", priority="normal", instruction="Mohon ditindaklanjuti."
    )
    assert refused.status_code == 409
    assert "Pemerintah Kabupaten Sukamaju" in refused.text
    admin.completes(
        citizen, "dispose_complaint", lead_unit="sukamaju", priority="normal", instruction="Mohon ditangani."
    )
    # Then nobody of the agency finds the case, by list or by id, and its superior works on it.
    for username in ("penghubung.pupr", "pelaksana.pupr", "atasan.pupr"):
        assert_nothing_leaks(story.officer(username), citizen)
    assert story.officer("petugas.setda").offered(citizen) == ["accept_disposition"]


def assert_nothing_leaks(officer: Officer, citizen: Citizen) -> None:
    """For the officer the case is not there: in no list, under no address, and nothing can be done with it."""
    assert officer.cannot_see(citizen), officer.username
    assert officer.tasks(citizen) == []
    for path in ("history", "deadlines", "attachments", "requests", "referrals"):
        answer = officer.caller.get(f"/cases/{officer.case_id(citizen)}/{path}")
        assert answer.status_code == 404, f"{officer.username}: {path}"
