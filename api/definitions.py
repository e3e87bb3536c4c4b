"""Process definitions: versions, their files and drawings, checking and deploying a set."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.conditional import revalidated
from api.context import env, read
from api.file_sets import given_files, set_hash, takes_files
from api.once import Answer, answer_of, once
from api.paging import json_response, page_response
from api.problems import language
from api.schemas.definitions import (
    DefinitionPageSchema,
    DefinitionQuerySchema,
    DeployedSchema,
    DiagramQuerySchema,
    LintReportSchema,
    XmlQuerySchema,
)
from api.section import Section
from cases.definitions import check_upload, deploy, get_definition, get_files, list_definitions
from cases.errors import NotFoundError
from cases.listing import get_case
from cases.model import DefinitionView, InstanceView
from engine.diagram import to_svg
from engine.model import Files, Severity

section = Section("process-definitions", "The diagrams that decide what happens to a complaint.")


@section.post("/process-definitions")
@permission("deploy_process")
@takes_files
@section.answers(201, DeployedSchema)
def deploy_definitions() -> Response:
    """Deploy a set of BPMN, DMN and forms as new versions for new cases.

    Everything is checked first; a set with errors is refused as a whole, with the findings. What did not
    change keeps its version.
    """
    files, note = given_files()

    def change(session: Session) -> Answer:
        return answer_of(
            DeployedSchema, {"items": deploy(session, env(), files, by=caller(), note=note)}, 201
        )

    return once(change, content_hash=set_hash(files, note))


@section.post("/process-definitions/lint")
@permission("draft_process")
@takes_files
@section.answers(200, LintReportSchema)
def lint_definitions() -> Response:
    """Say everything that is wrong with a set, without keeping it. Findings answer 200 too."""
    files, _note = given_files()
    findings = read(lambda session: check_upload(session, env(), files, by=caller()))
    deployable = all(finding.severity is not Severity.ERROR for finding in findings)
    return json_response(LintReportSchema, {"deployable": deployable, "findings": findings})


@section.get("/process-definitions")
@permission("read_process")
@section.takes(DefinitionQuerySchema, location="query")
@section.answers(200, DefinitionPageSchema)
def list_all_definitions(query: dict[str, Any]) -> Response:
    """List the versions of every process, newest first."""
    page = read(lambda session: list_definitions(session, env(), by=caller(), **query))
    return page_response(DefinitionPageSchema, page)


@section.get("/process-definitions/<uuid:definition_id>/xml")
@permission("read_process")
@revalidated
@section.takes(XmlQuerySchema, location="query")
@section.answers(200, {"type": "string"}, content_type="application/xml")
def show_xml(query: dict[str, Any], definition_id: UUID) -> Response:
    """Fetch the BPMN of a version exactly as it was deployed, or with `file` another diagram of its set."""
    definition, files = _version(str(definition_id))
    path = query.get("file") or _drawing_of(definition)
    if path not in files or not path.endswith((".bpmn", ".dmn")):
        raise NotFoundError
    return Response(files[path], mimetype="application/xml")


@section.get("/process-definitions/<uuid:definition_id>/diagram.svg")
@permission("read_process")
@revalidated
@section.takes(DiagramQuerySchema, location="query")
@section.answers(200, {"type": "string"}, content_type="image/svg+xml")
def show_diagram(query: dict[str, Any], definition_id: UUID) -> Response:
    """Fetch the drawing of a version, coloured with what a case has done and where it is when asked."""
    definition, files = _version(str(definition_id))
    path = _path_of(str(query["case"]), definition.id) if "case" in query else None
    svg = to_svg(
        files[_drawing_of(definition)],
        done=path.done if path else (),
        current=path.current if path else (),
        title=f"{definition.name} ({definition.version})",
        language=language(),
    )
    response = Response(svg, mimetype="image/svg+xml")
    response.vary.add("Accept-Language")
    return response


def _version(definition_id: str) -> tuple[DefinitionView, Files]:
    """A version and its set."""

    def load(session: Session) -> tuple[DefinitionView, Files]:
        definition = get_definition(session, env(), definition_id, by=caller())
        return definition, get_files(session, env(), definition_id, by=caller())

    return read(load)


def _path_of(case_id: str, definition_id: str) -> InstanceView | None:
    """The newest instance of the version in a case that the caller may see."""
    view = read(lambda session: get_case(session, env(), case_id, by=caller(), with_path=True))
    running = [instance for instance in view.instances if instance.definition_id == definition_id]
    return max(running, key=lambda instance: instance.started_at, default=None)


def _drawing_of(definition: DefinitionView) -> str:
    """The file of the set in which the process is drawn."""
    return env().deployments.get(definition.deployment_hash).processes[definition.key].file
