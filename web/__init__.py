"""Server-rendered pages for complainants, officers, auditors, designers and administrators."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask


def register(app: Flask) -> None:
    """Add every page to an app that holds the product in ``app.extensions["tuntas"]``."""
    from web import access, cookies, dates, errors, labels, language, navigation, notices, security, shaping, site, timeline, uploads

    app.session_interface = cookies.FormSession()
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(access.guard)
    app.after_request(security.protect)
    access.csrf.init_app(app)
    language.add_languages(app)
    dates.add_dates(app)
    labels.add_labels(app)
    notices.add_notices(app)
    navigation.add_navigation(app)
    uploads.add_uploads(app)
    timeline.add_timeline(app)
    shaping.add_shaping(app)
    site.add_site(app)
    errors.add_errors(app)
    for name in PAGES:
        if find_spec(name):
            app.register_blueprint(import_module(name).blueprint)


PAGES = (
    "web.sign_in",
    "web.complaints",
    "web.complaint_status",
    "web.tasks",
    "web.case_list",
    "web.case_page",
    "web.case_files",
    "web.case_history",
    "web.front_desk",
    "web.users",
    "web.units",
    "web.incidents",
    "web.designer",
)
