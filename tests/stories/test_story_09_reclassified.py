"""9. Reclassified from ordinary (14) to oversight (60) on day 10: deadlines recomputed from receipt."""

from support.story import Story, disposed


def test_story_09_a_new_class_counts_from_the_receipt_and_the_old_dates_are_kept(story: Story) -> None:
    # Given an ordinary complaint received on Monday 2 March: fourteen working days end on Friday 27 March,
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="Pelayanan lambat")
    disposed(story, citizen)
    auditor = story.officer("auditor")
    # 3 to 17 March are eleven; 18 to 24 are Nyepi, Idul Fitri and collective leave; 25, 26 and 27 make fourteen.
    assert auditor.clock(citizen, "final_ordinary")["due_on"] == "2026-03-27"
    # When it turns out on working day 10 that an officer abused the office.
    story.it_is("2026-03-16 10:00")
    story.officer("admin.instansi").does(
        citizen, "classification", **{"class": "oversight", "reason": "Ada dugaan penyalahgunaan wewenang."}
    )
    # Then sixty working days count from 2 March, not from today.
    inspector = story.officer("inspektorat")
    # The domain counts sixty from 16 March to 25 June; 16 March is the tenth, and ten before 25 June is 10 June.
    final = inspector.clock(citizen, "final_oversight")
    assert (final["due_on"], final["started_at"]) == ("2026-06-10", "2026-03-02T02:00:00+00:00")
    # And the old date is kept, stopped, and history tells both.
    old = inspector.clock(citizen, "final_ordinary")
    assert (old["due_on"], old["stopped_at"]) == ("2026-03-27", "2026-03-16T03:00:00+00:00")
    (told,) = [
        entry["data"] for entry in inspector.history(citizen) if entry["tag"] == "case:case:reclassified"
    ]
    assert told["changed"]["case_class"] == ["ordinary", "oversight"]
    # And the unit lost the case, while the inspectorate has its first task.
    assert story.officer("pelaksana.pupr").cannot_see(citizen)
    assert "choose_team" in inspector.offered(citizen)
