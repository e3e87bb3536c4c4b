"""The organisation tree, read and changed by the administrator."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.errors import RefusedByRuleError, StaleError
from cases.people import CodeTakenError, UnitView, change_unit, create_unit, get_unit, list_units
from web.access import current_actor, permission
from web.context import environment, read, write
from web.entered import Problems, argument, day, text, typed, version
from web.language import say

blueprint = Blueprint("units", __name__)


@blueprint.get("/units")
@permission("manage_units")
def list_all_units() -> str:
    """The tree, or what of it is called like this or was."""
    env, actor = environment(), current_actor()
    wanted, over = argument("text"), argument("over") == "yes"
    found = read(lambda session: list_units(session, env, by=actor, all_times=over, text=wanted))
    return render_template("people/units.html", units=found)


@blueprint.get("/units/new")
@permission("manage_units")
def show_new_unit() -> str:
    """The form for a new unit."""
    return _form(None, Problems())


@blueprint.post("/units/new")
@permission("manage_units")
def add_unit() -> Response | tuple[str, int]:
    """Create a unit below another."""
    env, actor, problems = environment(), current_actor(), _missing()
    if not problems:
        try:
            write(
                lambda session: create_unit(
                    session,
                    env,
                    code=text("code", 40),
                    name=text("name"),
                    kind=text("kind", 24),
                    parent_id=text("parent", 40) or None,
                    aliases=_aliases(),
                    valid_from=day(request.form.get("valid_from")),
                    valid_to=day(request.form.get("valid_to")),
                    by=actor,
                )
            )
            return redirect(url_for("units.list_all_units", done="created"), 303)
        except (CodeTakenError, RefusedByRuleError) as error:
            problems = _problem(error)
    return _form(None, problems), 422


@blueprint.get("/units/<uuid:unit_id>")
@permission("manage_units")
def show_unit(unit_id: UUID) -> str:
    """The form that changes a unit."""
    return _form(_unit(str(unit_id)), Problems())


@blueprint.post("/units/<uuid:unit_id>")
@permission("manage_units")
def change_this_unit(unit_id: UUID) -> Response | tuple[str, int]:
    """Rename, recode, move, or say from when to when the unit exists; as it was seen, never over somebody's change."""
    env, actor, problems, seen = environment(), current_actor(), _missing(), version()
    if not problems:
        try:
            write(
                lambda session: change_unit(
                    session,
                    env,
                    str(unit_id),
                    code=text("code", 40),
                    name=text("name"),
                    kind=text("kind", 24),
                    parent_id=text("parent", 40) or None,
                    aliases=_aliases(),
                    valid_from=day(request.form.get("valid_from")),
                    valid_to=day(request.form.get("valid_to")),
                    version=seen,
                    by=actor,
                )
            )
            return redirect(url_for("units.list_all_units", done="saved"), 303)
        except StaleError as error:
            return _form(_unit(str(unit_id)), Problems({"": say(error.text)})), 412
        except (CodeTakenError, RefusedByRuleError) as error:
            problems = _problem(error)
    return _form(_unit(str(unit_id)), problems), 422


def _units() -> tuple[UnitView, ...]:
    env, actor = environment(), current_actor()
    return read(lambda session: list_units(session, env, by=actor))


def _unit(unit_id: str) -> UnitView:
    env, actor = environment(), current_actor()
    return read(lambda session: get_unit(session, env, unit_id, by=actor))


def _missing() -> Problems:
    problems = Problems()
    problems.require("name", text("name"), gettext("Tulis nama unit."))
    problems.require("code", text("code", 40), gettext("Tulis kode unit."))
    for name in ("valid_from", "valid_to"):
        if text(name, 20) and day(text(name, 20)) is None:
            problems[name] = gettext("Isi tanggalnya.")
    return problems


def _aliases() -> list[str]:
    """One name a line."""
    return text("aliases", 5_000).splitlines()


def _problem(error: CodeTakenError | RefusedByRuleError) -> Problems:
    return Problems({"code" if isinstance(error, CodeTakenError) else "": say(error.text)})


def _form(unit: UnitView | None, problems: Problems) -> str:
    start = (
        {"parent": request.args.get("parent")}
        if unit is None
        else {
            "name": unit.name,
            "code": unit.code,
            "kind": unit.kind,
            "parent": unit.parent_id,
            "aliases": "\n".join(unit.aliases),
            "valid_from": unit.valid_from,
            "valid_to": unit.valid_to,
            "version": unit.version,
        }
    )
    # After a warning the newest version goes with the form: whoever sends it again has been told.
    seen = {"version": str(unit.version)} if unit else {}
    values = {**typed(), **seen} if request.method == "POST" else start
    return render_template("people/unit.html", unit=unit, units=_units(), values=values, problems=problems)
