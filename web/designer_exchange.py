"""What the Modeler's page asks while it is open: check, keep, deploy. JSON both ways, refusals in words."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, request, url_for
from sqlalchemy.orm import Session

from cases.definitions import ActiveDefinition, active_definition, check_upload
from cases.drafts import deploy_draft, get_draft, save_draft
from cases.errors import CaseError, ConflictError, FileRefusedError
from cases.model import DraftView
from engine.errors import DeploymentRefusedError
from engine.markup import MAX_SET_BYTES
from engine.model import Files, Finding, Text
from web.access import current_actor, permission
from web.context import environment, read, write
from web.designer_work import draft_data
from web.errors import STATUSES
from web.language import say

blueprint = Blueprint("exchange", __name__)
View = TypeVar("View", bound=Callable[..., Response])

MAX_REQUEST_BYTES = MAX_SET_BYTES * 2
"""JSON escapes make a set longer than its files."""

UNREADABLE = Text(
    id="Permintaan tidak dapat dibaca. Muat ulang halaman.", en="Unreadable request. Load the page again."
)
REFUSED = Text(
    id="Belum dapat diterbitkan. Perbaiki temuan di bawah; draf Anda sudah tersimpan.",
    en="Not deployed yet. Mend the findings below; your draft is saved.",
)
NOTE_MISSING = Text(id="Tulis apa yang berubah.", en="Say what changed.")


def finding_data(finding: Finding) -> Mapping[str, Any]:
    """A finding in the page's language."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "element_id": finding.element_id,
        "message": say(finding.message),
        "remedy": say(finding.remedy),
    }


def in_json(view: Callable[..., Response]) -> Callable[..., Response]:
    """Answer refusals as JSON: a sentence, and findings where there are some."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except DeploymentRefusedError as refused:
            findings = [finding_data(finding) for finding in refused.findings]
            return make_response(jsonify(message=say(REFUSED), findings=findings), 422)
        except CaseError as error:
            return make_response(
                jsonify(message=say(error.text), kind=error.slug), STATUSES.get(error.slug, 400)
            )

    return answered


def _content() -> Mapping[str, Any]:
    request.max_content_length = MAX_REQUEST_BYTES
    content = request.get_json(silent=True)
    if not isinstance(content, dict):
        raise FileRefusedError(UNREADABLE)
    return content


def _files(content: Mapping[str, Any]) -> Files:
    files = content.get("files")
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise FileRefusedError(UNREADABLE)
    return {str(path): text.encode("utf-8", "replace") for path, text in files.items()}


def _text(content: Mapping[str, Any], name: str, limit: int) -> str:
    value = content.get(name)
    return value.strip()[:limit] if isinstance(value, str) else ""


def _version(content: Mapping[str, Any]) -> int | None:
    value = content.get("version")
    return value if isinstance(value, int) and 0 < value < 2**31 else None


@blueprint.post("/checks")
@permission("draft_process")
@in_json
def check() -> Response:
    """Say what is wrong with a set."""
    env, actor, files = environment(), current_actor(), _files(_content())
    findings = read(lambda session: check_upload(session, env, files, by=actor))
    return jsonify(findings=[finding_data(finding) for finding in findings])


@blueprint.post("/drafts")
@permission("draft_process")
@in_json
def create() -> Response:
    """Keep a set as a new draft."""
    return _saved(None, _content())


@blueprint.post("/drafts/<uuid:draft_id>")
@permission("draft_process")
@in_json
def replace(draft_id: UUID) -> Response:
    """Keep a set in place of what the draft held."""
    return _saved(str(draft_id), _content())


def _saved(draft_id: str | None, content: Mapping[str, Any]) -> Response:
    env, actor, files = environment(), current_actor(), _files(content)
    key, name = _text(content, "key", 80), _text(content, "name", 200)
    version, base = _version(content), _text(content, "base_definition_id", 36) or None

    def save(session: Session) -> DraftView:
        return save_draft(
            session, env, draft_id, key, name, files, by=actor, version=version, base_definition_id=base
        )

    return jsonify(draft=draft_data(write(save)))


def _newest(draft_id: str) -> Mapping[str, Any]:
    """What the page offers to a designer whose draft was begun on an older version."""
    env, actor = environment(), current_actor()

    def find(session: Session) -> ActiveDefinition:
        return active_definition(session, get_draft(session, env, draft_id, by=actor).key)

    newest = read(find)
    url = url_for("designer.show_definition", definition_id=newest.id)
    return {"kind": "conflict", "newest_definition": {"id": newest.id, "version": newest.version, "url": url}}


@blueprint.post("/drafts/<uuid:draft_id>/deployments")
@permission("deploy_process")
@in_json
def deploy(draft_id: UUID) -> Response:
    """Deploy a draft as a new version for new cases."""
    env, actor, content = environment(), current_actor(), _content()
    version, note = _version(content), _text(content, "note", 2000)
    if not note:
        raise ConflictError(NOTE_MISSING)
    try:
        deployed = write(
            lambda session: deploy_draft(session, env, str(draft_id), by=actor, version=version, note=note)
        )
    except ConflictError as error:
        return make_response(jsonify(message=say(error.text), **_newest(str(draft_id))), 409)
    return jsonify(url=url_for("designer.show_definition", definition_id=deployed[0].id, done="deployed"))
