"""Imports rows of other systems as cases: once each, closed ones as closed, open ones into the process."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.mappings import ImportedRow
from cases.model import SYSTEM, Stage, Status
from cases.register import begin_intake, open_case
from cases.work import CaseWork
from storage.tables import ExternalRef


def known_rows(session: Session, system: str, ids: list[str]) -> dict[str, str | None]:
    """Ids of a system that are cases already, with the hash of the row they came from. One statement."""
    query = select(ExternalRef.external_id, ExternalRef.row_hash).where(
        ExternalRef.system == system, ExternalRef.external_id.in_(ids)
    )
    return {row.external_id: row.row_hash for row in session.execute(query)}


def import_row(session: Session, env: Environment, row: ImportedRow, *, reopen: bool) -> str:
    """Make a case of a row and answer its reference.

    A closed row becomes a closed case without running a process; its history says that it was imported and what the
    source said. With ``reopen`` every row starts in the process as received now, the original dates kept in history.
    """
    if row.closed and not reopen:
        return _closed_case(session, env, row)
    return _open_case(session, env, row, received_at=None if reopen else row.complaint.received_at)


def _closed_case(session: Session, env: Environment, row: ImportedRow) -> str:
    work, _ = open_case(session, env, row.complaint, by=SYSTEM)
    # No outcome: the source's word is kept as the reason, because none of our outcomes is known to be true.
    work.set(
        stage=Stage.CLOSED.value,
        status=Status.SELESAI.value,
        closed_at=row.closed_at or row.complaint.received_at,
        outcome_reason=f"source:{row.status}"[:40],
        tracking_hash=None,
    )
    _record_import(work, row)
    work.record("case:case:closed", data={"imported": True, "source_status": row.status})
    work.flush()
    return str(work.case["reference"])


def _open_case(session: Session, env: Environment, row: ImportedRow, *, received_at: datetime | None) -> str:
    work, _ = open_case(session, env, replace(row.complaint, received_at=received_at), by=SYSTEM)
    work.set(tracking_hash=None)
    _record_import(work, row)
    begin_intake(work)
    work.flush()
    return str(work.case["reference"])


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
