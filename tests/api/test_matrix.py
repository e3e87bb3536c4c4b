"""The matrix of the domain facts (section 5), route by route: who reaches which case, and what each may do.

``REACH`` and ``ACTS`` are written from the facts and not from ``reference/permissions.json``: where the two
differ, one of them is wrong. Read a line as a sentence: "the case worker of public works reaches ...".
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from api.access import MARK
from cases.case_reference import format_reference
from cases.ports import FixedClock
from storage.tables import Case, CaseRequest, Complainant, ProcessDefinition, ProcessInstance, Unit, UserTask
from support.api import Caller, caller_for
from support.databases import DATABASES
from support.office import START, actor_named, config_for
from tuntas.app import create_app, tuntas_of
from tuntas.office import Tuntas

UNKNOWN = "01890000-0000-7000-8000-000000000000"

PEOPLE = {
    "front desk": "penerima",
    "coordinating admin": "admin.instansi",
    "unit liaison of public works": "penghubung.pupr",
    "case worker of public works": "pelaksana.pupr",
    "superior of public works": "atasan.pupr",
    "superior of the whole body": "asisten.setda",
    "inspectorate": "inspektorat",
    "regional secretary": "sekda",
    "leadership": "bupati",
    "provincial supervisor": "pengawas.provinsi",
    "information officer": "ppid",
    "auditor": "auditor",
    "data-protection officer": "pelindung.data",
    "process designer": "perancang",
    "system administrator": "administrator",
}

CASES: dict[str, dict[str, Any]] = {
    # Ordinary ones: led by nobody yet, by my unit (public works), or by another (health).
    "not disposed": {"stage": "verification"},
    "of public works": {"lead": "pupr"},
    "anonymous, of public works": {"lead": "pupr", "anonymous": True},
    "confidential, of public works": {"lead": "pupr", "confidential": True},
    "of health": {"lead": "dinkes"},
    "confidential, of health": {"lead": "dinkes", "confidential": True},
    "referred to the inspectorate": {"lead": "inspektorat"},
    "entered by the front desk": {"lead": "dinkes", "entered_by": "penerima"},
    "entered by the front desk 31 days ago": {"lead": "dinkes", "entered_by": "penerima", "days": 31},
    "an information request": {"lead": "dinkes", "kind": "information_request"},
    "with an open data request": {"lead": "dinkes", "data_request": True},
    "about public works": {"lead": "setda", "accused_unit": "pupr"},
    # Oversight (berkadar pengawasan): before and after the hand-over to the inspectorate, and late ones.
    "oversight, not handed over": {"class": "oversight", "stage": "verification"},
    "oversight, handed over": {"class": "oversight", "lead": "inspektorat"},
    "oversight, entered by the front desk": {
        "class": "oversight",
        "lead": "inspektorat",
        "entered_by": "penerima",
    },
    "oversight, late by five working days": {"class": "oversight", "lead": "inspektorat", "level": 3},
    "oversight, late by ten working days": {"class": "oversight", "lead": "inspektorat", "level": 4},
    "oversight, assigned to public works by article 45": {"class": "oversight", "lead": "pupr"},
}

ORDINARY = {name for name, case in CASES.items() if "class" not in case}
OVERSIGHT = set(CASES) - ORDINARY
OF_PUBLIC_WORKS = {"of public works", "anonymous, of public works", "confidential, of public works"}

REACH: dict[str, set[str]] = {
    # "those it entered, 30 days" | "enters, then no more"
    "front desk": {"entered by the front desk"},
    # "all" | "until handed to the inspectorate"
    "coordinating admin": ORDINARY | {"oversight, not handed over"},
    # "unit's / own; never when accused" | "no"
    "unit liaison of public works": OF_PUBLIC_WORKS,
    "case worker of public works": OF_PUBLIC_WORKS,
    # "unit's and below; cases about its subordinates" | "those assigned by article 45"
    "superior of public works": OF_PUBLIC_WORKS | {"oversight, assigned to public works by article 45"},
    "superior of the whole body": {name for name in ORDINARY if name != "not disposed"},
    # "those referred to it" | "all"
    "inspectorate": {"referred to the inspectorate"} | OVERSIGHT,
    # "all, read; escalated ones, act" | "figures only, escalated ones"
    "regional secretary": ORDINARY
    | {"oversight, late by five working days", "oversight, late by ten working days"},
    "leadership": ORDINARY | {"oversight, late by ten working days"},
    # "figures and public parts of subordinate bodies" | "no"
    "provincial supervisor": {name for name in ORDINARY if not name.startswith("confidential")},
    # "information requests" | "no"
    "information officer": {"an information request"},
    # "all, read" | "all, read"
    "auditor": set(CASES),
    # "read log, data-subject requests" | "read log"
    "data-protection officer": {"with an open data request"},
    # "none; masked samples" | "none"
    "process designer": set(),
    # "none" | "none"
    "system administrator": set(),
}

IDENTITY: dict[str, tuple[str, str]] = {
    # who: (case, what they see of the name)
    "coordinating admin": ("of public works", "name"),
    "unit liaison of public works": ("of public works", "name"),
    "case worker of public works": ("anonymous, of public works", "mask"),  # "not when anonymous"
    "superior of public works": ("anonymous, of public works", "mask"),
    "inspectorate": ("oversight, handed over", "mask"),  # "yes, logged with reason": none was given
    "regional secretary": ("of public works", "mask"),  # "no"
    "leadership": ("of public works", "mask"),
    "provincial supervisor": ("of public works", "mask"),
    "information officer": ("an information request", "name"),
    "auditor": ("of public works", "mask"),  # "masked; reveal by two-person procedure"
    "data-protection officer": ("with an open data request", "mask"),
}

UNITS = {"unit liaison of public works", "case worker of public works"}
SUPERIORS = {"superior of public works", "superior of the whole body"}
EVERYBODY = set(PEOPLE)
WITH_CASES = {who for who, cases in REACH.items() if cases}
WORKING = WITH_CASES - {"provincial supervisor", "auditor"}
"""Those who have tasks; provincial supervisor and auditor read only."""
FILES = {"front desk", "coordinating admin", "inspectorate", "information officer"} | UNITS | SUPERIORS
EXAMINED = {"coordinating admin", "inspectorate"}
HISTORY = WITH_CASES - {"front desk", "provincial supervisor", "data-protection officer"}
DESIGNER, ADMINISTRATOR = {"process designer"}, {"system administrator"}
FIGURES = {"coordinating admin", "inspectorate", "regional secretary", "leadership", "auditor"} | SUPERIORS
REQUESTS = {"coordinating admin", "inspectorate", "regional secretary", "data-protection officer"}

ACTS: dict[str, set[str]] = {
    # What may be done with a case, by those of REACH only.
    "GET cases/{case_id}": WITH_CASES,
    "GET cases/{case_id}/deadlines": WITH_CASES,
    "GET cases/{case_id}/requests": WITH_CASES,
    "GET cases/{case_id}/referrals": WITH_CASES,
    "GET cases/{case_id}/attachments": WITH_CASES,
    "GET cases/{case_id}/history": HISTORY,
    "POST cases/{case_id}/messages/{name}": {"coordinating admin"},
    "POST cases/{case_id}/classification": {"coordinating admin"},  # "classify"
    "POST cases/{case_id}/lead-unit": {"coordinating admin"},  # "dispose"
    "POST cases/{case_id}/unmerging": {"coordinating admin"},  # "merge"
    "POST cases/{case_id}/reopening": {"coordinating admin"},  # "re-open"
    "POST cases/{case_id}/protection": EXAMINED,
    "POST cases/{case_id}/accusation": EXAMINED,
    "POST cases/{case_id}/legal-hold": EXAMINED,
    "POST cases/{case_id}/promise": SUPERIORS,  # "extend"
    "POST cases/{case_id}/task-owner": SUPERIORS,  # "reassign"
    "POST cases/{case_id}/identity-readings": EXAMINED | {"information officer", "data-protection officer"},
    "POST cases/{case_id}/attachments": FILES,
    "POST cases/{case_id}/requests": REQUESTS,
    "POST cases/{case_id}/requests/{request_id}/messages/{name}": set(),  # No letter there yet.
    "POST cases/{case_id}/requests/{request_id}/corrections": set(),  # No correction was asked for yet.
    "GET tasks/{task_id}": WITH_CASES - {"provincial supervisor"},
    "POST tasks/{task_id}/claim": WORKING,
    "POST tasks/{task_id}/release": WORKING,
    "POST tasks/{task_id}/complete": WORKING,
    "POST tasks/{task_id}/delegate": {"coordinating admin", "inspectorate"} | UNITS | SUPERIORS,
}

OFFICE: dict[str, set[str]] = {
    # What belongs to the office and to no case.
    "GET cases": WITH_CASES,
    "POST cases": {"front desk", "coordinating admin"},  # "register"
    "GET tasks": WITH_CASES,
    "GET delegations": EVERYBODY,
    "POST delegations": EVERYBODY,
    "GET two-person-requests": {"inspectorate", "auditor", "data-protection officer", "process designer"},
    "POST two-person-requests": {"inspectorate", "auditor", "data-protection officer", "process designer"},
    "GET process-definitions": EVERYBODY,
    "POST process-definitions": DESIGNER,
    "POST process-definitions/lint": DESIGNER,  # "draft, test"
    "GET process-definitions/{definition_id}/xml": EVERYBODY,
    "GET process-definitions/{definition_id}/diagram.svg": EVERYBODY,
    "GET rulesets": EVERYBODY,
    "GET rulesets/{key}/versions/{version}": EVERYBODY,
    "POST rulesets": DESIGNER,
    "POST rulesets/lint": DESIGNER,
    "GET reports/monthly": FIGURES | {"provincial supervisor"},
    "POST calendar/changes": ADMINISTRATOR,  # "settings"
    "GET calendar/recalculations": ADMINISTRATOR,
    "GET units": EVERYBODY,
}

NAMED_THERE = {
    # Routes about one thing that nobody has made here: everybody is told 404.
    "POST delegations/{delegation_id}/revoke",
    "POST two-person-requests/{request_id}/decision",
    "POST two-person-requests/{request_id}/identity-readings",
    "GET attachments/{attachment_id}/content",
    "GET reports/monthly/{month}",
}

WHY = {"reason": "Uji matriks"}
BODIES: dict[str, dict[str, Any]] = {
    # Requests that fit their schema and that a rule refuses afterwards, so that the table stays as it is.
    "classification": {**WHY, "class": "ordinary"},
    "lead-unit": {**WHY, "unit": "no-such-unit"},
    "unmerging": WHY,
    "reopening": WHY,
    "protection": WHY,
    "accusation": {**WHY, "kind": "officer", "user": UNKNOWN},
    "legal-hold": {**WHY, "on": False},
    "promise": {**WHY, "promised_on": "2020-01-01"},
    "identity-readings": WHY,
    "corrections": {"phone": "0812"},
    "delegate": {"to": UNKNOWN},
    "complete": {"values": {}},
    "confirm": {"values": {}},
    "ombudsman_finished": {},
}


@dataclass
class Table:
    """The office with one case of each kind and one caller for each role."""

    app: Flask
    office: Tuntas
    cases: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    offered: dict[tuple[str, str | None], str] = field(default_factory=dict)
    """A task for somebody's own role, on the first case of their line."""

    def ask(self, who: str, route: str, case: str | None) -> TestResponse:
        """Somebody sends the route's request about a case; an unknown one for None."""
        method, _, path = route.partition(" ")
        case_id = self.cases[case] if case else UNKNOWN
        task_id = self.offered.get((who, case)) or (self.tasks[case] if case else UNKNOWN)
        name = "ombudsman_finished" if "/requests/" in path else "confirm"
        known = {"case_id": case_id, "task_id": task_id, "name": name}
        address = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], UNKNOWN), path)
        options = self._options(who, method, path, case_id, task_id)
        return self.callers[who]._send(method, "/api/v1/" + address, options)

    def _options(self, who: str, method: str, path: str, case_id: str, task_id: str) -> dict[str, Any]:
        if method == "GET":
            return {}
        word = path.rpartition("/")[2].replace("{name}", "confirm")
        body = BODIES.get(word, {})
        if path == "cases/{case_id}/attachments":
            return {"data": {"file": (io.BytesIO(b"x"), "a.txt")}}
        if path == "cases/{case_id}/requests":
            kind = "data_access" if who == "data-protection officer" else "ombudsman"
            body = {"kind": kind, "received_on": "2099-01-01"}
        if word == "task-owner":
            body = {**WHY, "task": task_id, "owner": UNKNOWN}
        headers = {"If-Match": '"999"'} if path.startswith("tasks/") else {}
        return {"json": body, "headers": headers}

    def routes(self) -> dict[str, str]:
        """Every route that is neither public nor a complainant's, with the act that it declares."""
        found = {}
        for rule in self.app.url_map.iter_rules():
            mark = getattr(self.app.view_functions[rule.endpoint], MARK, None)
            if rule.rule.startswith("/api/") and mark not in ("public", "tracking"):
                path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1/"))
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    found[f"{method} {path}"] = str(mark)
        return found


