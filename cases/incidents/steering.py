"""Steers a process from outside: its token is moved, an activity skipped, its data set; each a step like any other."""

from typing import Any

from cases.errors import RefusedByRuleError
from cases.incidents.asked import Mending
from cases.incidents.faults import FaultedError
from cases.runtime import move
from cases.work import CaseWork, RunningInstance
from engine.errors import RefusedError, TaskNotReadyError
from engine.model import Administration, MoveActivity, SetData, SkipActivity, Text
from storage.tables import Base, Job, Subscription, Timer, UserTask

_WAITING: tuple[tuple[type[Base], str], ...] = (
    (UserTask, "id"),
    (Timer, "task_id"),
    (Subscription, "task_id"),
    (Job, "id"),
)


def move_on(work: CaseWork, asked: Mending, incident: Any, reason_id: str) -> None:
    """Let the token of an open activity arrive at another element. Raises RefusedByRuleError when it cannot."""
    task_id = _task_id(asked, incident)
    if not asked.to:
        raise RefusedByRuleError(_NO_TARGET)
    instance, element_id = _open_activity(work, task_id)
    told = {"reason": reason_id, "to": asked.to}
    _record(work, "case:activity:moved", told, instance, task_id=task_id, element_id=element_id)
    _steer(work, instance, MoveActivity(task_id, asked.to))


def skip(work: CaseWork, asked: Mending, incident: Any, reason_id: str) -> None:
    """Complete an open activity without its work. Raises RefusedByRuleError when it cannot be."""
    task_id = _task_id(asked, incident)
    instance, element_id = _open_activity(work, task_id)
    told = {"reason": reason_id}
    _record(work, "case:activity:skipped", told, instance, task_id=task_id, element_id=element_id)
    _steer(work, instance, SkipActivity(task_id))


def set_data(work: CaseWork, asked: Mending, incident: Any, reason_id: str) -> None:
    """Set process data of a running instance; history keeps their names, and the values with the activity changed.

    Raises RefusedByRuleError when there are none, or a name is taken.
    """
    if not asked.values:
        raise RefusedByRuleError(_NO_VALUES)
    instance_id = asked.instance_id or (incident.instance_id if incident is not None else None)
    running = {instance.id: instance for instance in work.running_instances()}
    if instance_id not in running:
        raise RefusedByRuleError(_NO_INSTANCE)
    instance = running[instance_id]
    told = {"reason": reason_id, "values": dict(asked.values)}
    _record(work, "case:data:set", told, instance)
    _steer(work, instance, SetData(asked.values))


def _steer(work: CaseWork, instance: RunningInstance, command: Administration) -> None:
    """Move the instance; what the engine refuses is the administrator's to mend, not a fault of the process."""
    try:
        move(work, instance, command)
    except TaskNotReadyError:
        raise RefusedByRuleError(_CLOSED) from None
    except FaultedError as fault:
        if isinstance(fault.__cause__, RefusedError):
            raise RefusedByRuleError(fault.__cause__.text) from fault
        raise


def _task_id(asked: Mending, incident: Any) -> str:
    task_id = asked.task_id or (incident.task_id if incident is not None else None)
    if task_id is None:
        raise RefusedByRuleError(_NO_ACTIVITY)
    return task_id


def _open_activity(work: CaseWork, task_id: str) -> tuple[RunningInstance, str | None]:
    """The instance in which this activity of the case is open, and its element."""
    for table, key in _WAITING:
        columns = table.__table__.columns
        query = table.__table__.select().where(columns[key] == task_id, columns["case_id"] == work.case["id"])
        row = work.session.execute(query.limit(1)).first()
        if row is not None:
            return work.instance(row.instance_id), getattr(row, "element_id", None)
    raise RefusedByRuleError(_CLOSED)


def _record(
    work: CaseWork, tag: str, told: dict[str, Any], instance: RunningInstance, **where: str | None
) -> None:
    work.record(tag, data=told, instance_id=instance.id, process_id=instance.process_id, **where)


_NO_TARGET = Text(id="Pilih langkah yang dituju.", en="Choose the element to move to.")
_NO_VALUES = Text(
    id="Tulis sekurang-kurangnya satu nama dan nilainya.", en="Give at least one name with its value."
)
_NO_INSTANCE = Text(
    id="Proses itu sudah berakhir atau bukan milik kasus ini. Pilih proses yang masih berjalan.",
    en="That process has ended or is not of this case. Choose one that runs.",
)
_NO_ACTIVITY = Text(
    id="Pilih langkah terbuka yang akan dipindahkan atau dilewati.",
    en="Choose the open activity to move or to skip.",
)
_CLOSED = Text(
    id="Langkah itu sudah tidak terbuka: kasusnya sudah berjalan. Muat ulang halamannya.",
    en="That activity is no longer open: the case has moved on. Load the page again.",
)
