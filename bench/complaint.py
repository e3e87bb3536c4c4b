"""The shipped complaint process as people of the fictional regency play it: one round of follow-up after another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cases.complainants import prove_ownership
from cases.messages import send_message
from cases.model import SYSTEM, Actor, CaseSummary
from cases.rules.versions import deploy_ruleset
from cases.tasks import complete_task
from storage.tables import ProcessInstance
from support.office import Desk, actor_named
from support.rulesets import SHIPPED
from tuntas.office import Tuntas

ROUND: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("accept_disposition", "penghubung.pupr", {"decision": "accept"}),
    ("work_on_complaint", "pelaksana.pupr", {"note": "Sudah ditinjau."}),
    (
        "draft_response",
        "pelaksana.pupr",
        {"response_kind": "action_taken", "response": "Lubang sudah ditambal."},
    ),
    ("approve_response", "atasan.pupr", {"decision": "approve"}),
)
"""What a unit does in one round: element, who, values."""

DISPOSE: tuple[str, str, dict[str, Any]] = (
    "dispose_complaint",
    "admin.instansi",
    {"lead_unit": "pupr", "priority": "normal", "instruction": "Tindak lanjuti."},
)
"""What comes before the first round: it asks for the office's lists, starts a process and opens its first task."""

AGAIN = {"message": "Belum selesai, lubangnya masih ada."}
Timed = Callable[[Callable[[], Any]], Any]


def without_round_limit(office: Tuntas) -> None:
    """Let a complainant be dissatisfied as often as they like."""
    rules = json.loads(SHIPPED["ruleset.json"])
    rules["limits"]["rounds"]["value"] = 0
    files = {**SHIPPED, "ruleset.json": json.dumps(rules).encode()}
    office.work.write(
        lambda session: deploy_ruleset(session, office.env, files, by=SYSTEM, note="Tanpa batas putaran")
    )


def accepted(desk: Desk) -> str:
    """A new complaint that waits for its disposition; its id."""
    case = desk.register()
    desk.accept(case.id)
    return case.id


class Rounds:
    """One complaint that goes round and round."""

    def __init__(self, desk: Desk) -> None:
        self.office = desk.office
        self.id = accepted(desk)
        element, name, values = DISPOSE
        self.now: CaseSummary = desk.complete(self.id, element, name, **values)
        self.people = {name: actor_named(self.office, name) for _, name, _ in ROUND}
        self.complainant = self._complainant(*desk.secrets[self.id])

    def answer(self, timed: Timed) -> None:
        """The unit works and answers: four completed tasks."""
        for element, name, values in ROUND:
            timed(lambda element=element, name=name, values=values: self._complete(element, name, values))  # type: ignore[misc]

    def once_more(self, timed: Timed) -> None:
        """The complainant is not satisfied, and the unit answers again."""
        timed(self.dissatisfied)
        self.answer(timed)

    def state_size(self) -> int:
        """Bytes of the main process's stored state."""
        where = (ProcessInstance.case_id == self.id) & ProcessInstance.main

        def read(session: Any) -> int:
            return len(session.query(ProcessInstance.state).filter(where).one()[0])

        return self.office.work.read(read)

    def task(self, element: str) -> str:
        """The open task at this element."""
        return next(task.id for task in self.now.next_tasks if task.element_id == element)

    def dissatisfied(self) -> None:
        """The complainant says so."""
        office, by = self.office, self.complainant
        self.now = office.work.write(
            lambda session: send_message(session, office.env, self.id, "not_satisfied", AGAIN, by=by)
        )

    def _complete(self, element: str, name: str, values: dict[str, Any]) -> None:
        office, task, by = self.office, self.task(element), self.people[name]
        self.now = office.work.write(lambda session: complete_task(session, office.env, task, values, by=by))

    def _complainant(self, reference: str, secret: str) -> Actor:
        env = self.office.env
        return self.office.work.write(lambda session: prove_ownership(session, env, reference, secret))
