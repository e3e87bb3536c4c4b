"""Absences: who is away, who stands in meanwhile, and the form that says so."""

from datetime import date
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.delegations import (
    Absence,
    DelegableView,
    declare_absence,
    list_delegable,
    list_delegations,
    list_substitutes,
    revoke_delegation,
)
from cases.errors import RefusedByRuleError
from web.access import current_actor, permission
from web.context import environment, read, write
from web.entered import Problems, argument, day, text, typed
from web.labels import label
from web.language import say

blueprint = Blueprint("absences", __name__)


@blueprint.get("/absences")
@permission("delegate_role")
def list_all_absences() -> str:
    """The absences that concern the reader, the newest first."""
    env, actor, cursor = environment(), current_actor(), argument("cursor")
    page = read(lambda session: list_delegations(session, env, by=actor, before=cursor, limit=25))
    return render_template("people/absences.html", page=page, cursor=cursor)


@blueprint.get("/absences/new")
@permission("delegate_role")
def show_new_absence() -> str:
    """The form that declares an absence."""
    return _form(Problems())


@blueprint.post("/absences/new")
@permission("delegate_role")
def add_absence() -> Response | tuple[str, int]:
    """Declare an absence."""
    env, actor = environment(), current_actor()
    problems = _missing()
    absence = None if problems else _absence()
    if absence is not None:
        try:
            write(lambda session: declare_absence(session, env, absence, by=actor))
            return redirect(url_for("absences.list_all_absences", done="absence"), 303)
        except RefusedByRuleError as error:
            problems = Problems({"delegate": say(error.text)})
    return _form(problems), 422


@blueprint.post("/absences/<uuid:delegation_id>/revoke")
@permission("delegate_role")
def end_absence(delegation_id: UUID) -> Response:
    """End an absence before its last day."""
    env, actor = environment(), current_actor()
    write(lambda session: revoke_delegation(session, env, str(delegation_id), by=actor))
    return redirect(url_for("absences.list_all_absences", done="absence-ended"), 303)


def _missing() -> Problems:
    problems = Problems()
    problems.require("held", text("held", 120), gettext("Pilih siapa yang tidak hadir."))
    problems.require("delegate", text("delegate", 40), gettext("Pilih penggantinya."))
    for name in ("starts_on", "ends_on"):
        if day(text(name, 20)) is None:
            problems[name] = gettext("Isi tanggalnya.")
    problems.require("reason", text("reason"), gettext("Tulis alasannya."))
    parts = text("held", 120).split(" ")
    if "held" not in problems and len(parts) != 3:
        problems["held"] = gettext("Pilih siapa yang tidak hadir.")
    return problems


def _absence() -> Absence:
    user_id, role, unit_id = text("held", 120).split(" ")
    starts_on, ends_on = day(text("starts_on", 20)), day(text("ends_on", 20))
    return Absence(
        user_id=user_id,
        role=role,
        unit_id=unit_id,
        delegate_id=text("delegate", 40),
        starts_on=starts_on or date.min,
        ends_on=ends_on or date.min,
        reason=text("reason"),
    )


def _form(problems: Problems) -> str:
    env, actor = environment(), current_actor()
    held = read(lambda session: list_delegable(session, env, by=actor))
    others = read(lambda session: list_substitutes(session, env, by=actor))
    values = typed() if request.method == "POST" else {"held": _key(held[0]) if held else ""}
    return render_template(
        "people/absence.html",
        held=[(_key(one), _words(one)) for one in held],
        substitutes=[(one.id, one.name) for one in others if one.id != actor.id],
        values=values,
        problems=problems,
    )


def _key(one: DelegableView) -> str:
    return f"{one.user_id} {one.role} {one.unit_id}"


def _words(one: DelegableView) -> str:
    return f"{one.user_name} – {label(one.role, 'role')}, {one.unit_name}"
