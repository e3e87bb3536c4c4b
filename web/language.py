"""Indonesian first, English on request: the chosen language, the catalogue, and sentences that come in
both.
"""

from pathlib import Path
from urllib.parse import urlsplit

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Blueprint, Flask, redirect, request, url_for
from flask_babel import Babel, get_locale
from werkzeug.wrappers import Response

from engine.model import Text
from web.access import public
from web.context import WEB
from web.cookies import LANGUAGE, keep_language, read_cookie

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
TRANSLATIONS = WEB / "translations"
blueprint = Blueprint("language", __name__)


def chosen_language() -> str:
    """The language of this request: what the visitor chose, else Indonesian."""
    code = read_cookie(LANGUAGE)
    return code if code in LANGUAGES else "id"


def is_english() -> bool:
    """Whether this page is shown in English."""
    return str(get_locale() or "id") == "en"


def say(text: Text | str | None) -> str:
    """A sentence that comes in both languages, in the page's own."""
    if text is None or isinstance(text, str):
        return text or ""
    return text.en if is_english() else text.id


def here() -> str:
    """The address to come back to after the language was switched."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def safe_path(target: str | None, default: str) -> str:
    """``target`` when it is a path of this site, else ``default``: nobody is sent elsewhere by a link to
    us.
    """
    if not target or "\\" in target or any(ord(sign) < 33 for sign in target):
        return default
    parts = urlsplit(target)
    local = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith("//")
    return target if local else default


@blueprint.get("/language/<any(id, en):code>")
@public
def switch_language(code: str) -> Response:
    """Remember the language and show the same page again."""
    response = redirect(safe_path(request.args.get("next"), url_for("site.show_home")), 303)
    keep_language(response, code)
    return response


def compile_catalogues(folder: Path = TRANSLATIONS) -> None:
    """Write the binary catalogue of every language that has none or an older one than its text."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        temporary = target.with_suffix(".mo.new")
        with temporary.open("wb") as binary:
            write_mo(binary, catalogue)
        temporary.replace(target)


def add_languages(app: Flask) -> None:
    """Make the pages of an app speak both languages."""
    compile_catalogues()
    Babel(
        app,
        locale_selector=chosen_language,
        default_locale="id",
        default_translation_directories=str(TRANSLATIONS),
    )
    app.jinja_env.filters["say"] = say
    app.jinja_env.globals.update(is_english=is_english, here=here, LANGUAGES=LANGUAGES)
    app.register_blueprint(blueprint)
