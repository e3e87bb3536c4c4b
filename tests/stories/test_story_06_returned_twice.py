"""6. A unit returns it twice: the regional secretary assigns, a third return is refused."""

from support.story import Story, disposed


def test_story_06_after_two_returns_the_secretary_assigns_and_nobody_can_return(story: Story) -> None:
    # Given a complaint that the public-works agency returned, and the transport agency too.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files()
    admin, secretary = story.officer("admin.instansi"), story.officer("sekda")
    disposed(story, citizen, "pupr")
    liaison = story.officer("penghubung.pupr")
    liaison.completes(citizen, "accept_disposition", decision="return", reason="Bukan jalan kabupaten.")
    admin.completes(
        citizen, "dispose_complaint", lead_unit="dishub", priority="normal", instruction="Mohon cek."
    )
    story.officer("petugas.dishub").completes(
        citizen, "accept_disposition", decision="return", reason="Bukan urusan perhubungan."
    )
    # When the secretary assigns the public-works agency.
    assert admin.sees(citizen)["returns"] == 2
    assert "dispose_complaint" not in admin.offered(citizen)
    secretary.completes(
        citizen, "assign_by_secretary", lead_unit="pupr", priority="high", instruction="Segera ditangani."
    )
    # Then the unit is not asked whether it accepts: there is nothing to return.
    assert liaison.offered(citizen) == []
    worker = story.officer("pelaksana.pupr")
    assert worker.offered(citizen) == ["work_on_complaint"]
    # And who tries to return it with the only task there is, is refused.
    refused = worker.completes(
        citizen, "work_on_complaint", status=422, decision="return", reason="Tetap bukan urusan kami."
    )
    assert [error["field"] for error in refused["errors"] if error["field"] == "decision"] == ["decision"]
    seen = admin.sees(citizen)
    assert (seen["stage"], seen["lead_unit_id"], seen["returns"]) == ("follow_up", story.unit_id("pupr"), 2)
