"""The figures of a month, for those who lead, supervise and audit the office."""

from datetime import date

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from cases.reports.reading import MonthView, get_month, list_months
from web.access import current_actor, permission
from web.context import environment, read_figures
from web.dates import month_name

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

    def load(session: Session) -> tuple[tuple[str, ...], MonthView | None]:
        months = list_months(session, env, by=actor)
        chosen = month or next(iter(months), None)
        return months, get_month(session, env, chosen, by=actor) if chosen else None

    months, view = read_figures(load)
    return render_template(
        "reports/monthly.html",
        tabs=[
            (
                url_for("reports.show_month", month=key),
                month_name(_first_day(key)),
                view is not None and key == view.month,
            )
            for key in months
        ],
        month=_first_day(view.month) if view else None,
        view=view,
    )


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
