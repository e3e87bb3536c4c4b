"""A row of another system becomes one case, closed or at work, and its dates are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.importing import import_row, known_rows
from cases.mappings import ImportedRow
from cases.model import Channel, NewComplaint, NewRef
from storage.tables import Case, HistoryEntry, OutboxMessage, ProcessDefinition, ProcessInstance, Timer
from support.office import Desk
from tuntas.office import Tuntas

RECEIVED = datetime(2025, 11, 3, 2, tzinfo=UTC)


def row(row_id: str = "77", *, closed: bool = True, status: str = "Selesai") -> ImportedRow:
    """A row of LAPOR."""
    complaint = NewComplaint(
        title="Lampu padam",
        text="Lampu jalan padam.",
        channel=Channel.LAPOR,
        received_at=RECEIVED,
        external_refs=(NewRef("lapor", row_id, None, "h" * 64),),
        imported=True,
    )
    closed_at = RECEIVED + timedelta(days=9) if closed else None
    return ImportedRow(row_id, complaint, closed, closed_at, status, "h" * 64, ())


def take(office: Tuntas, given: ImportedRow, *, reopen: bool = False) -> Any:
    """Import the row and answer the stored case."""
    reference = office.work.write(lambda session: import_row(session, office.env, given, reopen=reopen))
    query = select(*Case.__table__.columns).where(Case.reference == reference)
    return office.work.read(lambda session: session.execute(query).one())


def count(office: Tuntas, table: Any) -> int:
    """Rows of a table."""
    return office.work.read(lambda session: session.query(table).count())


def test_a_closed_row_runs_no_process_and_claims_no_outcome(office: Tuntas) -> None:
    case = take(office, row())
    assert (case.stage, case.status, case.outcome) == ("closed", "Selesai", None)
    assert (case.outcome_reason, case.received_at, case.closed_at) == (
        "source:Selesai",
        RECEIVED,
        RECEIVED + timedelta(days=9),
    )
    assert count(office, ProcessInstance) == count(office, Timer) == 0


def test_an_open_row_starts_its_clocks_at_the_receipt_in_the_source(desk: Desk) -> None:
    case = take(desk.office, row(closed=False, status="Belum"))
    assert (case.stage, case.received_at, case.entered_at) == ("verification", RECEIVED, desk.clock.now())
    assert case.due_at < desk.clock.now()
    assert case.reference.startswith("TTS-2025-")


def test_a_reopened_row_starts_now_and_its_history_tells_when_it_really_came(desk: Desk) -> None:
    case = take(desk.office, row(), reopen=True)
    assert (case.stage, case.received_at, case.closed_at) == ("verification", desk.clock.now(), None)
    query = select(HistoryEntry.data).where(HistoryEntry.tag == "case:case:imported")
    (told,) = desk.office.work.read(lambda session: session.scalars(query).all())
    assert told == {
        "system": "lapor",
        "id": "77",
        "source_status": "Selesai",
        "source_received_at": RECEIVED.isoformat(),
        "source_closed_at": (RECEIVED + timedelta(days=9)).isoformat(),
    }


def test_the_same_id_cannot_become_two_cases(office: Tuntas) -> None:
    take(office, row())
    with pytest.raises(ConflictError):
        take(office, row())
    assert count(office, Case) == 1


def test_known_ids_are_told_with_the_row_that_they_came_from(office: Tuntas) -> None:
    take(office, row("1"))
    known = office.work.read(lambda session: known_rows(session, "lapor", ["1", "2"]))
    assert known == {"1": "h" * 64}
    assert office.work.read(lambda session: known_rows(session, "other", ["1"])) == {}


def test_nobody_holds_a_secret_of_an_imported_case(desk: Desk) -> None:
    from cases.complainants import prove_ownership

    for number, reopen in (("1", False), ("2", True)):
        case = take(desk.office, row(number), reopen=reopen)
        assert case.tracking_hash is None
        with pytest.raises(NotFoundError):
            desk.office.work.write(
                lambda session, ref=case.reference: prove_ownership(session, desk.office.env, ref, "")
            )


def test_an_open_row_needs_an_intake_process(office: Tuntas) -> None:
    gone = update(ProcessDefinition).where(ProcessDefinition.key == "intake").values(status="retired")
    office.work.write(lambda session: session.execute(gone))
    with pytest.raises(RefusedByRuleError):
        take(office, row(), reopen=True)
    assert count(office, Case) == count(office, OutboxMessage) == 0
