"""2. The complainant is silent: published Monday 2026-03-16, closed when 2026-04-07 ends, not on 03-30."""

from support.story import Story, answered, disposed


def test_story_02_silence_closes_after_ten_working_days_that_skip_the_long_holiday(story: Story) -> None:
    # Given a response published on Monday 16 March 2026, before Nyepi and Idul Fitri.
    story.it_is("2026-03-11 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen)
    story.it_is("2026-03-16 10:00")
    answered(story, citizen)
    auditor = story.officer("auditor")
    assert auditor.clock(citizen, "auto_close")["due_on"] == "2026-04-07"
    # When the complainant keeps silent.
    story.it_is("2026-03-31 00:01")
    assert citizen.sees()["stage"] == "responded"
    story.it_is("2026-04-07 23:59")
    assert citizen.sees()["stage"] == "responded"
    story.it_is("2026-04-08 00:00")
    # Then the case closes when 7 April ends, and nobody gives stars in the complainant's name.
    seen = citizen.sees()
    assert (seen["stage"], seen["status"], seen["outcome"]) == ("closed", "Selesai", "auto_closed")
    assert auditor.sees(citizen)["closed_at"] == "2026-04-07T17:00:00+00:00"
    assert "rating" not in str(auditor.history(citizen))
