"""16. The author tries to approve the own response: refused."""

from support.api import caller_for
from support.story import Officer, Story, disposed


def test_story_16_whoever_wrote_the_response_cannot_approve_it(story: Story) -> None:
    # Given a superior who also drafts: the head of the agency wrote this response.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen, "inspektorat")
    story.officer("petugas.inspektorat").completes(citizen, "accept_disposition", decision="accept")
    worker = story.officer("petugas.inspektorat")
    worker.completes(citizen, "work_on_complaint", note="Sudah ditinjau.")
    worker.completes(
        citizen, "draft_response", response_kind="explanation", response="Begini duduk perkaranya."
    )
    # When the author tries to approve.
    task = next(
        row for row in story.officer("inspektur").tasks(citizen) if row["element_id"] == "approve_response"
    )
    own = Officer(story, caller_for(story.app, story.office, "petugas.inspektorat"), "petugas.inspektorat")
    refused = own.caller.complete(task, decision="approve")
    # Then it does not exist for the author, and the superior approves.
    assert refused.status_code == 404
    story.officer("inspektur").completes(citizen, "approve_response", decision="approve")
    assert citizen.sees()["stage"] == "responded"
