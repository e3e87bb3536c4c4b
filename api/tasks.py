"""User tasks: the inbox, one task with its form, claim, release, delegate, complete."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.conditional import matching, revalidated, task_etag
from api.context import env, read
from api.forms import form_as_json_schema, json_values
from api.once import Answer, answer_of, once
from api.paging import json_response, page_response, plain
from api.problems import language
from api.schemas.cases import CaseSummarySchema
from api.schemas.tasks import (
    FormValuesSchema,
    HandingOnSchema,
    TaskDetailSchema,
    TaskPageSchema,
    TaskQuerySchema,
    TaskSchema,
)
from api.section import Section
from cases.forms import Option
from cases.inbox import get_task, list_tasks
from cases.model import TaskQuery, TaskRow, TaskView
from cases.office_choices import form_options
from cases.tasks import claim_task, complete_task, delegate_task, release_task

section = Section("tasks", "Work that people do.")


@section.get("/tasks")
@permission("read_cases")
@section.takes(TaskQuerySchema, location="query")
@section.answers(200, TaskPageSchema)
def list_all_tasks(query: dict[str, Any]) -> Response:
    """List tasks that the caller owns or may take, the most urgent first."""
    names = {"unit": "unit_id", "owner": "owner_id", "case": "case_id"}
    filters: dict[str, Any] = {names.get(name, name): plain(value) for name, value in query.items()}
    page = read(lambda session: list_tasks(session, env(), TaskQuery(**filters), by=caller()))
    return page_response(TaskPageSchema, page)


@section.get("/tasks/<uuid:task_id>")
@permission("read_cases")
@revalidated
@section.answers(200, TaskDetailSchema)
def show_task(task_id: UUID) -> Response:
    """Show a task with its form and the values that the form starts with."""

    def load(session: Session) -> dict[str, Any]:
        view = get_task(session, env(), str(task_id), by=caller())
        return _detail(view, form_options(session, env(), view.ruleset))

    task = read(load)
    response = json_response(TaskDetailSchema, task, ETag=task_etag(task["version"]))
    response.vary.add("Accept-Language")
    return response


def _detail(view: TaskView, options: Mapping[str, tuple[Option, ...]]) -> dict[str, Any]:
    row = {part.name: getattr(view.row, part.name) for part in fields(view.row)}
    beside = {part.name: getattr(view, part.name) for part in fields(view)}
    form = form_as_json_schema(view.form, options, language())
    return {**row, **beside, "form": form, "values": json_values(view.values), "may": sorted(view.may)}


@section.post("/tasks/<uuid:task_id>/claim")
@permission("work")
@matching
@section.answers(200, TaskSchema)
def claim(task_id: UUID, version: int | None) -> Response:
    """Make the task mine."""
    return _changed(lambda session: claim_task(session, env(), str(task_id), by=caller(), version=version))


@section.post("/tasks/<uuid:task_id>/release")
@permission("work")
@matching
@section.answers(200, TaskSchema)
def release(task_id: UUID, version: int | None) -> Response:
    """Give the task back to those who may take it."""
    return _changed(lambda session: release_task(session, env(), str(task_id), by=caller(), version=version))


@section.post("/tasks/<uuid:task_id>/delegate")
@permission("delegate")
@matching
@section.takes(HandingOnSchema)
@section.answers(200, TaskSchema)
def delegate(body: dict[str, Any], task_id: UUID, version: int | None) -> Response:
    """Hand the task to somebody else who may do it."""
    return _changed(
        lambda session: delegate_task(
            session, env(), str(task_id), to=str(body["to"]), by=caller(), version=version
        )
    )


@section.post("/tasks/<uuid:task_id>/complete")
@permission("work")
@matching
@section.takes(FormValuesSchema)
@section.answers(200, CaseSummarySchema)
def complete(body: dict[str, Any], task_id: UUID, version: int | None) -> Response:
    """Complete the task with the values of its form.

    Answers where the case stands now and its next open tasks, each with the version to send as If-Match.
    """

    def change(session: Session) -> Answer:
        summary = complete_task(session, env(), str(task_id), body["values"], by=caller(), version=version)
        return answer_of(CaseSummarySchema, summary)

    return once(change)


def _changed(change: Callable[[Session], TaskRow]) -> Response:
    """The task after a change, with its new ETag."""

    def make(session: Session) -> Answer:
        row = change(session)
        return answer_of(TaskSchema, row, ETag=task_etag(row.version))

    return once(make)
