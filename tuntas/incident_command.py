"""The command line's group for incidents: list them, look at one, and get cases moving again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from cases.errors import NotFoundError
from cases.incidents.asked import Act, Change, Mending
from cases.incidents.mending import mend_case, mend_incident
from cases.incidents.reading import get_incident, list_incidents, list_kinds
from cases.listing import find_case_id
from cases.model import SYSTEM
from cases.operations import Target, begin_operation, list_operations, plan_operation
from tuntas.config import Config
from tuntas.console import fail, office_of

MOST = 200
"""Incidents that one list shows."""
ACTS = click.Choice([act.value for act in Act])
REASON = click.option("--reason", required=True, help="Why; kept with the incident and its case.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
DETAILS = (
    click.option("--to", help="For move: the element."),
    click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="For set_data; JSON or text."),
    click.option("--outcome-reason", help="For terminate: the reason for archiving."),
)


def detailed(command: Any) -> Any:
    """Add the options that some acts need."""
    for option in reversed(DETAILS):
        command = option(command)
    return command


@click.group("incident")
def incident() -> None:
    """What failed inside processes, and getting cases moving again."""


@incident.command("list")
@click.option("--state", type=click.Choice(["open", "resolved", "all"]), default="open", show_default=True)
@click.option("--kinds", is_flag=True, help="Group what is open by kind instead.")
@click.pass_obj
def list_all(config: Config, state: str, kinds: bool) -> None:
    """List incidents, the newest first, or their kinds with the number of each."""
    office = office_of(config)
    zone = office.env.zone
    if kinds:
        grouped = office.work.read(lambda session: list_kinds(session, office.env, by=SYSTEM))
        heads = ("KIND", "OPEN", "LAST", "COMMAND", "PROCESS", "ELEMENT", "ERROR")
        _table(
            heads,
            [
                (
                    one.kind,
                    one.count,
                    _time(one.last_at, zone),
                    one.command,
                    one.process_id,
                    one.element_id,
                    one.error,
                )
                for one in grouped
            ],
        )
        return
    found = office.work.read(
        lambda session: list_incidents(session, office.env, by=SYSTEM, state=state, limit=MOST + 1)
    ).items
    rows = [
        (view.id, _time(view.at, zone), view.resolution or "open", view.reference, view.cause)
        for view in found[:MOST]
    ]
    _table(("ID", "AT", "STATE", "CASE", "CAUSE"), rows)
    if len(found) > MOST:
        click.echo(f"These are the newest {MOST}; 'list --kinds' counts all that are open.", err=True)


@incident.command("show")
@click.argument("incident_id")
@click.pass_obj
def show_one(config: Config, incident_id: str) -> None:
    """Show one with its stack and what its case waits for; values of the case are masked."""
    office = office_of(config)
    found = office.work.read(lambda session: get_incident(session, office.env, incident_id, by=SYSTEM))
    click.echo(json.dumps(asdict(found), indent=2, default=str, ensure_ascii=False))


@incident.command("act")
@click.argument("incident_id")
@click.argument("act", type=ACTS)
@REASON
@DRY_RUN
@click.option("--task", help="For move and skip: the open activity; by default that of the incident.")
@detailed
@click.pass_obj
def act_on_one(config: Config, /, incident_id: str, act: str, dry_run: bool, **given: Any) -> None:
    """Act on an incident or its case."""
    office, asked = office_of(config), _mending(act, given)
    _show(
        office.work.write(
            lambda session: mend_incident(session, office.env, incident_id, asked, by=SYSTEM, dry_run=dry_run)
        )
    )


@incident.command("act-on-case")
@click.argument("reference")
@click.argument("act", type=click.Choice([act.value for act in Act if act not in {Act.RETRY, Act.DISMISS}]))
@REASON
@DRY_RUN
@click.option("--task", help="For move and skip: the open activity.")
@detailed
@click.pass_obj
def act_on_case(config: Config, /, reference: str, act: str, dry_run: bool, **given: Any) -> None:
    """Act on a case by its reference, also without an incident."""
    office, asked = office_of(config), _mending(act, given)

    def work(session: Session) -> Change:
        case_id = find_case_id(session, office.env, reference, by=SYSTEM)
        if case_id is None:
            raise NotFoundError
        return mend_case(session, office.env, case_id, asked, by=SYSTEM, dry_run=dry_run)

    _show(office.work.write(work))


@incident.command("act-on-all")
@click.argument("act", type=ACTS)
@click.option("--kind", help="All open incidents of this kind, from 'list --kinds'.")
@click.option("--definition", help="All cases on this version of a process: suspend or resume.")
@REASON
@DRY_RUN
@detailed
@click.pass_obj
def act_on_all(
    config: Config, /, act: str, kind: str | None, definition: str | None, dry_run: bool, **given: Any
) -> None:
    """Act on many cases at once; a worker carries it out."""
    office, asked, target = office_of(config), _mending(act, given), Target(kind, definition)
    if dry_run:
        plan = office.work.write(
            lambda session: plan_operation(session, office.env, target, asked, by=SYSTEM)
        )
        click.echo(f"{plan.total} to act on")
        if plan.refused is not None:
            fail(plan.refused.en)
        if plan.first is not None:
            _show(plan.first)
        return
    begun = office.work.write(lambda session: begin_operation(session, office.env, target, asked, by=SYSTEM))
    click.echo(f"{begun.id} begun on {begun.total}")


@incident.command("operations")
@click.pass_obj
def operations(config: Config) -> None:
    """List acts on many cases with their progress, the newest first."""
    office = office_of(config)
    found = office.work.read(lambda session: list_operations(session, office.env, by=SYSTEM)).items
    heads = ("ID", "STARTED", "ACT", "ON", "DONE", "FAILED", "STATE", "LAST ERROR")
    rows = [
        (
            one.id,
            _time(one.started_at, office.env.zone),
            one.act,
            one.process or one.incident_kind,
            f"{one.done}/{one.total}",
            one.failed,
            "finished" if one.finished_at else "running",
            one.last_error.en if one.last_error else None,
        )
        for one in found
    ]
    _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns under their heads; what is not known is a dash. Says so when there is nothing."""
    if not rows:
        click.echo("There are none.", err=True)
        return
    lines = [heads, *([("-" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _time(at: datetime, zone: ZoneInfo) -> str:
    """The office's own time."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _mending(act: str, given: dict[str, Any]) -> Mending:
    values = dict(_value(pair) for pair in given.get("given") or ())
    return Mending(
        Act(act),
        given["reason"],
        task_id=given.get("task"),
        to=given.get("to"),
        values=values,
        outcome_reason=given.get("outcome_reason"),
    )


def _value(pair: str) -> tuple[str, Any]:
    name, separator, value = pair.partition("=")
    if not (separator and name):
        raise click.BadParameter(f"{pair!r} is not NAME=VALUE.")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _show(change: Change) -> None:
    if change.fails:
        fail(f"It would fail again: {change.fails}")
    if change.overtaken:
        click.echo(f"the task is {change.overtaken} already: nothing to do but close the incident")
        return
    click.echo("would change:" if change.dry_run else "changed:")
    if change.stage_after:
        moved = "" if change.stage_after == change.stage_before else f" -> {change.stage_after}"
        click.echo(f"  stage {change.stage_before}{moved}")
    for word, waiting in (("ends", change.closed), ("opens", change.opened)):
        for one in waiting:
            click.echo(f"  {word} {one.kind} {one.element_id}")
    click.echo(f"  history {' '.join(change.history)}")
