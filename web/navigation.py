"""The parts of the site that a signed-in user may enter, in the order of their day."""

from flask import Flask, url_for
from flask_babel import lazy_gettext as _

from web.access import is_allowed

PARTS = (
    ("tasks.list_my_tasks", _("Tugas"), "/tasks", "work"),
    ("case_list.list_all_cases", _("Kasus"), "/cases", "read_cases"),
    ("reports.show_newest_month", _("Laporan"), "/reports", "read_figures"),
    ("designer.list_processes", _("Proses"), "/processes", "draft_process"),
    ("rulesets.list_all_rulesets", _("Aturan"), "/rulesets", "draft_process"),
    ("users.list_all_users", _("Pengguna"), "/users", "manage_users"),
    ("units.list_all_units", _("Unit"), "/units", "manage_units"),
    ("calendar.show_calendar", _("Kalender"), "/settings/calendar", "manage_settings"),
    ("absences.list_all_absences", _("Ketidakhadiran"), "/absences", "delegate_role"),
    ("two_persons.list_all_requests", _("Persetujuan"), "/two-person-requests", "second_person"),
    ("incidents.list_all_incidents", _("Insiden"), "/incidents", "read_incidents"),
    ("system.show_system", _("Sistem"), "/system", "read_incidents"),
)


def navigation(app: Flask) -> list[tuple[str, str, str]]:
    """Address, name and path prefix of each part that the user may enter."""
    return [
        (url_for(endpoint), str(name), prefix)
        for endpoint, name, prefix, act in PARTS
        if endpoint in app.view_functions and is_allowed(act)
    ]


def start_page(app: Flask) -> str:
    """Where a user's day begins: the first part they may enter."""
    parts = navigation(app)
    return parts[0][0] if parts else url_for("sign_in.show_account")


def add_navigation(app: Flask) -> None:
    """Offer it to templates."""
    app.jinja_env.globals["navigation"] = lambda: navigation(app)
    app.jinja_env.globals["start_page"] = lambda: start_page(app)
