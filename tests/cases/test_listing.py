"""Lists of cases and the case page: paging, filters, masking, and what is noted in the read log."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cases.cursors import BadCursorError
from cases.errors import NotFoundError
from cases.listing import BadSortError, find_case_id, get_case, list_cases
from cases.model import Actor, CaseQuery, CaseView, Channel, Stage, Status
from cases.read_log import ReadMustBeLoggedError
from storage.database import READ_ONLY
from storage.tables import (
    Attachment,
    Case,
    CaseText,
    Deadline,
    DuplicateCandidate,
    ExternalRef,
    ReadLogEntry,
    Subscription,
)
from support.policy_world import NIK, NOW, World, counted, new_id
from tuntas.database import make_engine

DAY = timedelta(days=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


@pytest.fixture
def admin(world: World) -> Actor:
    """Return a coordinating admin."""
    return world.officer("coordinating_admin")


def listed(world: World, actor: Actor, **query: Any) -> list[str]:
    """Ids of every page of a list."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = world.ask(list_cases, CaseQuery(cursor=cursor, limit=2, **query), by=actor)
        found += [row.id for row in page.items]
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize("sort", ["-received", "due"])
def test_pages_together_hold_every_case_once_in_order(world: World, admin: Actor, sort: str) -> None:
    for number in range(7):
        same = NOW - DAY * (number // 2)
        world.case(received_at=same, due_at=None if number > 4 else same)
    found = listed(world, admin, sort=sort)
    assert len(found) == len(set(found)) == 7
    rows = {row.id: row for row in world.rows(Case)}
    if sort == "-received":
        received = [rows[case_id].received_at for case_id in found]
        assert received == sorted(received, reverse=True)
    else:
        due = [rows[case_id].due_at or datetime.max.replace(tzinfo=UTC) for case_id in found]
        assert due == sorted(due)


def test_a_list_is_one_statement_however_long_it_is(world: World) -> None:
    worker = world.officer("case_worker@jalan")
    for number in range(3):
        world.case(lead="jalan" if number else "dinkes")
    with world.session() as session:
        session.connection()
        with counted(world.engine) as statements:
            list_cases(session, world.env, CaseQuery(), by=worker)
    assert len(statements) == 1


# What a client may send instead of a cursor: junk, another list's, another shape, naive times, no UUID.
BAD_CURSORS = [
    "junk!",
    "é",
    "a" * 1000,
    base64.urlsafe_b64encode(b'["tasks","2026-03-01T00:00:00+00:00","x"]').decode(),
    base64.urlsafe_b64encode(b'["-received"]').decode(),
    base64.urlsafe_b64encode(b'{"a":1}').decode(),
    base64.urlsafe_b64encode(
        b'["-received","2026-03-01T00:00:00","0190a0a0-0000-7000-8000-000000000000"]'
    ).decode(),
    base64.urlsafe_b64encode(b'["-received","2026-03-01T00:00:00+00:00","\' OR 1=1"]').decode(),
    base64.urlsafe_b64encode(b'["-received",null,null]').decode(),
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
def test_a_cursor_that_was_tampered_with_is_refused(world: World, admin: Actor, cursor: str) -> None:
    with pytest.raises(BadCursorError):
        world.ask(list_cases, CaseQuery(cursor=cursor), by=admin)


def test_a_cursor_gives_no_sight_of_foreign_cases(world: World, admin: Actor) -> None:
    for _ in range(3):
        world.case(lead="dinkes")
    cursor = world.ask(list_cases, CaseQuery(limit=1), by=admin).next
    worker = world.officer("case_worker@jalan")
    assert world.ask(list_cases, CaseQuery(cursor=cursor), by=worker).items == ()


def test_an_unknown_order_is_refused(world: World, admin: Actor) -> None:
    with pytest.raises(BadSortError):
        world.ask(list_cases, CaseQuery(sort="title"), by=admin)


# One case has all of this, the other nothing of it.
FILTERS: list[dict[str, Any]] = [
    {"stage": Stage.FOLLOW_UP},
    {"status": Status.PROSES},
    {"category": "agama"},
    {"channel": Channel.LETTER},
    {"received_from": date(2026, 3, 2)},
    {"overdue": True},
    {"text": "GOT 100%"},
    {"text": "got"},
]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_leaves_the_others_out(world: World, admin: Actor, query: dict[str, Any]) -> None:
    wanted = world.case(
        stage="follow_up",
        category="agama",
        channel="letter",
        received_at=datetime(2026, 3, 1, 17, 0, tzinfo=UTC),
        due_at=NOW,
        title="Got 100% tersumbat",
    )
    world.case(received_at=datetime(2026, 3, 1, 16, 59, tzinfo=UTC), due_at=NOW + DAY)
    assert listed(world, admin, **query) == [wanted]


def test_days_are_those_of_the_office(world: World, admin: Actor) -> None:
    # 17.00 in Greenwich is midnight in western Indonesia.
    before = world.case(received_at=datetime(2026, 3, 1, 16, 59, tzinfo=UTC))
    world.case(received_at=datetime(2026, 3, 1, 17, 0, tzinfo=UTC))
    assert listed(world, admin, received_to=date(2026, 3, 1)) == [before]
    assert len(listed(world, admin, received_to=date.max)) == 2


def test_a_unit_an_owner_and_a_reference_find_their_cases(world: World, admin: Actor) -> None:
    worker = world.officer("case_worker@jalan")
    case_id = world.case(lead="jalan")
    world.case()
    world.task(case_id, "case_worker", "jalan", owner_id=worker.id)
    reference = next(row.reference for row in world.rows(Case) if row.id == case_id)
    assert listed(world, admin, unit_id=world.units["jalan"]) == [case_id]
    assert listed(world, admin, owner_id=worker.id) == [case_id]
    assert listed(world, admin, text=reference.lower().replace("-", " ")) == [case_id]
    assert world.ask(find_case_id, reference.lower(), by=admin) == case_id
    assert world.ask(find_case_id, "TTS", by=admin) is None
    with pytest.raises(NotFoundError):
        world.ask(list_cases, CaseQuery(unit_id="no uuid"), by=admin)


def test_titles_of_the_restricted_lane_are_neither_shown_nor_found_by_others(world: World) -> None:
    case_id = world.case(sensitivity="oversight", title="Suap di pasar")
    auditor, inspector = world.officer("auditor"), world.officer("inspectorate@inspektorat")
    (row,) = world.ask(list_cases, CaseQuery(), by=auditor).items
    assert "Suap" not in row.title
    assert listed(world, auditor, text="suap") == []
    assert listed(world, inspector, text="suap") == [case_id]
    assert world.ask(list_cases, CaseQuery(), by=inspector).items[0].title == "Suap di pasar"


# Who reads an ordinary case of unit "jalan": the name that is shown, and the reads that are noted.
READERS = [
    # Yes, logged.
    ("coordinating_admin", {}, "Siti Contoh", 1),
    # Not when anonymous; the coordinating admin still knows.
    ("coordinating_admin", {"anonymous": True}, "Siti Contoh", 1),
    ("case_worker@jalan", {}, "Siti Contoh", 0),
    ("case_worker@jalan", {"anonymous": True}, "***", 0),
    ("unit_liaison@jalan", {"anonymous": True}, "***", 0),
    ("superior@pupr", {"anonymous": True}, "***", 0),
    ("superior@pupr", {}, "Siti Contoh", 0),
    # Masked; no.
    ("auditor", {}, "***", 0),
    ("regional_secretary", {}, "***", 0),
    ("leadership", {}, "***", 0),
    ("provincial_supervisor", {}, "***", 0),
    ("information_officer", {"kind": "information_request"}, "Siti Contoh", 1),
    # A confidential oversight case hides its complainant from the coordinating admin; reads are noted.
    (
        "coordinating_admin",
        {"sensitivity": "oversight", "confidential": True, "stage": "verification"},
        "***",
        1,
    ),
    ("coordinating_admin", {"sensitivity": "oversight", "stage": "verification"}, "Siti Contoh", 2),
    # With a reason only.
    ("inspectorate@inspektorat", {"sensitivity": "oversight"}, "***", 1),
    ("auditor", {"sensitivity": "oversight"}, "***", 1),
]


@pytest.mark.parametrize(("held", "fields", "name", "notes"), READERS)
def test_identity_is_shown_masked_and_noted_by_role(
    world: World, held: str, fields: dict[str, Any], name: str, notes: int
) -> None:
    case_id = world.case(**{"lead": "jalan", "stage": "follow_up", **fields})
    reader = world.officer(held)
    view: CaseView = world.ask(get_case, case_id, by=reader)
    known = name != "***"
    assert (view.complainant.name, view.complainant.masked) == (name, not known)
    assert (view.complainant.phone == "081234567890") is known
    assert ("0812-3456-7890" in view.text) is known
    assert NIK not in repr(view)
    log = world.rows(ReadLogEntry)
    assert len(log) == notes
    assert {entry.actor_id for entry in log} <= {reader.id}


@pytest.mark.parametrize(
    ("held", "fields", "shown"),
    [
        ("coordinating_admin", {}, True),
        ("inspectorate@inspektorat", {"sensitivity": "oversight"}, True),
        ("information_officer", {"kind": "information_request"}, True),
        # Knows the name for the work, but has no right to read identities.
        ("case_worker@jalan", {}, False),
        ("auditor", {}, False),
        ("regional_secretary", {}, False),
    ],
)
def test_an_identity_number_is_shown_for_a_reason_to_those_who_may_read_identities(
    world: World, held: str, fields: dict[str, Any], shown: bool
) -> None:
    case_id = world.case(**{"lead": "jalan", "stage": "follow_up", **fields})
    view: CaseView = world.ask(get_case, case_id, by=world.officer(held), reason="Mencocokkan data")
    assert (NIK in view.text, NIK in view.row.title) == (shown, shown)
    noted = {(entry.what, entry.reason) for entry in world.rows(ReadLogEntry)}
    assert (("identity", "Mencocokkan data") in noted) is shown


def test_the_parent_of_a_case_is_named_to_those_for_whom_it_exists(world: World) -> None:
    parent = world.case(accused="jalan")
    child = world.case(lead="jalan", stage="follow_up", parent_id=parent)
    for held, known in (("coordinating_admin", True), ("case_worker@jalan", False)):
        view: CaseView = world.ask(get_case, child, by=world.officer(held))
        assert (view.parent_reference is not None) is known


def test_lists_never_show_a_number_or_a_name(world: World) -> None:
    world.case(lead="jalan")
    for held in ("coordinating_admin", "case_worker@jalan", "auditor", "provincial_supervisor"):
        (row,) = world.ask(list_cases, CaseQuery(), by=world.officer(held)).items
        assert NIK not in repr(row)
        assert "Siti" not in repr(row)


def test_the_inspectorate_sees_an_identity_with_a_reason_which_is_noted(world: World) -> None:
    case_id = world.case(sensitivity="oversight")
    inspector = world.officer("inspectorate@inspektorat")
    view = world.ask(get_case, case_id, by=inspector, reason="Panggilan saksi")
    assert view.complainant.name == "Siti Contoh"
    assert {(entry.what, entry.reason) for entry in world.rows(ReadLogEntry)} == {
        ("case", "Panggilan saksi"),
        ("identity", "Panggilan saksi"),
    }


def test_a_read_that_must_be_noted_does_not_happen_in_a_read_only_transaction(
    world: World, admin: Actor
) -> None:
    case_id = world.case()
    with (
        Session(world.engine.execution_options(**READ_ONLY)) as session,
        pytest.raises(ReadMustBeLoggedError),
    ):
        get_case(session, world.env, case_id, by=admin)


def _furnish(world: World, case_id: str) -> None:
    """Give a case one of everything that stands beside it."""
    at = {"at": NOW, "author_kind": "user", "author_name": "Dewi"}
    for kind, visibility in (("note", "internal"), ("response", "draft"), ("response", "public")):
        world.insert(
            CaseText,
            id=new_id(),
            case_id=case_id,
            kind=kind,
            visibility=visibility,
            text=f"{kind} {NIK}",
            **at,
        )
    for visibility in ("internal", "public"):
        world.insert(
            Attachment,
            id=new_id(),
            case_id=case_id,
            object_key=new_id(),
            filename=f"{visibility}.txt",
            media_type="text/plain",
            size=1,
            sha256="0" * 64,
            visibility=visibility,
            uploaded_by_kind="user",
            created_at=NOW,
        )
    due = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    world.insert(
        Deadline, id=new_id(), case_id=case_id, clock="verification", started_at=NOW, due_at=due, law=False
    )
    world.insert(ExternalRef, system="lapor", external_id="7654321", case_id=case_id)
    for other in (world.case(lead="jalan"), world.case(lead="dinkes")):
        world.insert(DuplicateCandidate, case_id=case_id, other_id=other, reason="same_title")


def test_a_case_page_holds_everything_beside_the_case_in_nine_statements(world: World) -> None:
    worker = world.officer("case_worker@jalan")
    case_id = world.case(lead="jalan", stage="follow_up")
    _furnish(world, case_id)
    world.task(case_id, "case_worker", "jalan")
    with world.session() as session:
        session.connection()
        with counted(world.engine) as statements:
            view = get_case(session, world.env, case_id, by=worker)
    assert len(statements) == 9
    assert [text.visibility for text in view.texts] == ["internal", "draft", "public"]
    assert [file.filename for file in view.attachments] == ["internal.txt", "public.txt"]
    assert view.deadlines[0].due_on == date(2026, 3, 4)
    assert view.deadlines[0].label.en == "Verification and disposition"
    assert [task.role for task in view.tasks] == ["case_worker"]
    assert view.external_refs[0].id == "7654321"
    # The duplicate in the other unit is not this reader's to see.
    assert len(view.duplicates) == 1
    assert "note" in view.acts
    assert "verify" not in view.acts


def test_only_public_parts_are_shown_to_the_province(world: World) -> None:
    case_id = world.case(lead="jalan")
    _furnish(world, case_id)
    view = world.ask(get_case, case_id, by=world.officer("provincial_supervisor"))
    assert [text.text for text in view.texts] == ["response [nomor identitas disamarkan]"]
    assert [file.filename for file in view.attachments] == ["public.txt"]
    assert (view.tasks, view.duplicates, view.instances, view.external_refs) == ((), (), (), ())


def test_a_complainant_reads_the_public_part_and_who_they_are_not(world: World) -> None:
    case_id = world.case(lead="jalan")
    _furnish(world, case_id)
    view = world.ask(get_case, case_id, by=world.complainant(case_id))
    assert {text.visibility for text in view.texts} == {"public"}
    assert view.tasks == ()
    assert world.rows(ReadLogEntry) == []


def test_messages_are_offered_only_when_waited_for_and_to_whom_they_belong(
    world: World, admin: Actor
) -> None:
    case_id = world.case()
    instance_id = world.instance(case_id)
    for message in ("reply", "referral_accepted", "case_opened"):
        world.insert(
            Subscription,
            task_id=new_id(),
            message=message,
            instance_id=instance_id,
            case_id=case_id,
            element_id="wait",
        )
    assert world.ask(get_case, case_id, by=world.complainant(case_id)).messages == ("reply",)
    assert set(world.ask(get_case, case_id, by=admin).messages) == {"reply", "referral_accepted"}
    assert world.ask(get_case, case_id, by=world.officer("auditor")).messages == ()