@pytest.fixture(scope="module", params=DATABASES)
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """Yield the table, made once for each kind of database."""
    folder = tmp_path_factory.mktemp("matrix")
    if request.param == "sqlite":
        path = folder / "office.db"
        path.write_bytes(Path(request.getfixturevalue("sqlite_office")).read_bytes())
        yield from _filled(f"sqlite:///{path}", folder)
        return
    server, template = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_office")
    yield from _filled(server.create("matrix", template=template), folder)
    server.drop("matrix")


def _filled(url: str, folder: Path) -> Iterator[Table]:
    app = create_app(config_for(url, folder), clock=FixedClock(START))
    table = Table(app, tuntas_of(app))
    _fill(table)
    yield table
    table.office.work.engine.dispose()


def _fill(table: Table) -> None:
    office = table.office
    units = dict(office.work.read(lambda session: session.execute(select(Unit.code, Unit.id)).all()))
    for number, (name, case) in enumerate(CASES.items(), start=1):
        table.cases[name], table.tasks[name] = _insert(office, units, number, case)
    for who in sorted(WORKING):
        case, grant = first(who), actor_named(office, PEOPLE[who]).grants[0]
        task_id = table.offered[who, case] = office.env.new_id()
        task = {"case_id": table.cases[case], "role": grant.role, "unit_id": grant.unit_id}
        office.work.write(lambda session, task_id=task_id, task=task: _insert_task(session, task_id, **task))
    table.callers = {who: caller_for(table.app, office, username) for who, username in PEOPLE.items()}


