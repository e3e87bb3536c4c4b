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
from cases.errors import CaseError, FileRefusedError, RefusedByRuleError, StaleError, TaskGoneError
from cases.forms import FormInvalidError
from cases.inbox import get_task, list_tasks
from cases.listing import get_case
from cases.model import CaseView, TaskQuery, TaskView
from cases.tasks import claim_task, complete_task, delegate_task, release_task
from storage.objects.errors import ObjectStoreError
from web.access import current_actor, permission
from web.colleagues import colleagues
from web.context import environment, read, write
from web.entered import Problems, argument, text, version
from web.filled_form import FilledForm, form_part, needed_options, problems_of, typed_values
from web.language import say
from web.uploads import store_is_down, store_uploads

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
        stored = store_uploads(visibility="public" if request.form.get("share_files") else "internal")
        write(lambda session: _complete(session, str(task_id), stored))
    except FormInvalidError as error:
        return _task_page(str(task_id), problems_of(error), status=422)
    except FileRefusedError as error:
        return _task_page(str(task_id), Problems({"files": say(error.text)}), status=422)
    except ObjectStoreError:
        return _task_page(str(task_id), store_is_down(), status=503)
    except (StaleError, RefusedByRuleError) as error:
        return _task_page(str(task_id), Problems({"": say(error.text)}), status=409)
    except TaskGoneError as error:
        return _gone_page(str(task_id), error)
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


def _complete(session: Session, task_id: str, stored: tuple[StoredUpload, ...]) -> None:
    env, actor = environment(), current_actor()
    if stored:
        case_id = get_task(session, env, task_id, by=actor).row.case_id
        for upload in stored:
            add_attachment(session, env, case_id, upload, by=actor)
    complete_task(session, env, task_id, form_part(request.form), by=actor, version=version())


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


def _task_page(task_id: str, problems: Problems, *, status: int = 200) -> tuple[str, int]:
    env, actor = environment(), current_actor()

    def gather(session: Session) -> tuple[TaskView, CaseView, FilledForm]:
        task = get_task(session, env, task_id, by=actor)
        case = get_case(session, env, task.row.case_id, by=actor)
        filled = FilledForm(
            task.form, task.values, needed_options(session, env, task.form, task.ruleset), problems
        )
        return task, case, filled

    task, case, filled = read(gather)
    if request.method == "POST" and form_part(request.form):
        filled = replace(filled, values=typed_values(request.form))
    people = colleagues(task) if "delegate" in task.may else ()
    page = render_template(
        "tasks/task.html", task=task, case=case, filled=filled, people=people, problems=problems
    )
    return page, status


def _gone_page(task_id: str, error: CaseError) -> tuple[str, int]:
    """Somebody else was first: who it was, and what was typed so that it can be copied."""
    env, actor = environment(), current_actor()
    task = read(lambda session: get_task(session, env, task_id, by=actor))
    filled = FilledForm(task.form, typed_values(request.form), {})
    written = [entry for entry in task.form.fields if entry.text_kind and filled.value(entry.name)]
    return render_template("tasks/gone.html", task=task, text=error.text, filled=filled, written=written), 409
