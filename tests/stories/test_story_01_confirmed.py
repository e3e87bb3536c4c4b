"""1. Road hole, web, answered in four days, the complainant confirms: resolved."""

from support.story import Story, answered, disposed


def test_story_01_a_road_hole_is_mended_and_the_complainant_confirms(story: Story) -> None:
    # Given a citizen who reports a hole in the road on Monday.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Jalan berlubang di depan pasar", place="Jalan Melati")
    # When it is routed the same day and answered on Friday.
    disposed(story, citizen)
    story.it_is("2026-03-06 10:00")
    answered(story, citizen)
    assert citizen.sees()["stage"] == "responded"
    # And the citizen confirms.
    citizen.says("confirm")
    # Then the case is resolved, and no clock was missed.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "resolved")
    case = story.officer("auditor").sees(citizen)
    assert not [clock for clock in case["deadlines"] if clock["overdue"]]
