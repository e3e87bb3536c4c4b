"""What people do with user tasks: claim, release, delegate, complete."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from cases.case_fields import add_texts, apply_case_fields
from cases.deadlines.calendars import NEWEST
from cases.deadlines.pauses import PAUSES
from cases.deadlines.running import RUNNING
from cases.definition_rows import NEWEST_ACTIVE
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError, StaleError, TaskGoneError
from cases.forms import Form, FormData, deployed_form, entered, lists_asked, parse_form
from cases.four_eyes import approves, wrote
from cases.history import NewEntry, record
from cases.ids import known_id
from cases.inbox import task_rows
from cases.incidents.submission import Submission, keeping
from cases.model import Actor, CaseSummary, TaskRow
from cases.office_choices import form_options
from cases.policy import OWNER_COLUMNS, acting_for, grants_for, may_see_task, potential_owner
from cases.runtime import move, run_queue
from cases.sign_in import actor_of_user
from cases.summary import write_and_summarise
from cases.team import require_member
from cases.work import CaseWork, RunningInstance
from engine.errors import TaskNotReadyError
from engine.model import CompleteTask, Text
from storage.errors import StaleVersionError
from storage.queries.batch import Answer, Call, Prepared, send
from storage.queries.changed import count_changed
from storage.tables import Base, Case, CasePause, Deadline, ProcessInstance, User, UserTask


def claim_task(
    session: Session, env: Environment, task_id: str, *, by: Actor, version: int | None = None
) -> TaskRow:
    """Make the task mine, also in place of an absent owner, or of one who may no longer do it.

    Raises NotFoundError, TaskGoneError, StaleError, RefusedByRuleError when somebody else has it.
    """
    task = _open_task(session, env, task_id, by=by, version=version)
    if task.owner_id not in (None, by.id) and not _left_to(session, env, task, by):
        raise RefusedByRuleError(
            Text(
                id="Tugas ini sudah diambil orang lain. Minta ia melepaskannya lebih dahulu.",
                en="Somebody else has taken this task. Ask them to release it first.",
            )
        )
    return _change_owner(session, env, task, by.id, "claimed", by=by)


def release_task(
    session: Session, env: Environment, task_id: str, *, by: Actor, version: int | None = None
) -> TaskRow:
    """Put the task back for others. Only its owner may."""
    task = _open_task(session, env, task_id, by=by, version=version)
    _require_owner(task, by)
    return _change_owner(session, env, task, None, "released", by=by)


def delegate_task(
    session: Session, env: Environment, task_id: str, *, to: str, by: Actor, version: int | None = None
) -> TaskRow:
    """Give the task to a colleague who could own it. Raises RefusedByRuleError when that person may not."""
    task = _open_task(session, env, task_id, by=by, version=version)
    if task.owner_id is not None:
        _require_owner(task, by)
    receiver = _colleague(session, env, to)
    if (
        receiver is None
        or not potential_owner(env, receiver, task)
        or not _in_sight(session, env, task, receiver)
    ):
        raise RefusedByRuleError(
            Text(
                id="Orang itu tidak dapat menerima tugas ini. Pilih rekan dengan peran dan unit yang sesuai.",
                en="That person cannot take this task. Choose a colleague with the right role and unit.",
            )
        )
    require_member(session, task.id, task.role, receiver)
    return _change_owner(session, env, task, to, "delegated", by=by)


def complete_task(
    session: Session,
    env: Environment,
    task_id: str,
    raw: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
) -> CaseSummary:
    """Complete a user task with the values of its form and run the process on.

    ``raw`` is JSON data or an HTML form; ``version`` is the task's, from its ETag. Raises NotFoundError,
    TaskGoneError (naming who was first), StaleError, RefusedByRuleError, ``FormInvalidError``.
    """
    task, *along = _read_task(session, env, task_id, by=by, version=version)
    return write_and_summarise(_do(session, env, task, along, raw, by=by))


def redo_task(
    session: Session, env: Environment, kept: Submission, *, by: Actor, told: Mapping[str, Any]
) -> CaseWork:
    """Complete a task with what was kept when it failed, as if ``by``, who entered it, did so now; not yet written.

    ``told`` is added to the entry in the history. Raises what ``complete_task`` raises, and RefusedByRuleError when the
    person has given the task back since.
    """
    task, *along = _read_task(session, env, kept.task_id, by=by, version=None)
    if kept.owned and task.owner_id is None:
        raise RefusedByRuleError(
            Text(
                id="Orang itu sudah melepaskan tugas ini. Minta yang berwenang mengerjakannya.",
                en="That person has released the task since. Ask somebody who may do it.",
            )
        )
    with keeping(kept):
        return _do(session, env, task, along, kept.values, by=by, told=told)


def _do(
    session: Session,
    env: Environment,
    task: Any,
    along: Sequence[Answer],
    raw: Mapping[str, Any],
    *,
    by: Actor,
    told: Mapping[str, Any] = MappingProxyType({}),
) -> CaseWork:
    """The work of a completed task, still to be written."""
    if task.owner_id is not None:
        _require_owner(task, by)
    work = CaseWork.of_columns(session, env, _case_of(task), by=by)
    work.know(*along)
    _four_eyes(env, task, work, by)
    ruleset = (work.case["ruleset"], work.case["ruleset_version"])
    form, options = form_of(env, task), form_options(session, env, ruleset)
    # Who chooses from such a list says who goes on with the case, which often starts another process.
    for found in options.read(lists_asked(form, raw), Call(NEWEST_ACTIVE)):
        work.know_definitions(found)
    work.handling_units = options.handling_units
    data = parse_form(form, raw, options=options)
    instance = RunningInstance.from_columns(_instance_of(task))
    work.instances[instance.id] = instance
    where = {"instance_id": instance.id, "task_id": task.id, "element_id": task.element_id}
    work.record(
        "case:task:completed",
        data={**_said(data), **_on_behalf(env, task, by), **told},
        element_name=task.name,
        process_id=instance.process_id,
        **where,
    )
    with keeping(Submission.of(task, entered(raw), by=by, at=work.now)):
        apply_case_fields(work, data.case)
        response_kind = data.case.get("response_kind") or data.process.get("response_kind")
        add_texts(work, data.texts, response_kind=response_kind, **where)
        _run(work, instance, task, data)
    return work


def form_of(env: Environment, task: Any) -> Form:
    """The form of a task, from the deployment that its instance runs on."""
    return deployed_form(env.deployments.get(task.deployment_hash), task.form_key)


def _run(work: CaseWork, instance: RunningInstance, task: Any, data: FormData) -> None:
    try:
        move(work, instance, CompleteTask(task.id, data.process))
    except TaskNotReadyError:
        # The row said open but the state does not: somebody's commit lies between the two reads.
        raise StaleVersionError from None
    run_queue(work)


def _on_behalf(env: Environment, task: Any, by: Actor) -> dict[str, Any]:
    """For whom the task is done, when only an absent person's role lets the actor do it."""
    grant = acting_for(grants_for(env, by, task))
    return {} if grant is None else {"on_behalf_of": {"user": grant.for_user, "name": grant.for_name}}


