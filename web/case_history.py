"""The full history of a case for auditors, the proof that it is unaltered, and the diagrams with the path
taken.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from cases.definitions import get_definition
from cases.errors import NotFoundError
from cases.history import HistoryBrokenError, list_history, verify_history
from cases.listing import get_case
from cases.model import CaseView, HistoryView
from engine.diagram import to_svg
from web.access import current_actor, is_allowed, permission
from web.context import environment, read
from web.entered import argument
from web.language import is_english

blueprint = Blueprint("case_history", __name__)
ENTRIES = 2000
"""The most entries on one page; the API has the rest."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the chain of hashes holds: the number of entries checked, or the first that does not fit."""

    entries: int
    broken_at: int | None = None


@blueprint.get("/cases/<uuid:case_id>/history")
@permission("read_history")
def show_history(case_id: UUID) -> str:
    """Everything that happened, in order; one kind of entry when asked for."""
    case, entries, proof = read(lambda session: _gather(session, str(case_id)))
    tag, all_entries = argument("tag"), bool(argument("all"))
    told = [entry for entry in entries if all_entries or entry.tag.startswith("case:")]
    return render_template(
        "cases/history.html",
        case=case,
        entries=[entry for entry in told if tag in (None, entry.tag)],
        tags={entry.tag: entry.label for entry in told},
        tag=tag,
        all_entries=all_entries,
        proof=proof,
    )


@blueprint.get("/cases/<uuid:case_id>/instances/<uuid:instance_id>/diagram.svg")
@permission("read_cases")
def show_diagram(case_id: UUID, instance_id: UUID) -> Response:
    """The diagram of one process instance, what is done and what is current in colour."""
    svg = read(lambda session: _diagram(session, str(case_id), str(instance_id)))
    return Response(svg, mimetype="image/svg+xml")


def _gather(session: Session, case_id: str) -> tuple[CaseView, tuple[HistoryView, ...], Proof | None]:
    env, actor = environment(), current_actor()
    case = get_case(session, env, case_id, by=actor)
    entries: list[HistoryView] = []
    after: str | None = "0"
    while after is not None and len(entries) < ENTRIES:
        page = list_history(session, env, case_id, by=actor, after=int(after), limit=500)
        entries, after = [*entries, *page.items], page.next
    return case, tuple(entries), _prove(session, case_id) if is_allowed("verify_history") else None


def _prove(session: Session, case_id: str) -> Proof:
    try:
        return Proof(verify_history(session, case_id))
    except HistoryBrokenError as error:
        return Proof(error.seq, broken_at=error.seq)


def _diagram(session: Session, case_id: str, instance_id: str) -> str:
    env, actor = environment(), current_actor()
    case = get_case(session, env, case_id, by=actor, with_path=True)
    instance = next((each for each in case.instances if each.id == instance_id), None)
    if instance is None:
        raise NotFoundError
    deployment = env.deployments.get(
        get_definition(session, env, instance.definition_id, by=actor).deployment_hash
    )
    drawing = deployment.files[deployment.processes[instance.process_id].file]
    title = f"{instance.process_name}, {case.row.reference}"
    language = "en" if is_english() else "id"
    return to_svg(drawing, done=instance.done, current=instance.current, title=title, language=language)
