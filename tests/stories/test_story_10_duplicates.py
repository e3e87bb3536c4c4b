"""10. Three duplicates merged, parent answered, all three notified; one unmerged."""

from support.story import Citizen, Story, answered, disposed


def merge(story: Story, child: Citizen, parent: Citizen) -> None:
    """The admin recognises the same hole and links the complaint to the first one."""
    story.officer("admin.instansi").completes(
        child, "verify_complaint", decision="merge", parent_reference=parent.reference
    )


def test_story_10_whoever_reported_the_same_hole_gets_the_same_answer(story: Story) -> None:
    # Given five citizens who report the same hole, four of them merged into the first.
    story.it_is("2026-03-02 09:00")
    parent = story.citizen_files(title="Lubang di Jalan Melati", place="Jalan Melati")
    children = [
        story.citizen_files(title=f"Lubang Jalan Melati ({n})", place="Jalan Melati") for n in range(4)
    ]
    for child in children:
        merge(story, child, parent)
    assert all((child.sees()["outcome"], child.was_told()[-1]) == (None, "merged") for child in children)
    # When one of them was another hole after all, and the merge is undone.
    admin = story.officer("admin.instansi")
    other = children.pop()
    admin.does(other, "unmerging", reason="Ternyata lubang yang lain.")
    assert "verify_complaint" in admin.offered(other)
    assert admin.sees(other)["parent_reference"] is None
    # And the first complaint is answered and confirmed.
    disposed(story, parent)
    answered(story, parent, text="Lubang di Jalan Melati sudah ditambal.")
    parent.says("confirm")
    # Then the three that are merged are closed with it, each told so, with the answer.
    for child in children:
        seen = child.sees()
        assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "merged")
        assert "Lubang di Jalan Melati sudah ditambal." in [text["text"] for text in seen["texts"]]
        assert child.was_told()[-1] == "parent_closed"
    assert len(children) == 3
    # And the one that was taken out goes on where it was.
    assert (other.sees()["stage"], other.sees()["outcome"]) == ("verification", None)
    assert other.was_told()[-1] == "unmerged"
    assert "sudah ditambal" not in str(other.sees())
