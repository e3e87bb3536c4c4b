"""A promise to the complainant: the day on which the office means to answer. It never moves the legal date."""

from dataclasses import dataclass
from datetime import date

from cases.case_fields import add_texts
from cases.dates import last_day
from cases.deadlines.events import final_clock
from cases.errors import RefusedByRuleError
from cases.forms import FormText
from cases.rules.handling import FINAL
from cases.work import CaseWork
from engine.model import Text
from storage.tables import CaseText


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised beside what the rule demands."""

    clock: str
    promised_on: date
    due_on: date | None
    """The last day by the rule, unchanged; None while a pause holds the clock."""
    after_due: bool
    """The promised day lies after it: allowed, and the deadline is missed all the same."""


def promise(work: CaseWork, clock: str, day: date, reason: str, *, instance_id: str | None = None) -> Promise:
    """Promise an answer on a day, with the reason. ``final`` stands for the final clock of the case's class.

    The due date stays, and with it every timer, escalation and breach. Raises RefusedByRuleError for a clock that does
    not run, a day that is over, or no reason.
    """
    row = work.deadlines.find(final_clock(work) if clock == FINAL else clock, instance_id)
    if row is None:
        raise RefusedByRuleError(
            Text(
                id="Tenggat itu tidak sedang berjalan. Pilih tenggat yang masih berjalan.",
                en="That deadline is not running. Choose one that is.",
            )
        )
    if day < work.calendar.local_day(work.now):
        raise RefusedByRuleError(
            Text(
                id="Tanggal yang dijanjikan sudah lewat. Pilih hari ini atau sesudahnya.",
                en="The promised day is over. Choose today or later.",
            )
        )
    if not reason.strip():
        raise RefusedByRuleError(
            Text(id="Alasan perpanjangan wajib diisi.", en="Give the reason for the extension.")
        )
    due_on = last_day(row.due_at, work.calendar.zone)
    made = Promise(row.clock, day, due_on, due_on is not None and day > due_on)
    add_texts(work, (FormText(kind="reason", field="reason", text=reason.strip()),), response_kind=None)
    work.deadlines.change(row, promised_on=day)
    data = {
        "clock": row.clock,
        "promised_on": day.isoformat(),
        "due_on": due_on.isoformat() if due_on else None,
        "after_due": made.after_due,
        "reason": work.rows[CaseText][-1]["id"],
    }
    work.record("case:deadline:promised", data=data, instance_id=row.instance_id)
    return made
