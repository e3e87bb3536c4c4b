"""Every statement of the hot paths stays in its organisation's schema, so that one shard of Citus answers it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from werkzeug.routing import Rule

from cases.errors import ProcessIncidentError
from cases.ports import FixedClock
from cases.tasks import claim_task, delegate_task, release_task
from storage.tables import Incident
from support.api import Caller, caller_for
from support.designer import Visitor
from support.office import Desk, actor_named
from support.organisations import FIRST
from support.own_process import STUCK, deploy_drawn, hire, start_beside
from tuntas.office import Tuntas
from tuntas.sweep import sweep

SERVICE = """told
start begin
service send handler=deliver_notice "argument.template='received'"
end done
begin -> send -> done"""
PLACE = re.compile(r"%\((\w+)\)s")
QUALIFIED = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE|ONLY)\s+"?\w+"?\."?\w', re.IGNORECASE)
LEAST = 150
"""So many different statements at least; with fewer the paths below no longer go where they went."""


class Statements:
    """Every different statement that an engine sends."""

    def __init__(self, engine: Engine) -> None:
        self.seen: set[str] = set()
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.seen.add(statement)


def explained(connection: psycopg.Connection[Any], statement: str) -> set[str]:
    """The schemas of the relations that the server reads or writes for a statement, whatever its values."""
    names: list[str] = []

    def numbered(place: re.Match[str]) -> str:
        names.append(place[1])
        return f"${len(names)}"

    text = PLACE.sub(numbered, statement).replace("%%", "%") if PLACE.search(statement) else statement
    answer = connection.execute(f"EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) {text}".encode()).fetchone()
    assert answer is not None
    return set(_schemas(answer[0]))


def _schemas(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if "Relation Name" in plan:
            yield plan["Schema"]
        plan = plan.values()
    if not isinstance(plan, str | int | float | bool | None):
        for part in plan:
            yield from _schemas(part)


@pytest.fixture
def office(both: tuple[Tuntas, Tuntas]) -> Tuntas:
    """Return the first organisation's office."""
    return both[0]


@pytest.fixture
def app(built_app: Flask, office: Tuntas) -> Iterator[Flask]:
    """Yield the application, lent to that office."""
    before = built_app.extensions["tuntas"]
    built_app.extensions["tuntas"] = office
    yield built_app
    built_app.extensions["tuntas"] = before


def live(desk: Desk) -> dict[str, str]:
    """Everything that happens to cases; ids for the words of addresses."""
    office = desk.office
    env, case = office.env, desk.register(confidential=True)
    task = desk.task(case.id, "verify_complaint")
    colleague, by = hire(office, "rekan", "Rekan Contoh"), actor_named(office, "admin.instansi")
    for change in (claim_task, release_task):
        office.work.write(lambda session, change=change: change(session, env, task.id, by=by))  # type: ignore[misc]
    office.work.write(lambda session: delegate_task(session, env, task.id, to=colleague.id, by=by))
    other = desk.register()
    desk.accept(other.id)
    desk.dispose_and_answer(other.id)
    desk.say(other.id, "not_satisfied", message="Belum selesai.")
    desk.pass_time(desk.clock.now() + timedelta(days=90))
    for drawn in (STUCK, SERVICE):
        deploy_drawn(office, drawn)
    for key in ("stuck", "told"):
        start_beside(office, desk.register().id, key)
    desk.clock.advance(timedelta(hours=2))
    work_off(desk)
    incident = office.work.read(lambda session: session.scalars(select(Incident.id)).first())
    return {"case_id": case.id, "task_id": task.id, "incident_id": str(incident)}


def work_off(desk: Desk) -> None:
    """Let the worker do everything, whatever fails meanwhile."""
    for _ in range(3):
        with suppress(ProcessIncidentError):
            desk.worker.run_until_idle()


def look(app: Flask, office: Tuntas, known: dict[str, str]) -> None:
    """Ask for every page and answer that there is, as whoever may see most of them."""
    people = ("admin.instansi", "administrator", "auditor")
    callers = [caller_for(app, office, name) for name in people]
    visitors = [Visitor.signed_in(app, name) for name in people]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= known.keys():
            path = _address(rule, known)
            for caller, visitor in zip(callers, visitors, strict=True):
                asked = caller.get if path.startswith("/api/") else visitor.client.get
                status = asked(path).status_code
                assert status < 500, path
                if status not in (401, 403, 404):
                    break
    for query in ("sort=due&overdue=true", "q=lubang", "stage=closed&channel=web"):
        assert callers[0].get(f"/cases?{query}").status_code in (200, 422)
    mend(callers[1], known["incident_id"])


def mend(admin: Caller, incident_id: str) -> None:
    """An administrator acts on an incident, first on trial, and on all of its kind."""
    (kind,) = {one["kind"] for one in admin.get("/incidents").json["items"]}
    for body in ({"act": "retry", "dry_run": True}, {"act": "retry"}):
        answer = admin.post(f"/incidents/{incident_id}/acts", json={"reason": "Diperbaiki", **body})
        assert answer.status_code in (200, 409), answer.text
    body = {"act": "retry", "kind": kind, "reason": "Diperbaiki"}
    assert admin.post("/operations", json=body).status_code < 500


def _address(rule: Rule, known: dict[str, str]) -> str:
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda word: known[word[1]], rule.rule)


def test_every_statement_needs_relations_of_its_own_schema_only(
    app: Flask, office: Tuntas, clock: FixedClock
) -> None:
    statements = Statements(office.work.engine)
    desk = Desk(office, clock)
    known = live(desk)
    look(app, office, known)
    sweep(office, since=None, before=datetime.now(UTC))
    work_off(desk)
    assert len(statements.seen) >= LEAST
    with psycopg.connect(office.config.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        # Only the question whether this process is ready looks into the catalogs, which every server has.
        strayed = {
            statement: found
            for statement in statements.seen
            if (found := explained(connection, statement) - {FIRST, "pg_catalog"})
            or QUALIFIED.search(statement.replace("pg_catalog.", ""))
        }
        assert strayed == {}
        # A statement that leaves its schema would be seen.
        assert explained(connection, "SELECT 1 FROM cases, sukamiskin.jobs WHERE false OR cases.id = $1") == {
            FIRST,
            "sukamiskin",
        }
