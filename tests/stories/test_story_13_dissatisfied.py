"""13. Dissatisfied three times: Ombudsman letter and an Ombudsman-ready file."""

from support.story import Story, answered, disposed


def test_story_13_after_three_dissatisfied_rounds_the_complainant_gets_letter_and_file(story: Story) -> None:
    # Given a complainant whose complaint is answered, three times without mending anything.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files()
    disposed(story, citizen)
    answered(story, citizen, kind="explanation", text="Sudah kami teruskan.")
    auditor = story.officer("auditor")
    due = auditor.clock(citizen, "final_ordinary")["due_on"]
    for number in (2, 3):
        citizen.says("not_satisfied", message="Belum ada perubahan.")
        # It goes back to the same lead unit, as the next round.
        assert (auditor.sees(citizen)["round"], auditor.sees(citizen)["stage"]) == (number, "follow_up")
        answered(story, citizen, kind="explanation", text=f"Penjelasan ke-{number}.")
    assert "ombudsman" not in citizen.was_told()
    # When the complainant is dissatisfied for the third time.
    citizen.says("not_satisfied", message="Masih belum diperbaiki.")
    # Then the complainant is told of the right to go to the Ombudsman, with a letter,
    seen = citizen.sees()
    assert citizen.was_told().count("ombudsman") == 1
    files = [file["filename"] for file in seen["attachments"]]
    assert any("ombudsman" in name.lower() for name in files), files
    # and a file that the Ombudsman can read lies ready,
    secretary = story.officer("sekda")
    kept = [
        file["filename"] for file in story.officer("admin.instansi").reads(citizen, "attachments")["items"]
    ]
    assert any("berkas" in name.lower() for name in kept), kept
    assert not any("berkas" in name.lower() for name in files), "the file is the office's to hand on"
    # and the regional secretary decides, without a new legal date.
    secretary.completes(
        citizen, "decide_next_step", decision="another_round", instruction="Perbaiki minggu ini."
    )
    again = [row for row in auditor.sees(citizen)["deadlines"] if row["clock"] == "final_ordinary"]
    assert [row["due_on"] for row in again] == [due]
