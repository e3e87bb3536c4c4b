"""17. Diagram changed while 1,000 cases are open: old ones finish on the old version; new ones start on the new."""

from sqlalchemy import func, select

from cases.definitions import files_from_folder
from storage.tables import Case, ProcessDefinition, ProcessInstance
from support.crowd import complete_everywhere, many_complaints
from support.story import Story, expect
from tuntas.config import ROOT
from tuntas.worker import Worker


def test_story_17_open_cases_finish_on_the_diagram_they_began_with(story: Story) -> None:
    # Given a thousand open complaints.
    office = story.office
    story.worker = Worker(office, prints=False)
    old = many_complaints(office, 1_000)
    # When a designer gives the verification another name and deploys the diagram.
    path = "bpmn/complaint.bpmn"
    drawn = files_from_folder(ROOT)[path].decode()
    assert drawn.count('name="Verifikasi pengaduan"') == 1
    changed = drawn.replace('name="Verifikasi pengaduan"', 'name="Verifikasi dan klasifikasi"')
    designer = story.officer("perancang")
    expect(designer.caller.post("/process-definitions", json={"files": {path: changed}, "note": "uji"}), 201)
    citizen = story.citizen_files(title="Aduan baru")
    # Then the new case starts on the new diagram, and the old ones keep theirs.
    admin = story.officer("admin.instansi")
    assert [task["name"] for task in admin.tasks(citizen)] == ["Verifikasi dan klasifikasi"]
    assert _versions(story) == {1: 1_000, 2: 1}
    # And all of them finish, each on its own version.
    complete_everywhere(
        office, old, "verify_complaint", "admin.instansi", decision="archive", archive_reason="test"
    )
    admin.completes(citizen, "verify_complaint", decision="archive", archive_reason="test")
    assert _versions(story) == {1: 1_000, 2: 1}
    open_cases = select(func.count()).select_from(Case).where(Case.stage != "closed")
    assert office.work.read(lambda session: session.scalar(open_cases)) == 0


def _versions(story: Story) -> dict[int, int]:
    """How many main processes run or ran on each version."""
    query = (
        select(ProcessDefinition.version, func.count())
        .join(ProcessInstance, ProcessInstance.definition_id == ProcessDefinition.id)
        .where(ProcessInstance.main.is_(True))
        .group_by(ProcessDefinition.version)
    )
    return {row[0]: row[1] for row in story.office.work.read(lambda session: session.execute(query).all())}
