"""The figures of a month, for those who lead, supervise and audit the office."""

from datetime import date

from flask import Blueprint, render_template

from cases.reports.reading import MonthView, get_month, list_months
from web.access import current_actor, permission
from web.context import environment, read

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports/monthly")
@permission("read_figures")
def show_newest_month() -> str:
    """The newest frozen month, with the others to choose from."""
    return _page(None)


@blueprint.get("/reports/monthly/<string:month>")
@permission("read_figures")
def show_month(month: str) -> str:
    """One frozen month."""
    return _page(month)


def _page(month: str | None) -> str:
    env, actor = environment(), current_actor()
    months = read(lambda session: list_months(session, env, by=actor))
    chosen = month or next(iter(months), None)
    view: MonthView | None = None
    if chosen:
        view = read(lambda session: get_month(session, env, chosen, by=actor))
    names = {key: date.fromisoformat(f"{key}-01") for key in months}
    return render_template("reports/monthly.html", months=names, view=view)