def _insert(office: Tuntas, units: dict[str, str], number: int, case: dict[str, Any]) -> tuple[str, str]:
    case_id, task_id, instance_id = office.env.new_id(), office.env.new_id(), office.env.new_id()
    clerk = actor_named(office, case["entered_by"]).id if "entered_by" in case else None
    came = START - timedelta(days=case.get("days", 0))
    lead, class_ = units.get(case.get("lead", "")), case.get("class", "ordinary")
    values = {
        "id": case_id,
        "reference": format_reference("TTS", 2026, number),
        "kind": case.get("kind", "complaint"),
        "case_class": class_,
        "sensitivity": "oversight" if class_ == "oversight" else "normal",
        "priority": "normal",
        "stage": case.get("stage", "follow_up"),
        "status": "Proses",
        "channel": "web",
        "title": "Contoh",
        "text": "Contoh",
        "received_at": came,
        "entered_at": came,
        "entered_by": clerk,
        "lead_unit_id": lead,
        "accused_unit_id": units.get(case.get("accused_unit", "")),
        "anonymous": case.get("anonymous", False),
        "confidential": case.get("confidential", False),
        "escalation_level": case.get("level", 0),
        "ruleset": "sp4n-2018",
        **({"accused_user_id": case["accused_user"]} if "accused_user" in case else {}),
    }
    asked = {
        "id": office.env.new_id(),
        "case_id": case_id,
        "process_id": "data_subject_request",
        "kind": "data_access",
        "received_at": came,
        "entered_at": came,
    }

    def write(session: Any) -> None:
        session.execute(insert(Case).values(**values))
        session.execute(insert(Complainant).values(case_id=case_id, name="Siti Contoh"))
        if case.get("data_request"):
            session.execute(insert(CaseRequest).values(**asked))
        _insert_instance(session, case_id, instance_id)
        _insert_task(session, task_id, case_id)

    office.work.write(write)
    return case_id, task_id


