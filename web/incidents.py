"""The incident centre: what failed, without any content of the case, and the forms that get cases moving again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.definitions import list_definitions
from cases.errors import CaseError, NotFoundError, ProcessIncidentError
from cases.incidents.asked import OF_INCIDENT, Act, Change, Mending
from cases.incidents.mending import mend_incident
from cases.incidents.reading import IncidentDetail, get_incident, list_incidents, list_kinds
from cases.model import DefinitionView
from cases.operations import Plan, Target, begin_operation, list_operations, plan_operation
from web.access import current_actor, is_allowed, permission
from web.context import environment, read, write
from web.entered import Problems, argument, text, typed
from web.language import say

blueprint = Blueprint("incidents", __name__)

ACTS = {
    Act.RETRY: _("Coba lagi"),
    Act.MOVE: _("Pindahkan ke langkah lain"),
    Act.SKIP: _("Lewati langkah"),
    Act.SET_DATA: _("Tetapkan data proses"),
    Act.SUSPEND: _("Tangguhkan kasus"),
    Act.RESUME: _("Cabut penangguhan"),
    Act.TERMINATE: _("Akhiri kasus"),
    Act.DISMISS: _("Tutup insiden tanpa tindakan"),
}
ENDINGS = {
    "calendar": _("Kalender diperpanjang, dan langkahnya diulang"),
    "repeated": _("Gagal lagi; lihat insiden yang lebih baru"),
    "completed": _("Tugasnya sudah diselesaikan"),
    "cancelled": _("Tugasnya batal: kasusnya berjalan lewat jalan lain"),
}
"""How an incident ended without an act of an administrator."""
STATES = {"open": _("Terbuka"), "resolved": _("Selesai"), "all": _("Semua")}
LONGEST = 2_000
OF_VERSION = {
    Act.SUSPEND: _("Tangguhkan versi dan kasusnya"),
    Act.RESUME: _("Lanjutkan versi dan kasusnya"),
}


@blueprint.get("/incidents")
@permission("read_incidents")
def list_all_incidents() -> str:
    """Kinds of open incidents, the incidents themselves, and how far acts on many are."""
    env, actor, cursor = environment(), current_actor(), argument("cursor")
    chosen = argument("state")
    state, kind = chosen if chosen in STATES else "open", argument("kind")

    def load(session: Session) -> dict[str, Any]:
        return {
            "page": list_incidents(session, env, by=actor, state=state, kind=kind, cursor=cursor),
            "kinds": list_kinds(session, env, by=actor),
            "operations": list_operations(session, env, by=actor, limit=5),
        }

    shown = {"cursor": cursor, "state": state, "kind": kind, "states": list(STATES.items()), "acts": ACTS}
    return render_template(
        "incidents/list.html", **read(load), **shown, manages=is_allowed("manage_incidents")
    )


@blueprint.get("/incidents/<uuid:incident_id>")
@permission("read_incidents")
def show_incident(incident_id: UUID) -> str:
    """One incident, and what can be done about it."""
    return _show(incident_id, Problems())


@blueprint.post("/incidents/<uuid:incident_id>")
@permission("manage_incidents")
def act(incident_id: UUID) -> Response | str | tuple[str, int]:
    """Show what the act would change, or carry it out."""
    env, actor, dry_run = environment(), current_actor(), text("step", 10) != "do"
    problems = Problems()
    asked = _asked(problems)
    if asked is None:
        return _show(incident_id, problems), 422
    try:
        change = write(
            lambda session: mend_incident(session, env, str(incident_id), asked, by=actor, dry_run=dry_run)
        )
    except NotFoundError:
        raise
    except ProcessIncidentError:
        again = gettext("Proses gagal lagi, jadi tidak ada yang berubah. Lihat insiden yang baru.")
        return _show(incident_id, Problems({"": again})), 422
    except CaseError as error:
        return _show(incident_id, Problems({"": say(error.text)})), 422
    if dry_run:
        return _show(incident_id, problems, change)
    return redirect(url_for("incidents.show_incident", incident_id=incident_id, done="mended"), 303)


@blueprint.get("/operations/new")
@permission("manage_incidents")
def show_new_operation() -> str:
    """The form for an act on many cases."""
    return _operation(Problems())


@blueprint.post("/operations/new")
@permission("manage_incidents")
def add_operation() -> Response | str | tuple[str, int]:
    """Show what the act would change, or hand it to a worker."""
    env, actor, problems = environment(), current_actor(), Problems()
    asked = _asked(problems)
    if asked is None:
        return _operation(problems), 422
    target = Target(text("kind", 16) or None, text("definition", 36) or None)
    try:
        if text("step", 10) != "do":
            plan = write(lambda session: plan_operation(session, env, target, asked, by=actor))
            return _operation(problems, plan)
        write(lambda session: begin_operation(session, env, target, asked, by=actor))
    except NotFoundError:
        nothing = gettext("Tidak ada insiden terbuka dari jenis ini, atau versi itu tidak dikenal.")
        return _operation(Problems({"": nothing})), 422
    except CaseError as error:
        return _operation(Problems({"": say(error.text)})), 422
    return redirect(url_for("incidents.list_all_incidents", done="operation"), 303)


def _show(incident_id: UUID, problems: Problems, change: Change | None = None) -> str:
    env, actor = environment(), current_actor()
    found = read(lambda session: get_incident(session, env, str(incident_id), by=actor))
    acts = _acts_of(found)
    return render_template(
        "incidents/incident.html",
        found=found,
        incident=found.incident,
        acts=[(one.value, ACTS[one]) for one in acts],
        names=ACTS,
        endings=ENDINGS,
        entered={name: _alone(value) for name, value in (found.submitted or {}).items()},
        waiting=[(one.task_id, f"{one.name} ({one.element_id})") for one in found.waiting],
        targets=[(key, f"{name} ({key})") for key, name, _kind in found.targets],
        **_form(problems),
        change=change,
    )


def _alone(value: Any) -> Any:
    """A page sends lists of values, also where there is one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _operation(problems: Problems, plan: Plan | None = None) -> str:
    env, actor = environment(), current_actor()
    kind = request.values.get("kind", "")[:16]
    versions = [] if kind else read(lambda session: list_definitions(session, env, by=actor)).items
    kinds = read(lambda session: list_kinds(session, env, by=actor)) if kind else ()
    words = {one: word for one, word in ACTS.items() if one is not Act.RESUME} if kind else OF_VERSION
    return render_template(
        "incidents/operation.html",
        kind=next((one for one in kinds if one.kind == kind), None),
        versions=[(one.id, _version(one)) for one in versions],
        acts=[(one.value, word) for one, word in words.items()],
        names=ACTS,
        **_form(problems),
        plan=plan,
    )


