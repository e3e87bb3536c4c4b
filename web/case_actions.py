"""Pages on which something is done with a case at any time: one form for each act, with a reason."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, render_template, request, url_for
from flask_babel import gettext
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from cases.errors import NotFoundError, RefusedByRuleError, StaleError
from cases.listing import get_case
from cases.model import CaseView, TaskRow
from cases.office_choices import form_options
from web.access import current_actor, permission
from web.case_acts import ACTS, ActPage, offered_acts
from web.colleagues import able
from web.context import environment, read, write
from web.entered import Problems, text, typed, version
from web.filled_form import spoken
from web.language import say

blueprint = Blueprint("case_actions", __name__)
REASON = 2000


def _add(page: ActPage) -> None:
    """Give an act its two views, guarded by the permission that it needs."""
    rule, name = f"/cases/<uuid:case_id>/{page.name}", page.name.replace("-", "_")

    @permission(page.act)
    def show(case_id: UUID) -> str:
        return _form(page, str(case_id), Problems())

    @permission(page.act)
    def act(case_id: UUID) -> Response | tuple[str, int]:
        return _carry_out(page, str(case_id))

    blueprint.add_url_rule(rule, f"show_{name}", show, methods=["GET"])
    blueprint.add_url_rule(rule, name, act, methods=["POST"])


for _page in ACTS:
    _add(_page)


def _carry_out(page: ActPage, case_id: str) -> Response | tuple[str, int]:
    env, actor, seen = environment(), current_actor(), version()
    problems, reason = Problems(), text("reason", REASON)
    values = page.read(typed(), problems)
    problems.require("reason", reason, gettext("Tulis alasannya. Alasan disimpan dalam kasus."))
    if problems:
        return _form(page, case_id, problems), 422
    try:
        write(
            lambda session: page.run(session, env, case_id, reason=reason, by=actor, version=seen, **values)
        )
    except (StaleError, RefusedByRuleError) as error:
        return _form(page, case_id, Problems({"": say(error.text)})), 409
    return redirect(_onward(case_id), 303)


def _onward(case_id: str) -> str:
    """Back to the case, or to the list when the act took the case out of the actor's sight."""
    try:
        _case(case_id)
    except NotFoundError:
        return url_for("case_list.list_all_cases", done="out-of-sight")
    return url_for("case_page.show_case", case_id=case_id, done="acted")


def _form(page: ActPage, case_id: str, problems: Problems) -> str:
    case = _case(case_id)
    if page not in offered_acts(case) and request.method == "GET":
        raise NotFoundError
    return render_template(
        page.template,
        page=page,
        case=case,
        typed=typed(),
        problems=problems,
        options=_options(page),
        people=able(case.tasks) if page.name == "task-owner" else (),
    )


def _case(case_id: str) -> CaseView:
    env, actor = environment(), current_actor()
    return read(lambda session: get_case(session, env, case_id, by=actor))


def _options(page: ActPage) -> dict[str, list[tuple[str, str]]]:
    """The office's units and people, for the acts that choose among them."""
    wanted = {"lead-unit": ("lead_unit",), "accusation": ("unit", "user")}.get(page.name, ())

    def load(session: Any) -> dict[str, list[tuple[str, str]]]:
        office = form_options(session, environment())
        return {name: spoken(office[name]) for name in wanted}

    return read(load) if wanted else {}


def add_acts(app: Flask) -> None:
    """Offer the menu to templates."""
    app.jinja_env.globals["offered_acts"] = _menu
    app.jinja_env.globals["task_choices"] = lambda tasks: [(task.id, _task_name(task)) for task in tasks]


def _task_name(task: TaskRow) -> str:
    return f"{task.name} ({task.owner_name})" if task.owner_name else task.name


def _menu(case: CaseView) -> list[tuple[str, str]]:
    """Address and name of each act that is offered."""
    return [
        (url_for(f"case_actions.show_{page.name.replace('-', '_')}", case_id=case.row.id), str(page.title))
        for page in offered_acts(case)
    ]