def _left_to(session: Session, env: Environment, task: Any, by: Actor) -> bool:
    """Whether the owner is absent and the actor stands in, or the owner may not do the task any more."""
    if any(grant.for_user == task.owner_id for grant in grants_for(env, by, task)):
        return True
    owner = _colleague(session, env, task.owner_id)
    return owner is None or not potential_owner(env, owner, task)


def _said(data: FormData) -> dict[str, Any]:
    return {"values": {**data.process, **data.case}}


def _prefixed(table: type[Base], prefix: str) -> list[ColumnElement[Any]]:
    return [column.label(prefix + column.key) for column in table.__table__.columns]


_TASK_WITH_ALL = (
    select(
        *_prefixed(Case, "c__"),
        *_prefixed(ProcessInstance, "i__"),
        *UserTask.__table__.columns,
        ProcessInstance.deployment_hash,
        *OWNER_COLUMNS,
    )
    .join(Case, Case.id == UserTask.case_id)
    .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
    .where(UserTask.id == bindparam("task_id"))
)
"""A task with its case and its process instance."""
_CASE_OF_TASK = select(UserTask.case_id).where(UserTask.id == bindparam("task_id")).scalar_subquery()
_READ = (
    Prepared(_TASK_WITH_ALL),
    Prepared(RUNNING.where(Deadline.case_id == _CASE_OF_TASK)),
    Prepared(NEWEST),
    Prepared(PAUSES.where(CasePause.case_id == _CASE_OF_TASK)),
)
"""Everything that completing a task needs, in one round trip."""


