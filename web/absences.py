"""Absences: who is away, who stands in meanwhile, and the form that says so."""

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
    absence, problems = _entered()
    if absence is not None:
        try:
            write(lambda session: declare_absence(session, env, absence, by=actor))
            return redirect(url_for("absences.list_all_absences", done="absence"), 303)
        except RefusedByRuleError as error:
            problems = Problems({"": say(error.text)})
    return _form(problems), 422


@blueprint.post("/absences/<uuid:delegation_id>/revoke")
@permission("delegate_role")
def end_absence(delegation_id: UUID) -> Response:
    """End an absence before its last day."""
    env, actor = environment(), current_actor()
    write(lambda session: revoke_delegation(session, env, str(delegation_id), by=actor))
    return redirect(url_for("absences.list_all_absences", done="absence-ended"), 303)


def _entered() -> tuple[Absence | None, Problems]:
    """What was typed as an absence, or what is missing."""
    problems = Problems()
    held = text("held", 120).split(" ")
    starts_on, ends_on = day(text("starts_on", 20)), day(text("ends_on", 20))
    delegate, reason = text("delegate", 40), text("reason")
    problems.require("held", "" if len(held) != 3 else "given", gettext("Pilih siapa yang tidak hadir."))
    problems.require("delegate", delegate, gettext("Pilih penggantinya."))
    if starts_on is None:
        problems["starts_on"] = gettext("Isi tanggal hari pertama.")
    if ends_on is None:
        problems["ends_on"] = gettext("Isi tanggal hari terakhir.")
    problems.require("reason", reason, gettext("Tulis alasannya."))
    if problems or starts_on is None or ends_on is None:
        return None, problems
    user_id, role, unit_id = held
    return Absence(user_id, role, unit_id, delegate, starts_on, ends_on, reason), problems


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
