"""Faults: commands that failed inside a process, on their way to becoming an incident."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from cases.deadlines.calendar import CalendarGapError
from cases.errors import CalendarEndsError, CaseError, ConflictError, ProcessIncidentError, SuspendedError
from engine.model import Text
from storage.errors import StaleVersionError

RETRY = timedelta(minutes=1)
MAX_ATTEMPTS = 8
"""So often a timer or an alert that meets nothing but conflicts is tried, a minute apart."""


class FaultedError(Exception):
    """A process failed while a command ran; carried to the unit of work, which writes the incident after rollback."""

    def __init__(
        self,
        *,
        case_id: str | None,
        instance_id: str | None,
        element_id: str | None,
        cause: str,
        command: str,
        task_id: str | None = None,
        process_id: str | None = None,
    ) -> None:
        self.process_id = process_id
        self.case_id = case_id
        self.instance_id = instance_id
        self.element_id = element_id
        self.cause = cause
        self.command = command
        self.task_id = task_id
        self.submitted: dict[str, Any] | None = None
        """What a person entered into the task that failed (``Submission.as_data``)."""
        super().__init__(cause)


def answer_to(fault: FaultedError) -> ProcessIncidentError:
    """What whoever gave the command is told: the remedy when the calendar ended too soon, else that it failed.

    Whoever completed a task is told as well that what they entered is kept.
    """
    gap = calendar_gap(fault)
    answer = ProcessIncidentError() if gap is None else CalendarEndsError(gap.day.year)
    if fault.submitted is not None:
        answer.text = Text(id=f"{answer.text.id} {_KEPT.id}", en=f"{answer.text.en} {_KEPT.en}")
    return answer


def calendar_gap(fault: FaultedError) -> CalendarGapError | None:
    """The missing year behind a fault, if that is what it is about."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, CalendarGapError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


@contextmanager
def faults(
    *,
    case_id: str,
    instance_id: str | None,
    command: str,
    element_id: str | None = None,
    task_id: str | None = None,
) -> Iterator[None]:
    """Whatever fails inside becomes an incident; ``task_id`` names the timer, job or alert that is then left alone.

    The failure may lie further on, in a process that this one started, or in a handler: a timer or job that is tried
    again would fail again, for ever, and hold up whatever is due after it. Refusals that the caller can mend,
    conflicts, a case that is to rest and a database that is away pass through.
    """
    try:
        yield
    except FaultedError as fault:
        fault.task_id = task_id or fault.task_id
        raise
    except (StaleVersionError, DBAPIError, ConflictError, SuspendedError):
        raise
    except Exception as error:
        if task_id is None and isinstance(error, CaseError):
            raise
        raise FaultedError(
            case_id=case_id,
            instance_id=instance_id,
            element_id=element_id,
            cause=f"{type(error).__name__}: {error}",
            command=command,
            task_id=task_id,
        ) from error


def one_more_conflict(
    attempts: int,
    *,
    case_id: str,
    instance_id: str | None,
    command: str,
    task_id: str,
    element_id: str | None = None,
) -> int:
    """The attempts of a timer or alert that met nothing but conflicts once more; too many raise FaultedError."""
    if attempts + 1 < MAX_ATTEMPTS:
        return attempts + 1
    raise FaultedError(
        case_id=case_id,
        instance_id=instance_id,
        element_id=element_id,
        cause=f"conflicts at {MAX_ATTEMPTS} attempts",
        command=command,
        task_id=task_id,
    )


_KEPT = Text(
    id="Isian Anda disimpan: setelah sebabnya diperbaiki, administrator menjalankannya atas nama Anda.",
    en="What you entered is kept: once the cause is mended, the administrator carries it out in your name.",
)
