"""The sweeper: what killed uploads left goes, what is named or young stays, and a file that is gone is told of."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cases.attachments import StoredUpload, add_attachment, store_upload
from cases.errors import RefusedByRuleError
from cases.incidents.asked import Act, Mending
from cases.incidents.mending import mend_incident
from cases.incidents.reading import list_incidents, list_kinds
from cases.model import Upload
from storage.tables import Attachment, Incident, Letter
from support.office import Desk, actor_named
from tuntas.sweep import sweep

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
PAST = datetime.now(UTC) - timedelta(days=1)


def in_a_minute() -> datetime:
    """Later than everything that a test stores: files carry the machine's time."""
    return datetime.now(UTC) + timedelta(minutes=1)


def lay_down(desk: Desk) -> StoredUpload:
    """What lies in the store before a transaction names it."""
    chunks = iter([io.BytesIO(b"%PDF-1.4\n").read()])
    upload = Upload(filename="uji.pdf", chunks=chunks, media_type="application/pdf", visibility="public")
    return store_upload(desk.office.env, upload)


def attach(desk: Desk) -> str:
    """A file of a case; answers its key."""
    case, stored, env = desk.register(), lay_down(desk), desk.office.env
    by = actor_named(desk.office, "admin.instansi")
    desk.office.work.write(lambda session: add_attachment(session, env, case.id, stored, by=by))
    return stored.object_key


def keys(desk: Desk) -> set[str]:
    """What is stored."""
    return {one.key for one in desk.office.objects.list()}


@pytest.mark.parametrize("since", [None, PAST], ids=["all", "lately"])
def test_an_object_that_no_case_names_is_deleted_and_others_stay(desk: Desk, since: datetime | None) -> None:
    named, orphan = attach(desk), lay_down(desk).object_key
    assert sweep(desk.office, since=since, before=in_a_minute()).orphans == (orphan,)
    assert keys(desk) == {named}
    assert sweep(desk.office, since=since, before=in_a_minute()).orphans == ()


@ON_SQLITE
def test_a_young_object_is_left_alone(desk: Desk) -> None:
    orphan = lay_down(desk).object_key
    assert sweep(desk.office, since=PAST, before=datetime.now(UTC) - timedelta(hours=1)).orphans == ()
    assert keys(desk) == {orphan}


@ON_SQLITE
def test_an_object_of_a_letter_that_is_still_to_be_kept_is_left_alone(desk: Desk) -> None:
    desk.register()
    letter_id = desk.office.work.read(lambda session: session.scalars(select(Letter.id)).first())
    desk.office.objects.put(key=f"letters/{letter_id}-copy-0", chunks=[b"%PDF"], media_type="application/pdf")
    assert sweep(desk.office, since=None, before=in_a_minute()).orphans == ()


@ON_SQLITE
def test_a_file_that_is_gone_is_one_incident_of_its_case(desk: Desk) -> None:
    desk.office.objects.delete(attach(desk))
    office = desk.office
    for _ in range(2):
        swept = sweep(office, since=None, before=in_a_minute())
        assert len(swept.missing) == 1
    told = office.work.read(lambda session: session.execute(select(Incident.command, Incident.case_id)).all())
    rows = office.work.read(lambda session: session.execute(select(Attachment.id, Attachment.case_id)).all())
    assert told == [(f"object:{rows[0].id}", rows[0].case_id)]


@ON_SQLITE
def test_files_that_are_gone_are_of_one_kind_and_over_when_they_are_back(desk: Desk) -> None:
    gone, env, by = (
        [attach(desk) for _ in range(2)],
        desk.office.env,
        actor_named(desk.office, "administrator"),
    )
    for key in gone:
        desk.office.objects.delete(key)
    sweep(desk.office, since=None, before=in_a_minute())
    (kind,) = desk.office.work.read(lambda session: list_kinds(session, env, by=by))
    assert (kind.count, kind.command, kind.error) == (2, "object", "ObjectMissing")

    def retry() -> int:
        asked = Mending(Act.RETRY, "Dipulihkan")
        found = desk.office.work.read(lambda session: list_incidents(session, env, by=by, state="open")).items
        for incident in found:
            desk.office.work.write(
                lambda session, one=incident: mend_incident(session, env, one.id, asked, by=by)
            )
        return len(found)

    with pytest.raises(RefusedByRuleError, match="backup"):
        retry()
    for key in gone:
        desk.office.objects.put(key=key, chunks=[b"%PDF"], media_type="application/pdf")
    assert (retry(), retry()) == (2, 0)
