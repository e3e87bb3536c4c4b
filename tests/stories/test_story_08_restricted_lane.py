"""8. Oversight, anonymous, confidential: absent from public list, search, export, feeds and small-count statistics."""

from support.api import Caller
from support.story import ROAD, Citizen, Officer, Story, expect

OUTSIDE = ("admin.instansi", "pelaksana.pupr", "atasan.pupr", "pengawas.provinsi", "ppid", "penerima")


def test_story_08_a_confidential_complaint_about_corruption_leaves_no_trace_in_public(story: Story) -> None:
    # Given an anonymous and confidential complaint that the admin recognises as one for oversight.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(
        title="Pungutan di loket perizinan",
        text="Petugas loket meminta uang.",
        anonymous=True,
        confidential=True,
        name="Pelapor Rahasia",
    )
    admin = story.officer("admin.instansi")
    admin.completes(citizen, "verify_complaint", decision="accept", case_class="oversight", category=ROAD)
    # And an ordinary complaint of the same month, which everybody may count.
    story.citizen_files(title="Lampu jalan padam")
    # Then whoever has only the reference reads nothing but that it exists.
    anybody = Caller(story.app)
    public = expect(anybody.get(f"/complaints/{citizen.reference}"))
    assert (public["full"], public["title"], public["texts"]) == (False, None, [])
    assert "Pungutan" not in str(public)
    # And no list, search or figure of anybody outside the lane holds it.
    for username in OUTSIDE:
        assert_no_trace(story.officer(username), citizen)
    # And the month that is frozen does not count it: nobody can tell from a small number that it was there.
    story.it_is("2026-04-01 00:00")
    for username in ("bupati", "pengawas.provinsi"):
        month = expect(story.officer(username).caller.get("/reports/monthly/2026-03"))
        assert month["total"]["figures"]["received"] == 1, username
        assert "Inspektorat" not in str(month["units"]), username
    # But the inspectorate works on it, without the complainant's name on the page.
    inspector = story.officer("inspektorat")
    assert inspector.find(citizen) is not None
    assert len(expect(inspector.caller.get("/cases?text=Pungutan"))["items"]) == 1
    assert "choose_team" in inspector.offered(citizen)
    assert "Pelapor Rahasia" not in str(inspector.sees(citizen))


def assert_no_trace(officer: Officer, citizen: Citizen) -> None:
    """Neither the case, nor a task of it, nor a word of its title is found by the officer."""
    assert officer.cannot_see(citizen), officer.username
    assert officer.tasks(citizen) == [], officer.username
    found = officer.caller.get("/cases?text=Pungutan")
    assert found.status_code == 404 or found.json["items"] == [], officer.username
