"""Registering a complaint: its number, its secret, its clocks and its first task, in one command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, update

from cases.errors import NotFoundError, RefusedByRuleError
from cases.model import PUBLIC, CaseClass, Channel, Kind, NewComplaint, Registered
from cases.register import register_complaint
from storage.tables import Case, ExternalRef, OutboxMessage, ProcessDefinition
from support.office import START, Desk, actor_named
from support.own_process import at_once
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
NEW = NewComplaint(title="Lampu padam", text="Lampu jalan padam.", name="Budi Contoh")


def register(work: UnitOfWork, office: Tuntas, new: NewComplaint = NEW, by: Any = PUBLIC) -> Registered:
    """Register a complaint."""
    return work.write(lambda session: register_complaint(session, office.env, new, by=by))


def test_a_complaint_gets_a_number_a_secret_and_its_first_task(office: Tuntas) -> None:
    done = register(office.work, office)
    assert done.case.reference.startswith("TTS-2026-000001-")
    assert len(done.secret or "") >= 20
    assert [task.element_id for task in done.case.next_tasks] == ["verify_complaint"]
    row = office.work.read(lambda session: session.execute(select(*Case.__table__.columns)).one())
    assert (row.received_at, row.entered_at, row.status) == (START, START, "Belum")
    assert (done.secret or "").encode() not in row.tracking_hash


def test_complaints_that_arrive_at_once_get_numbers_without_gap_or_repetition(office: Tuntas) -> None:
    outcomes = at_once(office, *[partial(register, office=office)] * 4)
    assert all(isinstance(outcome, Registered) for outcome in outcomes), outcomes
    numbers = sorted(outcome.case.reference.split("-")[2] for outcome in outcomes)
    assert numbers == ["000001", "000002", "000003", "000004"]


@ON_SQLITE
def test_the_number_is_of_the_local_year_of_receipt(desk: Desk) -> None:
    desk.clock.set(datetime(2026, 12, 31, 17, 30, tzinfo=UTC))  # Half past midnight in Jakarta.
    assert desk.register().reference.split("-")[1] == "2027"
    earlier = desk.register(channel=Channel.LETTER, received_at=datetime(2026, 12, 31, 3, tzinfo=UTC))
    assert earlier.reference.split("-")[1:3] == ["2026", "000001"]


@ON_SQLITE
def test_a_receipt_in_the_future_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedByRuleError):
        desk.register(received_at=desk.clock.now() + timedelta(seconds=1))
    assert desk.office.work.read(lambda session: session.query(Case).count()) == 0


@ON_SQLITE
def test_without_an_intake_process_nothing_is_registered(office: Tuntas) -> None:
    gone = update(ProcessDefinition).where(ProcessDefinition.key == "intake").values(status="retired")
    office.work.write(lambda session: session.execute(gone))
    with pytest.raises(RefusedByRuleError, match="No intake process is deployed"):
        register(office.work, office)
    assert office.work.read(lambda session: session.query(Case).count()) == 0


# (who registers, through which channel, whether they may)
REGISTRARS = [
    (None, Channel.WEB, True),
    (None, Channel.MOBILE_APP, True),
    (None, Channel.FRONT_DESK, False),
    (None, Channel.CSV_IMPORT, False),
    ("penerima", Channel.FRONT_DESK, True),
    ("admin.instansi", Channel.LETTER, True),
    ("pelaksana.pupr", Channel.LETTER, False),
    ("auditor", Channel.WEB, False),
]


@ON_SQLITE
@pytest.mark.parametrize(("username", "channel", "allowed"), REGISTRARS)
def test_who_may_register_through_which_channel(
    office: Tuntas, username: str | None, channel: Channel, allowed: bool
) -> None:
    by = actor_named(office, username) if username else PUBLIC
    new = NewComplaint(title="Lampu padam", text="Isi.", channel=channel)
    if allowed:
        assert register(office.work, office, new, by).case.reference
        return
    with pytest.raises(NotFoundError):
        register(office.work, office, new, by)


@ON_SQLITE
def test_an_information_request_is_of_its_own_class(desk: Desk) -> None:
    assert desk.case(desk.register(kind=Kind.INFORMATION_REQUEST).id).case_class == "information"
    assert desk.case(desk.register(kind=Kind.ASPIRATION).id).case_class == "ordinary"
    oversight = desk.case(desk.register(case_class=CaseClass.OVERSIGHT).id)
    assert (oversight.case_class, oversight.sensitivity) == ("oversight", "oversight")


@ON_SQLITE
def test_an_external_id_is_taken_once(office: Tuntas) -> None:
    from cases.errors import ConflictError
    from cases.model import NewRef

    new = NewComplaint(title="Lampu", text="Isi.", external_refs=(NewRef("lapor", "77"),))
    register(office.work, office, new)
    with pytest.raises(ConflictError):
        register(office.work, office, new)
    assert office.work.read(lambda session: session.query(ExternalRef).count()) == 1


@ON_SQLITE
def test_what_was_lost_and_asked_for_is_kept_in_the_text(desk: Desk) -> None:
    row = desk.case(desk.register(text="Isi.", loss="Ban pecah", request="Ganti rugi").id)
    assert row.text == "Isi.\n\nKerugian: Ban pecah\n\nPermintaan: Ganti rugi"


def test_registering_takes_the_same_few_statements_however_many_cases_there_are(desk: Desk) -> None:
    """Measured: 19 statements on both databases, two of them for the rules in force and the receipt."""
    office, seen = desk.office, []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    def cost() -> int:
        seen.clear()
        register(office.work, office)
        return len([statement for statement in seen if not statement.startswith("BEGIN")])

    for _ in range(3):
        register(office.work, office)
    event.listen(office.work.engine, "before_cursor_execute", note)
    few = cost()
    for number in range(30):
        desk.register(title=f"Aduan {number}")
    many = cost()
    event.remove(office.work.engine, "before_cursor_execute", note)
    assert few == many <= 20, (few, many)


@ON_SQLITE
def test_the_outbox_tells_of_the_case_without_its_content(desk: Desk) -> None:
    case = desk.register(title="Judul rahasia")
    query = select(OutboxMessage.topic, OutboxMessage.payload).order_by(OutboxMessage.id)
    rows = desk.office.work.read(lambda session: session.execute(query).all())
    assert ("case:registered", {"reference": case.reference}) in [tuple(row) for row in rows]
    assert "rahasia" not in str(rows)
