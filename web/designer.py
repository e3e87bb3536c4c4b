"""Pages of the process designer: definitions, drafts, upload, download, and the page with the Modeler."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from jinja2.utils import htmlsafe_json_dumps
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from cases.definitions import check_upload, get_definition, get_files, list_definitions, retire
from cases.drafts import delete_draft, deploy_draft, get_draft, list_drafts, save_draft
from cases.model import DefinitionView, DraftView
from engine.errors import DeploymentRefusedError
from engine.model import Files, Finding
from web import designer_exchange, designer_work
from web.access import current_actor, permission
from web.context import environment, read, write
from web.designer_files import describe, diagram_of, download, picture, received_files, zipped
from web.security import POLICY

blueprint = Blueprint("designer", __name__, url_prefix="/processes")
blueprint.register_blueprint(designer_exchange.blueprint)


@blueprint.get("")
@permission("draft_process")
def list_processes() -> str:
    """Every process with its versions, and the drafts."""
    env, actor = environment(), current_actor()
    versions = read(lambda session: list_definitions(session, env, by=actor)).items
    drafts = read(lambda session: list_drafts(session, env, by=actor)).items
    return render_template("designer/list.html", processes=_by_process(versions), drafts=drafts, done=_done())


def allow_requests() -> None:
    """Let the scripts of this one page ask this site; bpmn-js needs nothing else, and no inline style."""
    g.content_policy = {**POLICY, "connect-src": "'self'"}


def _by_process(versions: tuple[DefinitionView, ...]) -> list[tuple[DefinitionView, list[DefinitionView]]]:
    """The version that new cases start on, and all versions, for each process."""
    held: dict[str, list[DefinitionView]] = {}
    for version in versions:
        held.setdefault(version.key, []).append(version)
    return [
        (next((one for one in group if one.status == "active"), group[0]), group) for group in held.values()
    ]


def _done() -> str:
    """The word in the address that says what was just done."""
    return request.args.get("done", "")


def _definition(definition_id: UUID) -> tuple[DefinitionView, Files]:
    env, actor = environment(), current_actor()
    return read(
        lambda session: (
            get_definition(session, env, str(definition_id), by=actor),
            get_files(session, env, str(definition_id), by=actor),
        )
    )


@blueprint.get("/definitions/<uuid:definition_id>")
@permission("draft_process")
def show_definition(definition_id: UUID) -> str:
    """One version: its diagram, its forms and decisions, and its files to download."""
    definition, files = _definition(definition_id)
    allow_requests()
    return render_template(
        "designer/definition.html",
        definition=definition,
        contents=describe(files),
        main=diagram_of(files, definition.key),
        done=_done(),
    )


@blueprint.get("/definitions/<uuid:definition_id>/diagram.svg")
@permission("draft_process")
def show_picture(definition_id: UUID) -> Response:
    """The diagram as a picture, for the page without JavaScript."""
    definition, files = _definition(definition_id)
    return picture(files, definition)


@blueprint.get("/definitions/<uuid:definition_id>/files/<path:path>")
@permission("draft_process")
def send_file(definition_id: UUID, path: str) -> Response:
    """One file of a version, to keep."""
    return _sent(_definition(definition_id)[1], path)


@blueprint.get("/definitions/<uuid:definition_id>/set.zip")
@permission("draft_process")
def send_set(definition_id: UUID) -> Response:
    """All files of a version, to keep."""
    definition, files = _definition(definition_id)
    return download(f"{definition.key}-v{definition.version}.zip", zipped(files))


@blueprint.post("/definitions/<uuid:definition_id>/retirement")
@permission("deploy_process")
def retire_definition(definition_id: UUID) -> AnyResponse:
    """Take a version out of use for new cases."""
    env, actor = environment(), current_actor()
    write(lambda session: retire(session, env, str(definition_id), by=actor))
    return redirect(url_for("designer.show_definition", definition_id=definition_id, done="retired"), 303)


@blueprint.get("/definitions/<uuid:definition_id>/edit")
@permission("draft_process")
def edit_definition(definition_id: UUID) -> str:
    """The Modeler with a version; nothing is kept before it is saved as a draft."""
    definition, files = _definition(definition_id)
    newest = _newest(definition.key) or definition
    data = designer_work.page_data(
        definition.key, definition.name, files, base=definition.id, newest=newest.id
    )
    return _modeler(definition.name, data, definition=definition)


@blueprint.get("/drafts/<uuid:draft_id>/edit")
@permission("draft_process")
def edit_draft(draft_id: UUID) -> str:
    """The Modeler with a draft."""
    draft = _draft(draft_id)
    newest = _newest(draft.key)
    data = designer_work.page_data(
        draft.key,
        draft.name,
        draft.files,
        base=draft.base_definition_id,
        newest=newest.id if newest else None,
        draft=draft,
    )
    return _modeler(draft.name, data, draft=draft)


def _modeler(name: str, data: Mapping[str, Any], **shown: object) -> str:
    allow_requests()
    diagrams = [path for path in data["files"] if path.startswith("bpmn/")]
    block = htmlsafe_json_dumps(data, dumps=json.dumps)
    return render_template(
        "designer/modeler.html", name=name, data=data, block=block, diagrams=diagrams, **shown
    )


def _newest(key: str) -> DefinitionView | None:
    env, actor = environment(), current_actor()
    versions = read(lambda session: list_definitions(session, env, by=actor, key=key)).items
    return next((version for version in versions if version.status == "active"), None)


def _draft(draft_id: UUID) -> DraftView:
    env, actor = environment(), current_actor()
    return read(lambda session: get_draft(session, env, str(draft_id), by=actor))


@blueprint.get("/drafts/<uuid:draft_id>")
@permission("draft_process")
def show_draft(draft_id: UUID) -> str:
    """A draft with its files and what the check says of it; works without JavaScript."""
    return _draft_page(_draft(draft_id))


def _draft_page(draft: DraftView, refused: tuple[Finding, ...] | None = None) -> str:
    env, actor = environment(), current_actor()
    findings = refused
    if findings is None:
        findings = read(lambda session: check_upload(session, env, draft.files, by=actor))
    return render_template(
        "designer/draft.html",
        draft=draft,
        contents=describe(draft.files),
        findings=findings,
        errors=sum(finding.severity == "error" for finding in findings),
        done=_done(),
    )


@blueprint.get("/drafts/<uuid:draft_id>/files/<path:path>")
@permission("draft_process")
def send_draft_file(draft_id: UUID, path: str) -> Response:
    """One file of a draft, to keep."""
    return _sent(_draft(draft_id).files, path)


def _sent(files: Files, path: str) -> Response:
    if path not in files:
        abort(404)
    name = path.replace("/", "-") if path.startswith("forms/") else path.rpartition("/")[2]
    return download(name, files[path])


@blueprint.post("/drafts/<uuid:draft_id>/deletion")
@permission("draft_process")
def remove_draft(draft_id: UUID) -> AnyResponse:
    """Throw a draft away."""
    env, actor, version = environment(), current_actor(), request.form.get("version", type=int)
    write(lambda session: delete_draft(session, env, str(draft_id), by=actor, version=version))
    return redirect(url_for("designer.list_processes", done="draft-deleted"), 303)


@blueprint.post("/drafts/<uuid:draft_id>/deployment")
@permission("deploy_process")
def publish_draft(draft_id: UUID) -> AnyResponse | tuple[str, int]:
    """Deploy a draft from its page."""
    env, actor, version = environment(), current_actor(), request.form.get("version", type=int)
    note = request.form.get("note", "").strip()[:2000]
    if not note:
        return _draft_page(_draft(draft_id)), 422
    try:
        deployed = write(
            lambda session: deploy_draft(session, env, str(draft_id), by=actor, version=version, note=note)
        )
    except DeploymentRefusedError as refused:
        return _draft_page(_draft(draft_id), refused.findings), 422
    return redirect(url_for("designer.show_definition", definition_id=deployed[0].id, done="deployed"), 303)


@blueprint.post("/uploads")
@permission("draft_process")
def upload_files() -> AnyResponse:
    """Keep uploaded diagrams, decisions and forms as a draft, on top of the version that they belong to."""
    env, actor = environment(), current_actor()
    files = received_files(request.files.getlist("files"))
    start = designer_work.starting_point(
        files, read(lambda session: list_definitions(session, env, by=actor)).items
    )
    base = start.base
    complete = dict(get_base_files(base.id)) if base else {}
    draft = write(
        lambda session: save_draft(
            session,
            env,
            None,
            start.key,
            start.name,
            {**complete, **files},
            by=actor,
            version=None,
            base_definition_id=base.id if base else None,
        )
    )
    return redirect(url_for("designer.show_draft", draft_id=draft.id, done="uploaded"), 303)


def get_base_files(definition_id: str) -> Files:
    """The files of the version that an upload changes."""
    return _definition(UUID(definition_id))[1]
