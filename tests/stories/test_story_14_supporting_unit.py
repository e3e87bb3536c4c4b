"""14. A supporting unit never answers; the lead closes."""

from support.story import ROAD, Story


def test_story_14_a_supporting_unit_that_keeps_silent_holds_nobody_up(story: Story) -> None:
    # Given a complaint led by public works and supported by the transport agency.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Jalan rusak di dekat halte")
    admin = story.officer("admin.instansi")
    admin.completes(citizen, "verify_complaint", decision="accept", case_class="ordinary", category=ROAD)
    admin.completes(
        citizen,
        "dispose_complaint",
        lead_unit="pupr",
        supporting_units=["dishub"],
        priority="normal",
        instruction="Dinas perhubungan membantu.",
    )
    supporter = story.officer("petugas.dishub")
    story.officer("penghubung.pupr").completes(citizen, "accept_disposition", decision="accept")
    assert "contribute" in supporter.offered(citizen)
    # When the supporting unit never answers and the lead unit does.
    worker = story.officer("pelaksana.pupr")
    worker.completes(citizen, "work_on_complaint", note="Sudah ditinjau.", decision="draft")
    worker.completes(
        citizen, "draft_response", response_kind="action_taken", response="Jalan sudah diperbaiki."
    )
    story.officer("atasan.pupr").completes(citizen, "approve_response", decision="approve")
    # Then the response goes out, and the supporting unit's task is gone.
    assert citizen.sees()["stage"] == "responded"
    assert supporter.tasks(citizen) == []
    citizen.says("confirm")
    assert (citizen.sees()["stage"], citizen.sees()["outcome"]) == ("closed", "resolved")
    assert admin.running(citizen) == {}