def _insert_instance(session: Any, case_id: str, instance_id: str) -> None:
    query = select(ProcessDefinition.id, ProcessDefinition.deployment_hash)
    main = session.execute(query.where(ProcessDefinition.key == "complaint")).first()
    session.execute(
        insert(ProcessInstance).values(
            id=instance_id,
            case_id=case_id,
            definition_id=main.id,
            process_id="complaint",
            deployment_hash=main.deployment_hash,
            status="running",
            state=b"",
            started_at=START,
            main=True,
        )
    )


def _insert_task(
    session: Any, task_id: str, case_id: str, role: str = "nobody", unit_id: str | None = None
) -> None:
    """A task; for a role that nobody holds it gives nobody sight of its case."""
    instance = select(ProcessInstance.id).where(ProcessInstance.case_id == case_id)
    session.execute(
        insert(UserTask).values(
            id=task_id,
            instance_id=session.scalars(instance).one(),
            case_id=case_id,
            element_id="verify_complaint",
            name="Verifikasi",
            form_key="complaint/verify_complaint",
            role=role,
            unit_id=unit_id,
            state="open",
            created_at=START,
        )
    )


def first(who: str) -> str:
    """The case of somebody's line on which everything is tried."""
    return sorted(REACH[who])[0]


def told(answer: TestResponse) -> dict[str, Any]:
    """What a refusal says, without the address that was asked."""
    return {**answer.json, "instance": ""}


