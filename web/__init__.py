"""Server-rendered pages for complainants, officers, auditors, designers and administrators."""

from flask import Flask

from web import (
    absences,
    access,
    calendar,
    case_actions,
    case_files,
    case_history,
    case_list,
    case_page,
    case_requests,
    complaint_status,
    complaints,
    cookies,
    data_requests,
    dates,
    designer,
    errors,
    front_desk,
    incidents,
    labels,
    language,
    navigation,
    notices,
    reports,
    rulesets,
    security,
    shaping,
    sign_in,
    site,
    system,
    tasks,
    timeline,
    two_persons,
    units,
    uploads,
    users,
)

PAGES = (
    sign_in,
    complaints,
    complaint_status,
    data_requests,
    tasks,
    case_list,
    case_page,
    case_requests,
    case_actions,
    case_files,
    case_history,
    front_desk,
    users,
    units,
    calendar,
    absences,
    two_persons,
    incidents,
    system,
    reports,
    designer,
    rulesets,
)


def register(app: Flask) -> None:
    """Add every page to an app that holds the product in ``app.extensions["tuntas"]``."""
    app.session_interface = cookies.FormSession()
    # ``access.guard`` asks for the token itself, for pages only; it is bound to the session, not to a time.
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(access.guard)
    app.after_request(security.protect)
    access.csrf.init_app(app)
    language.add_languages(app)
    _equip_templates(app)
    errors.add_errors(app)
    for page in PAGES:
        app.register_blueprint(page.blueprint)


def _equip_templates(app: Flask) -> None:
    """Offer templates their filters and functions."""
    dates.add_dates(app)
    labels.add_labels(app)
    notices.add_notices(app)
    navigation.add_navigation(app)
    case_actions.add_acts(app)
    uploads.add_uploads(app)
    timeline.add_timeline(app)
    case_requests.add_requests(app)
    shaping.add_shaping(app)
    site.add_site(app)