def _version(one: DefinitionView) -> str:
    """What to choose among: versions that rest say so."""
    if one.suspended_at is None:
        return f"{one.name}, {one.version}"
    return str(gettext("%(name)s, %(version)s (ditangguhkan)", name=one.name, version=one.version))


def _form(problems: Problems) -> dict[str, Any]:
    reasons = environment().reference.archive_reasons
    return {
        "problems": problems,
        "values": typed(),
        "manages": is_allowed("manage_incidents"),
        "outcome_reasons": [(key, say(word)) for key, word in reasons.items()],
    }


def _acts_of(found: IncidentDetail) -> list[Act]:
    """What suits the incident: nothing that needs a case without one, and no second suspension."""
    incident, acts = found.incident, list(ACTS)
    if incident.resolved_at is not None:
        acts = [one for one in acts if one not in OF_INCIDENT]
    if incident.case_id is None:
        return [one for one in acts if one in OF_INCIDENT]
    acts.remove(Act.SUSPEND if incident.suspended else Act.RESUME)
    return acts


def _asked(problems: Problems) -> Mending | None:
    """The act as it was entered; None when something is missing, and then ``problems`` says what."""
    given, reason = text("act", 16), text("reason", LONGEST)
    problems.require("reason", reason, gettext("Tulis alasannya; alasan disimpan bersama kasusnya."))
    if given not in {one.value for one in Act}:
        problems["act"] = gettext("Pilih tindakan.")
    values = _values(text("values", 8_000), problems)
    if problems:
        return None
    return Mending(
        Act(given),
        reason,
        task_id=text("task", 36) or None,
        to=text("to", 120) or None,
        values=values,
        outcome_reason=text("outcome_reason", 40) or None,
    )


def _values(entered: str, problems: Problems) -> Mapping[str, Any]:
    """Lines of ``name = value``; a value that is no JSON is text."""
    found: dict[str, Any] = {}
    for line in filter(str.strip, entered.splitlines()):
        name, separator, value = (part.strip() for part in line.partition("="))
        if not (separator and name):
            problems["values"] = gettext("Tulis satu nama = nilai pada setiap baris.")
            return {}
        try:
            found[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            found[name] = value
    return found
