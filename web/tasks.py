"""The officer's inbox, and the page on which one task is done with its case beside it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.attachments import StoredUpload, add_attachment
from cases.errors import (
    CaseError,
    FileRefusedError,
    ProcessIncidentError,
    RefusedByRuleError,
    StaleError,
    SuspendedError,
    TaskGoneError,
)
from cases.forms import FormInvalidError
from cases.inbox import get_task, list_tasks
from cases.incidents.submission import Submission, find_submission
from cases.listing import get_case
from cases.model import CaseView, TaskQuery, TaskView
from cases.tasks import claim_task, complete_task, delegate_task, release_task
from storage.objects.errors import ObjectStoreError
from web.access import current_actor, permission
from web.colleagues import colleagues
from web.context import environment, read, write
from web.entered import Problems, argument, text, version
from web.errors import STATUSES
from web.filled_form import FilledForm, form_part, needed_options, problems_of, typed_values
from web.language import say
from web.uploads import store_is_down, stored_files

blueprint = Blueprint("tasks", __name__)
SCOPES = ("mine", "available", "all")


@blueprint.get("/tasks")
@permission("work")
def list_my_tasks() -> str:
    """Tasks, the most urgent first: mine, my unit's to take, or both."""
    env, actor, scope = environment(), current_actor(), argument("scope") or "all"
    query = TaskQuery(
        scope=scope if scope in SCOPES else "all",
        overdue=True if argument("late") else None,
        cursor=argument("cursor"),
        limit=25,
    )
    page = read(lambda session: list_tasks(session, env, query, by=actor))
    return render_template("tasks/list.html", page=page, query=query)


@blueprint.get("/tasks/<uuid:task_id>")
@permission("work")
def show_task(task_id: UUID) -> tuple[str, int]:
    """The task's form and its case; a task that is over says who did it."""
    return _task_page(str(task_id), Problems())


@blueprint.post("/tasks/<uuid:task_id>")
@permission("work")
def complete_this_task(task_id: UUID) -> Response | tuple[str, int]:
    """Complete the task; whatever goes wrong, what was typed is shown again."""
    try:
        with stored_files(visibility="public" if request.form.get("share_files") else "internal") as stored:
            failed = _complete(str(task_id), stored)
    except (FormInvalidError, FileRefusedError, ObjectStoreError, StaleError, RefusedByRuleError) as error:
        problems, status = _what_is_wrong(error)
        return _task_page(str(task_id), problems, status=status)
    except (TaskGoneError, SuspendedError) as error:
        return _gone_page(str(task_id), error)
    if failed is not None:
        return _task_page(str(task_id), Problems(), failed=failed)
    return redirect(url_for("tasks.list_my_tasks", done="completed"), 303)


@blueprint.post("/tasks/<uuid:task_id>/claim")
@permission("work")
def claim_this_task(task_id: UUID) -> Response | tuple[str, int]:
    """Make the task mine."""
    env, actor, seen = environment(), current_actor(), version()
    return _changed(
        str(task_id),
        "claimed",
        lambda session: claim_task(session, env, str(task_id), by=actor, version=seen),
    )


@blueprint.post("/tasks/<uuid:task_id>/release")
@permission("work")
def release_this_task(task_id: UUID) -> Response | tuple[str, int]:
    """Put the task back for others."""
    env, actor, seen = environment(), current_actor(), version()
    return _changed(
        str(task_id),
        "released",
        lambda session: release_task(session, env, str(task_id), by=actor, version=seen),
    )


@blueprint.post("/tasks/<uuid:task_id>/delegate")
@permission("delegate")
def delegate_this_task(task_id: UUID) -> Response | tuple[str, int]:
    """Give the task to a colleague."""
    env, actor, seen, to = environment(), current_actor(), version(), text("to", 40)
    if not to:
        return _task_page(
            str(task_id), Problems({"to": gettext("Pilih rekan yang menerima tugas ini.")}), status=422
        )
    return _changed(
        str(task_id),
        "delegated",
        lambda session: delegate_task(session, env, str(task_id), to=to, by=actor, version=seen),
    )


def _what_is_wrong(error: CaseError | ObjectStoreError) -> tuple[Problems, int]:
    """What to tell beside the fields, and the status of the page."""
    if isinstance(error, FormInvalidError):
        return problems_of(error), 422
    if isinstance(error, FileRefusedError):
        return Problems({"files": say(error.text)}), 422
    if isinstance(error, CaseError):
        return Problems({"": say(error.text)}), 409
    return store_is_down(), 503


def _complete(task_id: str, stored: tuple[StoredUpload, ...]) -> ProcessIncidentError | None:
    """Complete the task. When the process fails behind it the files stay with the case all the same, as what was
    entered stays with the incident: who retries the task has neither.
    """
    env, actor, seen = environment(), current_actor(), version()

    def attach(session: Session) -> None:
        case_id = get_task(session, env, task_id, by=actor).row.case_id
        for upload in stored:
            add_attachment(session, env, case_id, upload, by=actor)

    def complete(session: Session) -> None:
        if stored:
            attach(session)
        complete_task(session, env, task_id, form_part(request.form), by=actor, version=seen)

    try:
        write(complete)
    except ProcessIncidentError as failed:
        if stored:
            write(attach)
        return failed
    return None


def _changed(task_id: str, done: str, change: Callable[[Session], object]) -> Response | tuple[str, int]:
    try:
        write(change)
    except TaskGoneError as error:
        return _gone_page(task_id, error)
    except (StaleError, RefusedByRuleError) as error:
        return _task_page(task_id, Problems({"": say(error.text)}), status=409)
    if done == "delegated":
        return redirect(url_for("tasks.list_my_tasks", done=done), 303)
    return redirect(url_for("tasks.show_task", task_id=task_id, done=done), 303)


def _task_page(
    task_id: str, problems: Problems, *, status: int = 200, failed: ProcessIncidentError | None = None
) -> tuple[str, int]:
    env, actor = environment(), current_actor()

    def gather(session: Session) -> tuple[TaskView, CaseView, FilledForm, Submission | None]:
        task = get_task(session, env, task_id, by=actor)
        case = get_case(session, env, task.row.case_id, by=actor)
        kept = find_submission(session, task, by=actor)
        values = {**task.values, **kept.values} if kept else task.values
        filled = FilledForm(
            task.form, values, needed_options(session, env, task.form, task.ruleset), problems
        )
        return task, case, filled, kept

    task, case, filled, kept = read(gather)
    if request.method == "POST" and form_part(request.form):
        filled = replace(filled, values=typed_values(request.form))
    people = colleagues(task) if "delegate" in task.may else ()
    shown = {"people": people, "problems": problems, "kept": kept, "failed": failed}
    page = render_template("tasks/task.html", task=task, case=case, filled=filled, **shown)
    return page, STATUSES[failed.slug] if failed else status


def _gone_page(task_id: str, error: CaseError) -> tuple[str, int]:
    """Somebody else was first: who it was, and what was typed so that it can be copied."""
    env, actor = environment(), current_actor()
    task = read(lambda session: get_task(session, env, task_id, by=actor))
    filled = FilledForm(task.form, typed_values(request.form), {})
    written = [entry for entry in task.form.fields if entry.text_kind and filled.value(entry.name)]
    return render_template("tasks/gone.html", task=task, text=error.text, filled=filled, written=written), 409
