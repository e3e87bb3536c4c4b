"""16. The author tries to approve the own response: refused."""

from support.story import Story, disposed


def test_story_16_whoever_wrote_the_response_cannot_approve_it(story: Story) -> None:
    # Given a response written by the case worker who stands in for the superior on leave this week.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files()
    author, superior = story.officer("pelaksana.pupr"), story.officer("atasan.pupr")
    superior.is_absent(author, role="superior", unit="pupr", starts_on="2026-03-02", ends_on="2026-03-06")
    disposed(story, citizen)
    liaison = story.officer("penghubung.pupr")
    liaison.completes(citizen, "accept_disposition", decision="accept")
    author.completes(citizen, "work_on_complaint", note="Sudah ditinjau.")
    author.completes(
        citizen, "draft_response", response_kind="explanation", response="Begini duduk perkaranya."
    )
    # When the author tries to approve it, being the superior this week.
    (task,) = author.tasks(citizen)
    assert task["element_id"] == "approve_response"
    refused = author.caller.complete(task, decision="approve")
    # Then the refusal names the rule, and nothing is published.
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/refused-by-rule")
    assert "Penyusun tanggapan tidak boleh menyetujuinya sendiri" in refused.json["detail_id"]
    assert citizen.sees()["stage"] == "awaiting_approval"
    # For a colleague who is nobody's superior the task does not exist,
    assert liaison.caller.complete(task, decision="approve").status_code == 404
    # and another superior approves.
    story.officer("asisten.setda").completes(citizen, "approve_response", decision="approve")
    assert citizen.sees()["stage"] == "responded"
