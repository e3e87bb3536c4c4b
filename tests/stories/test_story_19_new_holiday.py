"""19. Holiday added in mid-case: deadlines move, history says why."""

from support.story import Story, disposed, expect


def test_story_19_a_holiday_added_in_mid_case_moves_the_open_deadlines(story: Story) -> None:
    # Given a case that was disposed on Monday 16 March: five working days end on Monday 30 March.
    story.it_is("2026-03-16 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen)
    auditor = story.officer("auditor")
    before = auditor.running(citizen)
    assert before["first_response"] == "2026-03-30"
    # When the regent closes the offices on Friday 27 March.
    story.it_is("2026-03-17 09:00")
    change = {"change": "add_day_off", "day": "2026-03-27", "name": "Hari jadi kabupaten", "kind": "local"}
    administrator = story.officer("administrator")
    answer = administrator.caller.post(
        "/calendar/changes", json={**change, "reason": "Keputusan Bupati 12/2026."}
    )
    assert answer.status_code == 202, answer.text
    story.settle()
    # Then the working-day clock ends a day later and the calendar-day clock stays where the law put it.
    after = auditor.running(citizen)
    assert after["first_response"] == "2026-03-31"
    assert after["first_answer_law"] == before["first_answer_law"] == "2026-03-30"
    # And history keeps the old date and says why it moved.
    moved = [
        entry["data"]
        for entry in auditor.history(citizen)
        if entry["tag"] == "case:deadline:moved" and entry["data"]["clock"] == "first_response"
    ]
    assert len(moved) == 1
    assert "Hari jadi kabupaten" in str(moved[0]["why"])
    assert "Keputusan Bupati 12/2026." in str(moved[0])
    assert (moved[0]["from"], moved[0]["to"]) == ("2026-03-30T17:00:00+00:00", "2026-03-31T17:00:00+00:00")
    # And the explanation names the day that is not counted.
    told = auditor.reads(citizen, "deadlines")["items"]
    mine = next(one for one in told if one["clock"] == "first_response")
    assert "Hari jadi kabupaten" in str(mine["explanation"]["steps"])
    # And the administrator sees that all is done.
    progress = expect(administrator.caller.get("/calendar/recalculations"))["items"]
    assert [(one["done"], one["finished_at"] is not None) for one in progress] == [(1, True)]
