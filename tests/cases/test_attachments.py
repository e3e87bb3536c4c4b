"""Files of a case: who may add and read them, and what happens when something goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cases.attachments import (
    StoredUpload,
    add_attachment,
    discard_upload,
    list_attachments,
    open_attachment,
    store_upload,
)
from cases.errors import FileRefusedError, NotFoundError, RefusedByRuleError
from cases.history import verify_history
from cases.model import PUBLIC, Actor, Upload
from storage.objects.errors import ObjectMissingError
from storage.tables import Attachment, HistoryEntry, ReadLogEntry
from support.policy_world import World, new_id
from tuntas.database import make_engine

TEXT = b"Lubang di depan pasar.\n"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


def upload(content: bytes = TEXT, name: str = "bukti.txt", **more: Any) -> Upload:
    """A file on its way in."""
    return Upload(name, iter([content[at : at + 10] for at in range(0, len(content), 10)]), **more)


def content_of(world: World, attachment_id: str, by: Actor) -> bytes:
    """The bytes that a reader gets."""
    return b"".join(world.ask(open_attachment, attachment_id, by=by).chunks)


def kept(world: World) -> list[str]:
    """Keys of the objects in the store."""
    return [item.key for item in world.objects.list()]


def test_a_file_is_kept_with_a_safe_name_and_type_and_a_history_entry(world: World) -> None:
    case_id, worker = world.case(lead="jalan"), world.officer("case_worker@jalan")
    sent = upload(name="../../bukti\u202e.txt", media_type="text/html", visibility="internal")
    view = world.ask(add_attachment, case_id, sent, by=worker)
    assert (view.filename, view.media_type, view.size, view.visibility) == (
        "bukti.txt",
        "text/plain",
        len(TEXT),
        "internal",
    )
    assert content_of(world, view.id, worker) == TEXT
    assert [entry.tag for entry in world.rows(HistoryEntry)] == ["case:attachment:added"]
    assert "bukti" not in repr(world.rows(HistoryEntry)[0].data)
    assert "bukti" not in world.rows(Attachment)[0].object_key
    with world.session() as session:
        assert verify_history(session, case_id) == 1


def test_a_complainant_adds_public_files_until_the_case_is_closed(world: World) -> None:
    case_id = world.case()
    view = world.ask(add_attachment, case_id, upload(visibility="internal"), by=world.complainant(case_id))
    assert view.visibility == "public"
    closed = world.case(stage="closed", status="Selesai")
    with pytest.raises(RefusedByRuleError):
        world.ask(add_attachment, closed, upload(), by=world.complainant(closed))
    world.ask(add_attachment, closed, upload(), by=world.officer("coordinating_admin"))


def test_an_id_alone_opens_no_file(world: World) -> None:
    case_id, other = world.case(lead="jalan"), world.case(lead="dinkes")
    worker = world.officer("case_worker@jalan")
    public = world.ask(add_attachment, case_id, upload(), by=worker)
    internal = world.ask(add_attachment, case_id, upload(visibility="internal"), by=worker)
    assert content_of(world, public.id, world.complainant(case_id)) == TEXT
    strangers = (
        world.complainant(other),
        world.officer("case_worker@dinkes"),
        world.officer("system_administrator"),
        PUBLIC,
    )
    for stranger in strangers:
        for view in (public, internal):
            with pytest.raises(NotFoundError):
                world.ask(open_attachment, view.id, by=stranger)
        with pytest.raises(NotFoundError):
            world.ask(list_attachments, case_id, by=stranger)
        with pytest.raises(NotFoundError):
            world.ask(add_attachment, case_id, upload(), by=stranger)
    for unknown in (new_id(), "no uuid", case_id):
        with pytest.raises(NotFoundError):
            world.ask(open_attachment, unknown, by=worker)


def test_internal_files_are_never_for_complainants_or_the_province(world: World) -> None:
    case_id, worker = world.case(lead="jalan"), world.officer("case_worker@jalan")
    internal = world.ask(add_attachment, case_id, upload(visibility="internal"), by=worker)
    for reader in (world.complainant(case_id), world.officer("provincial_supervisor")):
        assert world.ask(list_attachments, case_id, by=reader) == ()
        with pytest.raises(NotFoundError):
            world.ask(open_attachment, internal.id, by=reader)
    assert len(world.ask(list_attachments, case_id, by=worker)) == 1


def test_opening_a_file_of_the_restricted_lane_is_noted(world: World) -> None:
    case_id = world.case(sensitivity="oversight")
    inspector = world.officer("inspectorate@inspektorat")
    view = world.ask(add_attachment, case_id, upload(), by=inspector)
    content_of(world, view.id, inspector)
    assert [entry.what for entry in world.rows(ReadLogEntry)] == ["attachment"]


def test_a_file_that_grows_too_large_is_refused_before_it_ends(world: World) -> None:
    world.env = replace(world.env, max_upload_bytes=100)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 30
            yield b"x" * 30

    with pytest.raises(FileRefusedError):
        store_upload(world.env, Upload("besar.txt", endless()))
    assert sent <= 130
    assert kept(world) == []


def test_a_case_takes_files_up_to_its_limit(world: World) -> None:
    world.env = replace(world.env, max_case_bytes=2 * len(TEXT))
    case_id, admin = world.case(), world.officer("coordinating_admin")
    for _ in range(2):
        world.ask(add_attachment, case_id, upload(), by=admin)
    with pytest.raises(FileRefusedError):
        world.ask(add_attachment, case_id, upload(), by=admin)
    assert len(kept(world)) == 2


@pytest.mark.parametrize("sent", [(b"", "kosong.txt"), (b"MZ", "virus.exe"), (b"<html>", "foto.jpg")])
def test_a_refused_file_leaves_nothing_behind(world: World, sent: tuple[bytes, str]) -> None:
    case_id, admin = world.case(), world.officer("coordinating_admin")
    with pytest.raises(FileRefusedError):
        world.ask(add_attachment, case_id, upload(*sent), by=admin)
    assert kept(world) == []
    assert world.rows(Attachment) == []


def test_a_file_stored_before_the_transaction_survives_its_repetition(world: World) -> None:
    case_id, admin = world.case(), world.officer("coordinating_admin")
    stored: StoredUpload = store_upload(world.env, upload())
    with Session(world.engine) as session:
        # Another writer was first: the transaction is rolled back after its work and begins anew.
        add_attachment(session, world.env, case_id, stored, by=admin)
        session.rollback()
    view = world.ask(add_attachment, case_id, stored, by=admin)
    assert content_of(world, view.id, admin) == TEXT
    discard_upload(world.env, stored)
    assert kept(world) == []


def test_a_missing_object_is_known_before_anything_is_sent(world: World) -> None:
    case_id, admin = world.case(), world.officer("coordinating_admin")
    view = world.ask(add_attachment, case_id, upload(), by=admin)
    world.objects.delete(kept(world)[0])
    with pytest.raises(ObjectMissingError):
        world.ask(open_attachment, view.id, by=admin)
