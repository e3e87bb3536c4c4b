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
    # Then the citizen reads the answer and has ten working days to reply, with the long holiday between.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"]) == ("responded", "Proses")
    assert "Lubang sudah ditambal." in [text["text"] for text in seen["texts"]]
    auditor = story.officer("auditor")
    assert auditor.running(citizen) == {"auto_close": "2026-03-27"}
    # And the citizen confirms, with four stars.
    citizen.says("confirm", rating=4)
    # Then the case is resolved, the stars are the citizen's own, and no clock was missed or still runs.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "resolved")
    (said,) = [one["data"] for one in auditor.history(citizen) if one["tag"] == "case:message:received"]
    assert said["values"]["rating"] == 4
    case = auditor.sees(citizen)
    assert case["channel"] == "web"
    assert {clock["clock"] for clock in case["deadlines"]} >= {
        "verification",
        "first_response",
        "final_ordinary",
    }
    assert not [clock for clock in case["deadlines"] if clock["overdue"] or clock["breached_at"]]
    assert auditor.running(citizen) == {}
