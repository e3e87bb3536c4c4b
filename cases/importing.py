"""Imports rows of other systems as cases: once each, closed ones as closed, open ones into the process.

A lot of rows is one transaction with few statements: numbers are reserved together, what is in force is read once,
and the rows of all cases are written table by table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.duplicates import unwritten
from cases.environment import Environment
from cases.incidents import FaultedError
from cases.mappings import ImportedRow
from cases.model import SYSTEM, Stage, Status
from cases.reference_numbers import References
from cases.register import begin_intake, open_case
from cases.work import CaseWork
from cases.writing import insert_rows, write
from storage.queries.once import read_once
from storage.tables import Base, ExternalRef


@dataclass(frozen=True, slots=True)
class ImportedLot:
    """What became of the rows of a lot, by their ids; every row is in one of the three."""

    references: Mapping[str, str]
    """Of the new cases."""
    known: Mapping[str, str | None]
    """Rows that are cases already, with the hash of the row that they came from."""
    refused: Mapping[str, str]
    """Why no process could begin for the row."""


def import_rows(
    session: Session, env: Environment, rows: Sequence[ImportedRow], *, reopen: bool
) -> ImportedLot:
    """Make cases of those rows of one system that are not cases yet. The ids must differ.

    A closed row becomes a closed case without running a process; its history says that it was imported and what the
    source said. With ``reopen`` every row starts in the process as received now, the original dates kept in history.
    A row for which the process fails is refused and leaves nothing; raises RefusedByRuleError when none is deployed.
    """
    read_once(session)
    known = known_rows(session, rows)
    fresh = [row for row in rows if row.id not in known]
    references = References(session, env, [_received_at(env, row, reopen) for row in fresh])
    works = unwritten(session)
    refused: dict[str, str] = {}
    made: dict[str, str] = {}
    for row in fresh:
        received_at = _received_at(env, row, reopen)
        made[row.id] = references.first(received_at)
        try:
            works.append(_case_of(session, env, row, made[row.id], reopen=reopen))
            references.used(received_at)
        except FaultedError as fault:
            refused[row.id] = fault.cause
            del made[row.id]
    references.give_back()
    _write_together(session, works)
    works.clear()
    return ImportedLot(made, known, refused)


def known_rows(session: Session, rows: Sequence[ImportedRow]) -> dict[str, str | None]:
    """Ids of rows that are cases already, with the hash of the row they came from. One statement."""
    if not rows:
        return {}
    query = select(ExternalRef.external_id, ExternalRef.row_hash).where(
        ExternalRef.system == rows[0].complaint.external_refs[0].system,
        ExternalRef.external_id.in_([row.id for row in rows]),
    )
    return {row.external_id: row.row_hash for row in session.execute(query)}


def _write_together(session: Session, works: Sequence[CaseWork]) -> None:
    """Write all new cases, table by table, in one round trip where the database can."""
    rows: dict[type[Base], list[Mapping[str, Any]]] = {}
    for work in works:
        for table, added in work.finished().items():
            rows.setdefault(table, []).extend(added)
    write(session, [*(one for work in works for one in work.also), *insert_rows(rows)])


def _received_at(env: Environment, row: ImportedRow, reopen: bool) -> datetime:
    return (None if reopen else row.complaint.received_at) or env.clock.now()


def _case_of(
    session: Session, env: Environment, row: ImportedRow, reference: str, *, reopen: bool
) -> CaseWork:
    complaint = replace(row.complaint, received_at=None) if reopen else row.complaint
    work = open_case(session, env, complaint, by=SYSTEM, reference=reference)
    if row.closed and not reopen:
        _close(work, row)
    else:
        _record_import(work, row)
        begin_intake(work)
    return work


def _close(work: CaseWork, row: ImportedRow) -> None:
    # No outcome: the source's word is kept as the reason, because none of our outcomes is known to be true.
    work.set(
        stage=Stage.CLOSED.value,
        status=Status.SELESAI.value,
        closed_at=row.closed_at or row.complaint.received_at,
        outcome_reason=f"source:{row.status}"[:40],
    )
    _record_import(work, row)
    work.record("case:case:closed", data={"imported": True, "source_status": row.status})


def _record_import(work: CaseWork, row: ImportedRow) -> None:
    received = row.complaint.received_at
    work.record(
        "case:case:imported",
        data={
            "system": row.complaint.external_refs[0].system,
            "id": row.id,
            "source_status": row.status,
            "source_received_at": received.isoformat() if received else None,
            "source_closed_at": row.closed_at.isoformat() if row.closed_at else None,
        },
    )
