"""15. Superior absent: the delegate approves."""

from support.story import Story, disposed


def test_story_15_while_the_superior_is_on_leave_the_delegate_approves(story: Story) -> None:
    # Given a response that waits for the superior of public works, who is on leave for the week.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files()
    superior, delegate = story.officer("atasan.pupr"), story.officer("atasan.dishub")
    superior.is_absent(delegate, role="superior", unit="pupr", starts_on="2026-03-03", ends_on="2026-03-06")
    disposed(story, citizen)
    story.officer("penghubung.pupr").completes(citizen, "accept_disposition", decision="accept")
    worker = story.officer("pelaksana.pupr")
    worker.completes(citizen, "work_on_complaint", note="Sudah ditinjau.")
    worker.completes(
        citizen, "draft_response", response_kind="action_taken", response="Lubang sudah ditambal."
    )
    # The leave has not begun: the delegate is not offered the task yet.
    assert delegate.tasks(citizen) == []
    # When it has begun.
    story.it_is("2026-03-03 09:00")
    assert not delegate.cannot_see(citizen)
    delegate.completes(citizen, "approve_response", decision="approve")
    # Then the response is out, and history says on whose behalf.
    assert citizen.sees()["stage"] == "responded"
    entry = next(
        one
        for one in story.officer("auditor").history(citizen)
        if one["tag"] == "case:task:completed" and one["element_id"] == "approve_response"
    )
    assert entry["actor_name"] == "Wahyu Kurniadi"
    assert entry["data"]["on_behalf_of"]["name"] == "Hendra Gunarto"
    # And when the leave is over, the delegate has no part in the case any more.
    story.it_is("2026-03-09 09:00")
    assert delegate.cannot_see(citizen)
