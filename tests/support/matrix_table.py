"""The office of the matrix: one case of each kind, one caller for each role, and the request of each route."""

from __future__ import annotations

import io
import re
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from api.access import MARK
from cases.case_reference import format_reference
from cases.reports.measures import Figures
from storage.tables import (
    Attachment,
    Case,
    CaseRequest,
    Complainant,
    MonthlyFigure,
    ProcessDefinition,
    ProcessInstance,
    Unit,
    UserTask,
)
from support.api import Caller, caller_for
from support.matrix_words import CASES, PEOPLE, WORKING, first
from support.office import START, actor_named
from tuntas.office import Tuntas

UNKNOWN = "01890000-0000-7000-8000-000000000000"

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
    "corrections": {},
    "decision": {"granted": False},
    "delegate": {"to": UNKNOWN},
    "complete": {"values": {}},
    "confirm": {"values": {}},
    "ombudsman_finished": {},
    "acts": {**WHY, "act": "resume"},
}


@dataclass
class Table:
    """The office with one case of each kind and one caller for each role."""

    app: Flask
    office: Tuntas
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the name of a case: its id, and those of a task, a file, a letter and a correction of it."""
    made: dict[str, str] = field(default_factory=dict)
    """What the office has beside its cases: a process definition, a ruleset, a month."""
    callers: dict[str, Caller] = field(default_factory=dict)
    offered: dict[tuple[str, str | None], str] = field(default_factory=dict)
    """A task for somebody's own role, on the first case of their line."""

    def ask(self, who: str, route: str, case: str | None) -> TestResponse:
        """Somebody sends the route's request about a case; an unknown one for None."""
        method, _, path = route.partition(" ")
        own = self.ids[case] if case else {}
        task_id = self.offered.get((who, case)) or own.get("task_id", UNKNOWN)
        name = "ombudsman_finished" if "/requests/" in path else "confirm"
        known = {**self.made, **own, "task_id": task_id, "name": name}
        if path.endswith("/corrections"):
            known["request_id"] = own.get("correction_id", UNKNOWN)
        address = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], UNKNOWN), path)
        options = self._options(who, method, path, task_id)
        return self.callers[who]._send(method, "/api/v1/" + address, options)

    def _options(self, who: str, method: str, path: str, task_id: str) -> dict[str, Any]:
        if method == "GET":
            return {}
        word = path.rpartition("/")[2].replace("{name}", "confirm")
        body = BODIES.get(word, {})
        if path == "cases/{case_id}/attachments":
            return {"data": {"file": (io.BytesIO(b"x"), "a.txt")}}
        if path == "cases/{case_id}/requests":
            kind = "data_access" if who == "data-protection officer" else "ombudsman"
            body = {"kind": kind, "received_on": "2099-01-01"}
        if path == "operations":
            body = {**WHY, "act": "resume", "definition_id": self.made["definition_id"], "dry_run": True}
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


def fill(table: Table) -> None:
    """Insert the cases and their tasks, and let everybody in."""
    office = table.office
    units = dict(office.work.read(lambda session: session.execute(select(Unit.code, Unit.id)).all()))
    for number, (name, case) in enumerate(CASES.items(), start=1):
        table.ids[name] = insert_case(office, units, number, case)
    for who in sorted(WORKING):
        case, grant = first(who), actor_named(office, PEOPLE[who]).grants[0]
        task_id = table.offered[who, case] = office.env.new_id()
        task = {"case_id": table.ids[case]["case_id"], "role": grant.role, "unit_id": grant.unit_id}
        office.work.write(lambda session, task_id=task_id, task=task: _insert_task(session, task_id, **task))
    table.made = office.work.write(_furnish)
    table.callers = {who: caller_for(table.app, office, username) for who, username in PEOPLE.items()}


def insert_case(office: Tuntas, units: dict[str, str], number: int, case: dict[str, Any]) -> dict[str, str]:
    """A case as a line of ``CASES`` describes it, with a task, a file and a letter of the Ombudsman; their ids."""
    names = ("case_id", "task_id", "attachment_id", "request_id", "correction_id")
    ids = {name: office.env.new_id() for name in names}
    came = START - timedelta(days=case.get("days", 0))
    moments = {"received_at": came, "entered_at": came}
    values = {
        **_columns(office, units, case),
        **moments,
        "id": ids["case_id"],
        "reference": format_reference("TTS", 2026, number),
    }
    letter = {**moments, "case_id": ids["case_id"], "process_id": "ombudsman", "kind": "ombudsman"}
    asked = {**letter, "process_id": "data_subject_request", "kind": "data_correction"}

    def write(session: Any) -> None:
        session.execute(insert(Case).values(**values))
        session.execute(insert(Complainant).values(case_id=ids["case_id"], name="Siti Contoh"))
        session.execute(insert(CaseRequest).values(**letter, id=ids["request_id"]))
        if case.get("data_request"):
            session.execute(insert(CaseRequest).values(**asked, id=ids["correction_id"]))
        _insert_instance(session, ids["case_id"], office.env.new_id())
        _insert_task(session, ids["task_id"], ids["case_id"])
        _insert_file(session, office, ids)

    office.work.write(write)
    return ids


def _insert_file(session: Any, office: Tuntas, ids: dict[str, str]) -> None:
    key = f"matrix/{ids['attachment_id']}"
    kept = office.env.objects.put(key=key, chunks=[b"x"], media_type="text/plain")
    session.execute(
        insert(Attachment).values(
            id=ids["attachment_id"],
            case_id=ids["case_id"],
            object_key=key,
            filename="bukti.txt",
            media_type="text/plain",
            size=kept.size,
            sha256=kept.sha256,
            visibility="public",
            uploaded_by_kind="complainant",
            created_at=START,
        )
    )


def _furnish(session: Any) -> dict[str, str]:
    """Freeze a month; the ids of it, of a process definition and of the ruleset."""
    month, figures = "2026-02", asdict(Figures(received=30))
    session.execute(insert(MonthlyFigure).values(id=UNKNOWN, month=month, figures=figures, frozen_at=START))
    definition = session.scalar(select(ProcessDefinition.id).where(ProcessDefinition.key == "complaint"))
    return {"definition_id": definition, "key": "sp4n-2018", "version": "1", "month": month}


def _columns(office: Tuntas, units: dict[str, str], case: dict[str, Any]) -> dict[str, Any]:
    class_ = case.get("class", "ordinary")
    return {
        "kind": case.get("kind", "complaint"),
        "case_class": class_,
        "sensitivity": "oversight" if class_ == "oversight" else "normal",
        "priority": "normal",
        "stage": case.get("stage", "follow_up"),
        "status": "Proses",
        "channel": "web",
        "title": "Contoh",
        "text": "Contoh",
        "entered_by": actor_named(office, case["entered_by"]).id if "entered_by" in case else None,
        "lead_unit_id": units.get(case.get("lead", "")),
        "accused_unit_id": units.get(case.get("accused_unit", "")),
        "accused_user_id": case.get("accused_user"),
        "anonymous": case.get("anonymous", False),
        "confidential": case.get("confidential", False),
        "escalation_level": case.get("level", 0),
        "ruleset": "sp4n-2018",
    }


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