_CASE_COLUMNS = tuple(Case.__table__.columns.keys())
_INSTANCE_COLUMNS = tuple(ProcessInstance.__table__.columns.keys())


def _case_of(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(_CASE_COLUMNS, row, strict=False))


def _instance_of(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(_INSTANCE_COLUMNS, row[len(_CASE_COLUMNS) :], strict=False))


def _open_task(session: Session, env: Environment, task_id: str, *, by: Actor, version: int | None) -> Any:
    return _read_task(session, env, task_id, by=by, version=version)[0]


def _read_task(
    session: Session, env: Environment, task_id: str, *, by: Actor, version: int | None
) -> tuple[Any, *tuple[Answer, ...]]:
    wanted = [{"task_id": known_id(task_id)}]
    found, *along = send(session, [Call(one, wanted) for one in _READ])
    task = found.rows[0] if found.rows else None
    if task is None or not potential_owner(env, by, task) or not _in_sight(session, env, task, by):
        raise NotFoundError
    if task.state != "open":
        raise TaskGoneError(_gone(task))
    if version is not None and version != task.version:
        raise StaleError
    require_member(session, task.id, task.role, by)
    return task, *along


def _in_sight(session: Session, env: Environment, task: Any, by: Actor) -> bool:
    """Cases of the restricted lane are asked about again, by the rule that lists use: sight of them may have ended."""
    if "oversight" not in (task.case_class, task.sensitivity):
        return True
    query = select(UserTask.id).join(Case, Case.id == UserTask.case_id)
    return session.scalar(query.where(UserTask.id == task.id, may_see_task(env, by))) is not None


def _gone(task: Any) -> Text:
    who = task.completed_by_name
    if task.state == "completed" and who:
        return Text(
            id=f"Tugas ini sudah diselesaikan oleh {who}.", en=f"This task was already completed by {who}."
        )
    return TaskGoneError.text


def _require_owner(task: Any, by: Actor) -> None:
    if task.owner_id != by.id:
        raise RefusedByRuleError(
            Text(
                id="Tugas ini sedang dikerjakan orang lain. Minta ia melepaskannya lebih dahulu.",
                en="Somebody else is working on this task. Ask them to release it first.",
            )
        )


def _four_eyes(env: Environment, task: Any, work: CaseWork, by: Actor) -> None:
    if approves(env, task) and wrote(env, task, work.along.draft, by):
        raise RefusedByRuleError(
            Text(
                id="Penyusun tanggapan tidak boleh menyetujuinya sendiri. Minta atasan lain menyetujui.",
                en="The author of a response may not approve it. Ask another superior.",
            )
        )


def _change_owner(
    session: Session, env: Environment, task: Any, owner_id: str | None, what: str, *, by: Actor
) -> TaskRow:
    done = count_changed(
        session,
        update(UserTask)
        .where(UserTask.id == task.id, UserTask.version == task.version, UserTask.state == "open")
        .values(
            owner_id=owner_id, version=task.version + 1, claimed_at=env.clock.now() if owner_id else None
        ),
    )
    if done != 1:
        raise StaleVersionError
    entry = NewEntry(
        f"case:task:{what}",
        {**({"owner": owner_id} if owner_id else {}), **_on_behalf(env, task, by)},
        instance_id=task.instance_id,
        task_id=task.id,
        element_id=task.element_id,
        element_name=task.name,
    )
    record(session, env, task.case_id, [entry], by=by)
    return task_rows(session, env, UserTask.id == task.id)[0]


def _colleague(session: Session, env: Environment, user_id: str) -> Actor | None:
    """Somebody who can sign in, with all grants; None for anybody else."""
    active = select(User.id).where(User.id == known_id(user_id), User.active)
    return actor_of_user(session, env, user_id) if session.scalar(active) is not None else None
