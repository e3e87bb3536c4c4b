"""The people who can sign in: made, changed, given roles and deactivated by the administrator."""

import re
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.errors import CaseError, RefusedByRuleError, StaleError
from cases.people import (
    PasswordRefusedError,
    UnitView,
    UsernameTakenError,
    UserView,
    change_user,
    create_user,
    get_user,
    list_units,
    list_users,
    set_password,
    set_roles,
)
from web.access import current_actor, permission
from web.context import environment, read, write
from web.entered import Problems, argument, text, typed, version
from web.language import say

blueprint = Blueprint("users", __name__)
_GRANT = re.compile(r"([a-z_]{1,40}) ([0-9a-f-]{36})")
_FIELDS: tuple[tuple[type[CaseError], str], ...] = (
    (UsernameTakenError, "username"),
    (PasswordRefusedError, "password"),
    (RefusedByRuleError, "username"),
    (StaleError, ""),
)


@blueprint.get("/users")
@permission("manage_users")
def list_all_users() -> str:
    """Users by name, with filters."""
    env, actor = environment(), current_actor()
    active = {"yes": True, "no": False}.get(argument("active") or "")
    page = read(
        lambda session: list_users(
            session,
            env,
            by=actor,
            text=argument("text"),
            role=argument("role"),
            active=active,
            cursor=argument("cursor"),
            limit=25,
        )
    )
    return render_template("people/users.html", page=page)


@blueprint.get("/users/new")
@permission("manage_users")
def show_new_user() -> str:
    """The form for a new user."""
    return render_template("people/new_user.html", values={}, problems=Problems(), units=_units())


@blueprint.post("/users/new")
@permission("manage_users")
def add_user() -> Response | tuple[str, int]:
    """Create a user with a first role."""
    env, actor, problems = environment(), current_actor(), Problems()
    role, unit = text("role", 40), text("unit", 40)
    problems.require("name", text("name"), gettext("Tulis nama lengkap."))
    problems.require("username", text("username", 80), gettext("Tulis nama pengguna."))
    if not problems:
        try:
            user = write(
                lambda session: create_user(
                    session,
                    env,
                    username=text("username", 80),
                    name=text("name"),
                    email=text("email", 254) or None,
                    password=request.form.get("password", ""),
                    roles=[(role, unit)] if role and unit else [],
                    by=actor,
                )
            )
            return redirect(url_for("users.show_user", user_id=user.id, done="created"), 303)
        except (UsernameTakenError, PasswordRefusedError, RefusedByRuleError) as error:
            problems = _problem(error)
    return render_template("people/new_user.html", values=typed(), problems=problems, units=_units()), 422


@blueprint.get("/users/<uuid:user_id>")
@permission("manage_users")
def show_user(user_id: UUID) -> str:
    """Everything that can be changed about a user."""
    return _user_page(str(user_id), Problems())


@blueprint.post("/users/<uuid:user_id>")
@permission("manage_users")
def change_this_user(user_id: UUID) -> Response | tuple[str, int]:
    """Change name and e-mail."""
    name, email = text("name"), text("email", 254)
    if not name:
        return _user_page(str(user_id), Problems({"name": gettext("Tulis nama lengkap.")})), 422
    return _apply(user_id, "saved", _changing(user_id, name=name, email=email))


@blueprint.post("/users/<uuid:user_id>/password")
@permission("manage_users")
def set_user_password(user_id: UUID) -> Response | tuple[str, int]:
    """Set a new password, which ends the user's sessions."""
    env, actor, password = environment(), current_actor(), request.form.get("password", "")
    return _apply(
        user_id, "password", lambda session: set_password(session, env, str(user_id), password, by=actor)
    )


@blueprint.post("/users/<uuid:user_id>/roles")
@permission("manage_users")
def change_roles(user_id: UUID) -> Response | tuple[str, int]:
    """Keep the ticked roles, and add a new one."""
    env, actor = environment(), current_actor()
    kept = [found.groups() for each in request.form.getlist("keep") if (found := _GRANT.fullmatch(each))]
    roles = [(role, unit) for role, unit in kept]
    if text("role", 40) and text("unit", 40):
        roles.append((text("role", 40), text("unit", 40)))
    seen = version()
    return _apply(
        user_id,
        "saved",
        lambda session: set_roles(session, env, str(user_id), roles, version=seen, by=actor),
        field="role",
    )


@blueprint.post("/users/<uuid:user_id>/deactivate")
@permission("manage_users")
def deactivate_user(user_id: UUID) -> Response | tuple[str, int]:
    """Shut a user out at once."""
    return _apply(user_id, "deactivated", _changing(user_id, active=False), field="")


@blueprint.post("/users/<uuid:user_id>/activate")
@permission("manage_users")
def activate_user(user_id: UUID) -> Response | tuple[str, int]:
    """Let a user in again."""
    return _apply(user_id, "activated", _changing(user_id, active=True), field="")


def _changing(
    user_id: UUID, *, name: str | None = None, email: str | None = None, active: bool | None = None
) -> Callable[[Session], object]:
    env, actor, seen = environment(), current_actor(), version()
    return lambda session: change_user(
        session, env, str(user_id), version=seen, name=name, email=email, active=active, by=actor
    )


def _apply(
    user_id: UUID, done: str, change: Callable[[Session], object], *, field: str | None = None
) -> Response | tuple[str, int]:
    try:
        write(change)
    except (StaleError, RefusedByRuleError, PasswordRefusedError) as error:
        return _user_page(str(user_id), _problem(error, field)), 422
    return redirect(url_for("users.show_user", user_id=user_id, done=done), 303)


def _problem(error: CaseError, field: str | None = None) -> Problems:
    usual = next(name for kind, name in _FIELDS if isinstance(error, kind))
    ruled = field is not None and isinstance(error, RefusedByRuleError)
    return Problems({field if ruled and field is not None else usual: say(error.text)})


def _user_page(user_id: str, problems: Problems) -> str:
    env, actor = environment(), current_actor()
    user: UserView = read(lambda session: get_user(session, env, user_id, by=actor))
    return render_template("people/user.html", user=user, units=_units(), problems=problems)


def _units() -> tuple[UnitView, ...]:
    env, actor = environment(), current_actor()
    return read(lambda session: list_units(session, env, by=actor))