def found(answer: TestResponse) -> bool:
    """Whether the subject exists for the caller."""
    return answer.status_code != 404


def test_the_table_knows_every_route(table: Table) -> None:
    assert set(table.routes()) == {*ACTS, *OFFICE, *NAMED_THERE}


def test_every_role_reaches_exactly_the_cases_of_its_line(table: Table) -> None:
    for who in PEOPLE:
        reached = {name for name in CASES if found(table.ask(who, "GET cases/{case_id}", name))}
        assert reached == REACH[who], who


def test_lists_hold_what_may_be_reached_and_nothing_else(table: Table) -> None:
    names = {case_id: name for name, case_id in table.cases.items()}
    for who in WITH_CASES:
        answer = table.callers[who].get("/cases?limit=200").json["items"]
        assert {names[row["id"]] for row in answer} <= REACH[who], who


def test_a_route_about_a_case_is_open_to_the_roles_of_its_line_and_to_no_other(table: Table) -> None:
    wrong = []
    for route, allowed in ACTS.items():
        for who in PEOPLE:
            for case in [first(who)] if REACH[who] else []:
                answer = table.ask(who, route, case)
                if found(answer) != (who in allowed):
                    wrong.append(f"{who}: {route} ({case}) answered {answer.status_code}")
    assert wrong == []


def test_whoever_may_not_is_told_what_is_told_of_an_unknown_case(table: Table) -> None:
    for route in ACTS:
        for who in PEOPLE:
            case = next(iter(sorted(set(CASES) - REACH[who])), None)
            if case is None or (who == "data-protection officer" and route in BY_LETTER):
                continue
            answer = table.ask(who, route, case)
            assert answer.status_code == 404, f"{who}: {route} ({case})"
            assert told(answer) == told(table.ask(who, route, None)), f"{who}: {route} ({case})"


BY_LETTER = {"GET cases/{case_id}/requests", "POST cases/{case_id}/requests"}
"""A request about personal data may reach its officer first, who does not see the case before it is entered."""


def test_routes_of_the_office_are_open_to_the_roles_of_their_line(table: Table) -> None:
    wrong = []
    for route, allowed in OFFICE.items():
        for who in PEOPLE:
            answer = table.ask(who, route, None)
            said = answer.status_code == 404 and told(answer) == told(
                table.ask(who, "GET cases/{case_id}", None)
            )
            named = "{" in route
            if said == (who in allowed) and not named:
                wrong.append(f"{who}: {route} answered {answer.status_code}")
    assert wrong == []


def test_nobody_reaches_a_case_about_themselves(table: Table) -> None:
    units = dict(table.office.work.read(lambda session: session.execute(select(Unit.code, Unit.id)).all()))
    for number, (who, username) in enumerate(PEOPLE.items(), start=1):
        user = actor_named(table.office, username).id
        for more, class_ in ((100, "ordinary"), (200, "oversight")):
            case = {"lead": "pupr", "accused_user": user, "class": class_}
            case_id, task_id = _insert(table.office, units, number + more, case)
            table.cases["about me"], table.tasks["about me"] = case_id, task_id
            for route in ACTS:
                assert table.ask(who, route, "about me").status_code == 404, f"{who}: {route}"
    del table.cases["about me"], table.tasks["about me"]


@pytest.mark.parametrize("who", IDENTITY)
def test_a_role_knows_the_complainant_as_far_as_its_line_says(table: Table, who: str) -> None:
    case, seen = IDENTITY[who]
    complainant = table.ask(who, "GET cases/{case_id}", case).json["complainant"]
    assert complainant["name"] == ("Siti Contoh" if seen == "name" else "***")
