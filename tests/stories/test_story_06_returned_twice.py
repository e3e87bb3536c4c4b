"""6. A unit returns it twice: the regional secretary assigns, a third return is refused."""

from support.story import Story, disposed


def test_story_06_after_two_returns_the_secretary_assigns_and_nobody_can_return(story: Story) -> None:
    # Given a complaint that the public-works agency returned, and the health agency too.
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
    assert "dispose_complaint" not in [task["element_id"] for task in admin.tasks(citizen)]
    secretary.completes(
        citizen, "assign_by_secretary", lead_unit="pupr", priority="high", instruction="Segera ditangani."
    )
    # Then the unit is not asked whether it accepts: there is nothing to return.
    assert [task["element_id"] for task in liaison.tasks(citizen)] == []
    worker = story.officer("pelaksana.pupr")
    assert [task["element_id"] for task in worker.tasks(citizen)] == ["work_on_complaint"]
    assert citizen.sees()["stage"] == "follow_up"
