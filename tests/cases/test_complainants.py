"""The complainant's side: the secret, the public page and the private one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cases.complainants import WRONG_SECRETS, count_wrong_secret, get_status_page, prove_ownership
from cases.errors import NotFoundError, TooManyRequestsError
from cases.model import PUBLIC, Stage, Status, StatusPage
from cases.tracking import hash_secret, new_secret
from storage.tables import Attachment, Case, CaseText, Notice, Subscription
from support.policy_world import NIK, NOW, World, counted, new_id
from tuntas.database import make_engine

SECRET = new_secret()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


def file_case(world: World, **fields: Any) -> tuple[str, str]:
    """A case with the secret of this module: its id and its reference."""
    case_id = world.case(tracking_hash=hash_secret(SECRET), **fields)
    return case_id, next(row.reference for row in world.rows(Case) if row.id == case_id)


def test_the_holder_of_the_secret_is_the_complainant(world: World) -> None:
    case_id, reference = file_case(world)
    actor = world.ask(prove_ownership, reference.lower(), SECRET.lower().replace("-", " "))
    assert actor.case_id == case_id


def test_an_unknown_reference_a_wrong_secret_and_a_case_without_one_answer_alike(world: World) -> None:
    _, reference = file_case(world)
    _, imported = file_case(world, imported=True)
    with world.session() as session:
        session.query(Case).filter(Case.reference == imported).update({"tracking_hash": None})
    for typed, secret in (
        (reference, new_secret()),
        ("TTS-2026-000999-X", SECRET),
        (imported, SECRET),
        ("", ""),
    ):
        with pytest.raises(NotFoundError) as refused:
            world.ask(prove_ownership, typed, secret)
        assert type(refused.value) is NotFoundError


def test_wrong_secrets_are_counted_against_the_reference_and_never_lock_the_owner_out(world: World) -> None:
    _, reference = file_case(world)
    for _ in range(WRONG_SECRETS):
        world.ask(count_wrong_secret, reference)
    with pytest.raises(TooManyRequestsError):
        world.ask(count_wrong_secret, reference.lower())
    assert world.ask(prove_ownership, reference, SECRET)


def page(world: World, reference: str, *, own: str | None = None) -> StatusPage:
    """The status page, public unless somebody owns the case."""
    found: StatusPage = world.ask(
        get_status_page, reference, by=world.complainant(own) if own is not None else PUBLIC
    )
    return found


def _furnish(world: World, case_id: str) -> None:
    for visibility in ("internal", "draft", "public"):
        world.insert(
            CaseText,
            id=new_id(),
            case_id=case_id,
            kind="response",
            visibility=visibility,
            text=visibility,
            at=NOW,
            author_kind="user",
            author_name="Dewi Petugas",
        )
    for visibility in ("internal", "public"):
        world.insert(
            Attachment,
            id=new_id(),
            case_id=case_id,
            object_key=new_id(),
            filename=visibility,
            media_type="text/plain",
            size=1,
            sha256="0" * 64,
            visibility=visibility,
            uploaded_by_kind="user",
            created_at=NOW,
        )
    values = {"due_at": "2026-03-04T17:00:00+00:00", "unit_id": world.units["jalan"]}
    world.insert(Notice, id=new_id(), case_id=case_id, template="disposed", values=values, at=NOW)
    for message in ("reply", "case_opened"):
        world.insert(
            Subscription,
            task_id=new_id(),
            message=message,
            instance_id=world.instance(case_id),
            case_id=case_id,
            element_id="wait",
        )


def test_the_public_page_shows_the_state_and_nothing_of_the_content(world: World) -> None:
    due = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    case_id, reference = file_case(world, lead="jalan", stage="follow_up", due_at=due)
    _furnish(world, case_id)
    with world.session() as session:
        get_status_page(session, world.env, reference, by=PUBLIC)  # This process meets the ruleset.
        with counted(world.engine) as statements:
            found = get_status_page(session, world.env, reference, by=PUBLIC)
    assert len(statements) == 1
    assert (found.full, found.stage, found.status) == (False, Stage.FOLLOW_UP, Status.PROSES)
    assert (found.holder.id, found.promised_on) == ("JALAN", date(2026, 3, 4))
    assert found.title is not None
    assert (found.notices, found.texts, found.attachments, found.messages, found.case_id) == (
        (),
        (),
        (),
        (),
        None,
    )
    assert NIK not in repr(found)
    assert "Siti" not in repr(found)


def test_a_sensitive_case_shows_no_title_and_an_internal_clock_no_date(world: World) -> None:
    due = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    _, reference = file_case(
        world, sensitivity="sensitive", stage="follow_up", due_at=due, due_clock="approval"
    )
    found = page(world, reference)
    assert (found.title, found.stage, found.promised_on) == (None, Stage.FOLLOW_UP, None)


def test_a_confidential_case_shows_its_state_only(world: World) -> None:
    _, reference = file_case(world, confidential=True, lead="jalan", stage="follow_up")
    found = page(world, reference)
    assert (found.title, found.outcome, found.promised_on, found.holder.en) == (
        None,
        None,
        None,
        "Being examined",
    )


def test_the_restricted_lane_shows_the_public_status_only(world: World) -> None:
    _, reference = file_case(world, sensitivity="oversight", lead="inspektorat", stage="awaiting_approval")
    found = page(world, reference)
    assert (found.title, found.stage, found.holder.en) == (None, Stage.FOLLOW_UP, "Being examined")
    assert "INSPEKTORAT" not in repr(found)


def test_the_owner_reads_everything_that_is_public_for_them(world: World) -> None:
    case_id, reference = file_case(world, lead="jalan", stage="follow_up")
    _furnish(world, case_id)
    with world.session() as session:
        session.connection()
        with counted(world.engine) as statements:
            found = get_status_page(session, world.env, reference, by=world.complainant(case_id))
    # Two of them explain the dates: the clocks of the case with their pauses, and the ruleset when it is read first.
    # One asks whether a message of theirs waits for the process to be mended.
    assert len(statements) == 9
    assert found.full
    assert [text.text for text in found.texts] == ["public"]
    assert "Dewi" not in repr(found)
    assert [file.filename for file in found.attachments] == ["public"]
    assert found.messages == ("reply",)
    assert (found.notices[0].subject.en, found.title) == (
        f"Complaint {reference} is with JALAN",
        f"Jalan rusak, NIK {NIK}",
    )


def test_the_owner_of_another_case_reads_the_public_page(world: World) -> None:
    case_id, reference = file_case(world)
    _furnish(world, case_id)
    other, _ = file_case(world)
    assert not page(world, reference, own=other).full


def test_the_owner_of_an_oversight_case_is_told_that_it_is_examined_and_not_by_whom(world: World) -> None:
    case_id, reference = file_case(world, sensitivity="oversight", lead="inspektorat", stage="follow_up")
    _furnish(world, case_id)
    found = page(world, reference, own=case_id)
    assert found.holder.id == "Sedang diperiksa"
    assert "INSPEKTORAT" not in repr(found)
    assert "JALAN" not in repr(found.notices)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
def test_every_stage_tells_who_has_the_case_and_what_comes_next(world: World, stage: Stage) -> None:
    case_id, reference = file_case(world, stage=stage.value, due_at=NOW + timedelta(days=1))
    for found in (page(world, reference), page(world, reference, own=case_id)):
        assert found.holder.id
        assert found.holder.id != found.holder.en or found.holder.id == "Admin"
        assert found.next_step.en


def test_an_unknown_reference_is_not_found(world: World) -> None:
    for typed in ("TTS-2026-000001-X", "", "x" * 500):
        with pytest.raises(NotFoundError):
            page(world, typed)


def test_a_notice_whose_words_are_gone_still_tells_when(world: World) -> None:
    case_id, reference = file_case(world)
    world.insert(Notice, id=new_id(), case_id=case_id, template="no-such", values={}, at=NOW)
    world.insert(Notice, id=new_id(), case_id=case_id, template="response_published", values={}, at=NOW)
    found = page(world, reference, own=case_id)
    assert len(found.notices) == 2
    assert "{" not in "".join(notice.subject.id + notice.body.id + notice.body.en for notice in found.notices)
