"""Officers sign in and out, and look after their own password."""

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask_babel import gettext
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.errors import NotSignedInError, SignInRefusedError
from cases.model import ActorKind
from cases.people import PasswordRefusedError, get_user, set_password, sign_in, sign_out
from web.access import SIGNED_IN, current_actor, permission, public
from web.context import environment, read, write
from web.cookies import LANGUAGE, SESSION, drop_cookie, keep_language, read_cookie, set_cookie
from web.entered import Problems, text
from web.language import safe_path, say
from web.navigation import start_page

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@public
def show_sign_in() -> str | Response:
    """The form; whoever is signed in already goes on."""
    if current_actor().kind is ActorKind.USER:
        return redirect(_onward(), 303)
    return render_template("sign_in/sign_in.html", problems=Problems(), username="")


@blueprint.post("/sign-in")
@public
def sign_in_user() -> Response | tuple[str, int]:
    """Check name and password; the failure is counted before it is told."""
    env, address = environment(), request.remote_addr or ""
    username, password = text("username", 80), request.form.get("password", "")
    signed = write(lambda session: sign_in(session, env, username, password, address=address))
    if signed is None:
        problems = Problems({"username": say(SignInRefusedError.text)})
        return render_template("sign_in/sign_in.html", problems=problems, username=username), 422
    g.actor = signed.actor
    response = redirect(_onward(), 303)
    set_cookie(response, SESSION, signed.secret)
    if read_cookie(LANGUAGE) is None and signed.locale != "id":
        keep_language(response, signed.locale)
    return response


@blueprint.post("/sign-out")
@public
def sign_out_user() -> Response:
    """End the server's session and take the cookie back."""
    env, secret = environment(), read_cookie(SESSION)
    if secret is not None:
        write(lambda session: sign_out(session, env, secret))
    response = redirect(url_for("sign_in.show_sign_in", done="signed-out"), 303)
    drop_cookie(response, SESSION)
    return response


@blueprint.get("/account")
@permission(SIGNED_IN)
def show_account() -> str:
    """Who I am here, and a new password."""
    return _account(Problems())


@blueprint.post("/account/password")
@permission(SIGNED_IN)
def change_own_password() -> Response | tuple[str, int]:
    """Set a new password; every other session of mine ends."""
    env, actor, keep = environment(), current_actor(), read_cookie(SESSION)
    current, new = request.form.get("current", ""), request.form.get("password", "")
    if new != request.form.get("repeated", ""):
        return _account(Problems({"repeated": gettext("Kedua kata sandi baru tidak sama.")})), 422
    try:
        write(
            lambda session: set_password(
                session, env, str(actor.id), new, current=current, keep=keep, by=actor
            )
        )
    except NotSignedInError as error:
        return _account(Problems({"current": say(error.text)})), 422
    except PasswordRefusedError as error:
        return _account(Problems({"password": say(error.text)})), 422
    return redirect(url_for("sign_in.show_account", done="password"), 303)


def _account(problems: Problems) -> str:
    env, actor = environment(), current_actor()
    user = read(lambda session: get_user(session, env, str(actor.id), by=actor))
    return render_template("sign_in/account.html", user=user, problems=problems)


def _onward() -> str:
    """The page asked for before the sign-in, else where the user's day begins."""
    target = request.values.get("next", "")
    return safe_path(target if "/sign-" not in target else None, start_page(current_app))
