"""A row of another system becomes one case, closed or at work, and its dates are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from cases.errors import NotFoundError, RefusedByRuleError
from cases.history import verify_history
from cases.importing import ImportedLot, import_rows
from cases.mappings import ImportedRow
from cases.model import Channel, NewComplaint, NewRef
from storage.tables import (
    Case,
    DuplicateCandidate,
    ExternalRef,
    HistoryEntry,
    Incident,
    OutboxMessage,
    ProcessDefinition,
    ProcessInstance,
    ReferenceCounter,
    Timer,
)
from storage.tally import counting
from support.office import Desk
from tuntas.office import Tuntas

RECEIVED = datetime(2025, 11, 3, 2, tzinfo=UTC)


def row(
    row_id: str = "77",
    *,
    closed: bool = True,
    status: str = "Selesai",
    title: str = "Lampu padam",
    received_at: datetime = RECEIVED,
) -> ImportedRow:
    """A row of LAPOR."""
    complaint = NewComplaint(
        title=title,
        text="Lampu jalan padam.",
        channel=Channel.LAPOR,
        received_at=received_at,
        external_refs=(NewRef("lapor", row_id, None, "h" * 64),),
        imported=True,
    )
    closed_at = RECEIVED + timedelta(days=9) if closed else None
    return ImportedRow(row_id, complaint, closed, closed_at, status, "h" * 64, ())


def take_all(office: Tuntas, *given: ImportedRow, reopen: bool = False) -> ImportedLot:
    """Import rows in one transaction."""
    return office.work.write(lambda session: import_rows(session, office.env, given, reopen=reopen))


def take(office: Tuntas, given: ImportedRow, *, reopen: bool = False) -> Any:
    """Import the row and answer the stored case."""
    reference = take_all(office, given, reopen=reopen).references[given.id]
    query = select(*Case.__table__.columns).where(Case.reference == reference)
    return office.work.read(lambda session: session.execute(query).one())


def count(office: Tuntas, table: Any) -> int:
    """Rows of a table."""
    return office.work.read(lambda session: session.query(table).count())


def external_ids(office: Tuntas) -> Any:
    """Ids of cases with those of their source."""
    query = select(ExternalRef.case_id.label("id"), ExternalRef.external_id)
    return office.work.read(lambda session: session.execute(query).all())


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


def test_what_is_a_case_already_is_told_with_the_row_that_it_came_from_and_stays_as_it_is(
    office: Tuntas,
) -> None:
    take(office, row("1"))
    again = take_all(office, row("1", closed=False), row("2"))
    assert (dict(again.known), list(again.references)) == ({"1": "h" * 64}, ["2"])
    assert count(office, Case) == 2


def test_numbers_go_on_without_a_gap_in_the_year_of_each_receipt(office: Tuntas) -> None:
    older = RECEIVED - timedelta(days=365)
    first = take_all(office, row("1"), row("2", received_at=older), row("3"))
    second = take_all(office, row("4", received_at=older), row("5"))
    numbers = [told[4:15] for told in (*first.references.values(), *second.references.values())]
    assert numbers == ["2025-000001", "2024-000001", "2025-000002", "2024-000002", "2025-000003"]


def test_a_row_whose_process_fails_is_refused_and_its_neighbours_are_cases(desk: Desk) -> None:
    """The calendar ends before the date that the row needs: no case, no number and no incident remains of it."""
    late = desk.clock.now() + timedelta(days=365 * 20)
    desk.clock.set(late)
    lot = take_all(
        desk.office,
        row("1", closed=False),
        row("2", closed=False, received_at=late),
        row("3", received_at=late),
        row("4", closed=False),
    )
    assert list(lot.references) == ["1", "3", "4"]
    assert "calendar" in lot.refused["2"]
    assert (count(desk.office, Case), count(desk.office, Incident)) == (3, 0)
    query = select(ReferenceCounter.year, ReferenceCounter.last)
    counters = dict(desk.office.work.read(lambda session: session.execute(query).all()))  # type: ignore[arg-type]
    assert counters == {2025: 2, late.year: 1}


def test_rows_of_one_lot_are_offered_as_duplicates_of_each_other_as_if_they_came_one_by_one(
    desk: Desk,
) -> None:
    office, other = desk.office, row("3", closed=False, title="Jalan rusak")
    take(office, row("1", closed=False))
    older = row("6", closed=False, received_at=RECEIVED - timedelta(days=31))
    take_all(
        office, row("2", closed=False, title="LAMPU padam"), other, older, row("4", closed=False), row("5")
    )
    by_id = {told.id: told.external_id for told in external_ids(office)}
    query = select(DuplicateCandidate.case_id, DuplicateCandidate.other_id, DuplicateCandidate.reason)
    pairs = office.work.read(lambda session: session.execute(query).all())
    assert sorted((by_id[one], by_id[two], reason) for one, two, reason in pairs) == [
        ("2", "1", "same_title"),
        ("4", "1", "same_title"),
        ("4", "2", "same_title"),
    ]


@pytest.mark.parametrize(("reopen", "most"), [(False, 14), (True, 40)])
def test_a_lot_takes_few_statements_for_all_its_rows_and_every_history_is_whole(
    desk: Desk, reopen: bool, most: int
) -> None:
    take(desk.office, row("warm"), reopen=reopen)
    rows = [row(str(number)) for number in range(10)]
    with counting() as tally:
        take_all(desk.office, *rows, reopen=reopen)
    assert tally.statements <= most
    for case in desk.office.work.read(lambda session: session.scalars(select(Case.id)).all()):
        desk.office.work.read(lambda session, one=case: verify_history(session, one))


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
