"""12. A reply on working day 10 at 23.59 local time counts; at 00.01 the case is closed."""

from support.story import Story, answered, disposed


def test_story_12_a_reply_one_minute_before_midnight_counts(story: Story) -> None:
    # Given a response published on Monday 16 March 2026.
    story.it_is("2026-03-11 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen)
    story.it_is("2026-03-16 10:00")
    answered(story, citizen)
    # When the complainant writes on the tenth working day at 23.59.
    story.it_is("2026-04-07 23:59")
    citizen.says("reply", message="Lubang di sebelahnya belum.")
    # Then midnight does not close the case.
    story.it_is("2026-04-08 00:01")
    seen = citizen.sees()
    assert (seen["stage"], seen["outcome"]) == ("responded", None)
    auditor = story.officer("auditor")
    assert auditor.clock(citizen, "auto_close")["stopped_at"] == "2026-04-07T16:59:00+00:00"
    assert "Lubang di sebelahnya belum." in str(auditor.sees(citizen)["texts"])


def test_story_12_a_reply_one_minute_after_midnight_is_too_late(story: Story) -> None:
    story.it_is("2026-03-11 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen)
    story.it_is("2026-03-16 10:00")
    answered(story, citizen)
    # When the complainant writes at 00.01 of the day after.
    story.it_is("2026-04-08 00:01")
    assert (citizen.sees()["stage"], citizen.sees()["outcome"]) == ("closed", "auto_closed")
    # Then the message is refused and says that nobody waits for it.
    refused = citizen.says("reply", status=409, message="Terlambat semenit.")
    assert refused["type"] == "/problems/not-waiting"
    assert "Terlambat semenit." not in str(story.officer("auditor").sees(citizen)["texts"])
