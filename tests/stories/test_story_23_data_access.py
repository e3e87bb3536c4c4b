"""23. Data-subject access answered with the processing log in 72 hours."""

from support.story import Story, disposed, expect


def test_story_23_a_complainant_learns_within_72_hours_what_was_done_with_the_data(story: Story) -> None:
    # Given a complainant whose case was read and worked on by several people.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(name="Siti Aminah")
    disposed(story, citizen)
    story.officer("pelaksana.pupr").sees(citizen)
    # When the complainant asks on Friday at 16.00 what is kept and who has seen it.
    story.it_is("2026-03-06 16:00")
    asked = citizen.caller.post(
        f"/complaints/{citizen.reference}/requests",
        json={"kind": "data_access", "text": "Siapa yang membaca?"},
    )
    assert expect(asked, 201)
    story.settle()
    officer = story.officer("pelindung.data")
    task = next(one for one in officer.tasks(citizen) if one["element_id"] == "answer_data_request")
    # Then the officer has 72 hours, the weekend included.
    assert task["due_at"].startswith("2026-03-09T09:00:00")
    # And when the request is answered in time, the complainant gets the processing log.
    story.it_is("2026-03-09 10:00")
    officer.completes(
        citizen, "answer_data_request", decision="give_access", message="Catatannya kami lampirkan."
    )
    seen = citizen.sees()
    assert any("catatan" in file["filename"].lower() for file in seen["attachments"]), seen["attachments"]
    # And the log says who read what, by role and not by name.
    log = expect(
        citizen.caller.get(f"/complaints/{citizen.reference}/requests/{asked.json['id']}/processing-log")
    )
    roles = {line["by"]["en"] for line in (*log["read"], *log["processed"])}
    assert "Coordinating admin" in roles
    assert "Bambang Wiratmo" not in str(log)
    clock = story.officer("auditor").clock(citizen, "data_subject")
    assert (clock["overdue"], clock["stopped_at"] is not None) == (False, True)
