"""The words of the golden scenarios: who does what, when, over the public API, on a virtual clock.

Given: ``story.it_is("2026-03-16 09:00")``, ``citizen = story.citizen_files(title="Jalan berlubang")``
When: ``admin.completes(citizen, "verify_complaint", decision="accept", ...)``, ``citizen.says("confirm")``
Then: ``citizen.sees()["outcome"] == "resolved"``, ``stranger.cannot_see(citizen)``
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from cases.due import next_due
from cases.ports import FixedClock
from storage.tables import Unit, User
from support.api import Caller, caller_for, new_key
from tuntas.app import tuntas_of
from tuntas.office import Tuntas
from tuntas.worker import Worker

WIB = ZoneInfo("Asia/Jakarta")
ROAD = "pekerjaan_umum_jalan_berlubang"


def local(text: str) -> datetime:
    """``2026-03-16 09:00`` in western Indonesia."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


@dataclass
class Story:
    """One office, its worker and its clock."""

    app: Flask
    office: Tuntas
    clock: FixedClock
    officers: dict[str, Officer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the worker to its desk."""
        self.worker = Worker(self.office)

    def it_is(self, text: str) -> None:
        """Time passes until a local moment; whatever falls due happens at its own moment."""
        until = local(text)
        while (due := self.office.work.read(next_due)) is not None and due <= until:
            self.clock.set(due)
            self.worker.run_until_idle()
        self.clock.set(until)
        self.settle()

    def settle(self) -> None:
        """The worker does what is due now."""
        self.worker.run_until_idle()

    def officer(self, username: str) -> Officer:
        """Somebody of the fictional regency, with a token of their own."""
        if username not in self.officers:
            self.officers[username] = Officer(self, caller_for(self.app, self.office, username), username)
        return self.officers[username]

    def user_id(self, username: str) -> str:
        """The id under which forms name a person."""
        query = select(User.id).where(User.username == username)
        return str(self.office.work.read(lambda session: session.scalar(query)))

    def unit_id(self, code: str) -> str:
        """The id of a unit."""
        query = select(Unit.id).where(Unit.code == code)
        return str(self.office.work.read(lambda session: session.scalar(query)))

    def citizen_files(self, title: str = "Jalan berlubang di depan pasar", **fields: Any) -> Citizen:
        """A citizen files on the web form's own route."""
        values = {
            "text": "Lubangnya besar dan membahayakan.",
            "kind": "complaint",
            "name": "Budi Contoh",
            **fields,
        }
        answer = Caller(self.app).post(
            "/complaints", json={"title": title, **values}, headers={"Idempotency-Key": new_key()}
        )
        receipt = expect(answer, 201)
        self.settle()
        return self._citizen(receipt)

    def _citizen(self, receipt: dict[str, Any]) -> Citizen:
        caller = Caller(self.app, {"Authorization": f"Tracking {receipt['tracking_secret']}"})
        return Citizen(self, caller, receipt["reference"])


@dataclass
class Citizen:
    """A complainant with the secret of one complaint."""

    story: Story
    caller: Caller
    reference: str

    def sees(self) -> dict[str, Any]:
        """The private status page, as the API gives it."""
        return expect(self.caller.get(f"/complaints/{self.reference}"))

    def was_told(self) -> list[str]:
        """The templates of what the complainant was told, in order."""
        return [notice["template"] for notice in self.sees()["notices"]]

    def says(self, message: str, /, *, status: int = 200, **values: Any) -> dict[str, Any]:
        """Send a message: reply, completion, confirm, not_satisfied, withdraw."""
        answer = self.caller.post(f"/complaints/{self.reference}/messages/{message}", json={"values": values})
        told = expect(answer, status)
        self.story.settle()
        return told


@dataclass
class Officer:
    """Somebody who works in the office."""

    story: Story
    caller: Caller
    username: str

    def registers(self, title: str, **fields: Any) -> Citizen:
        """Enter a complaint that came by letter, telephone or in person."""
        answer = self.caller.post(
            "/cases", json={"title": title, **fields}, headers={"Idempotency-Key": new_key()}
        )
        receipt = expect(answer, 201)
        self.story.settle()
        reference = receipt.get("reference") or receipt["case"]["reference"]
        return self.story._citizen({**receipt, "reference": reference})

    def find(self, citizen: Citizen) -> dict[str, Any] | None:
        """The row of the case in this officer's list; None when it is not there."""
        return next((row for row in self._all("/cases?") if row["reference"] == citizen.reference), None)

    def sees(self, citizen: Citizen) -> dict[str, Any]:
        """The whole case as this officer sees it."""
        return expect(self.caller.get(f"/cases/{self.case_id(citizen)}"))

    def case_id(self, citizen: Citizen) -> str:
        """The id of the case, taken from a list that somebody who sees every case reads."""
        row = self.find(citizen) or self.story.officer("auditor").find(citizen)
        assert row is not None, f"{citizen.reference} is in nobody's list"
        return str(row["id"])

    def cannot_see(self, citizen: Citizen) -> bool:
        """Whether the case does not exist for this officer: neither in the list nor by its id."""
        by_id = self.caller.get(f"/cases/{self.case_id(citizen)}")
        return self.find(citizen) is None and by_id.status_code == 404

    def clock(self, citizen: Citizen, key: str) -> dict[str, Any]:
        """The newest deadline of a clock of the case."""
        return [row for row in self.sees(citizen)["deadlines"] if row["clock"] == key][-1]

    def running(self, citizen: Citizen) -> dict[str, str]:
        """On which day each clock that still runs is due."""
        return {
            row["clock"]: row["due_on"] for row in self.sees(citizen)["deadlines"] if not row["stopped_at"]
        }

    def offered(self, citizen: Citizen) -> list[str]:
        """The elements of the diagram at which this officer has something to do."""
        return [row["element_id"] for row in self.tasks(citizen)]

    def tasks(self, citizen: Citizen) -> list[dict[str, Any]]:
        """The open tasks of the case that this officer could take or has taken."""
        rows = [*self._all("/tasks?scope=available&"), *self._all("/tasks?scope=mine&")]
        return [row for row in rows if row["reference"] == citizen.reference]

    def completes(
        self, citizen: Citizen, element: str, /, *, status: int = 200, **values: Any
    ) -> dict[str, Any]:
        """Take the task at this element of the diagram and complete it."""
        found = [row for row in self.tasks(citizen) if row["element_id"] == element]
        assert found, f"{self.username} is offered {self.offered(citizen)}"
        task = found[0]
        if task.get("owner") is None and task.get("owner_id") is None:
            seen = {"If-Match": f'"{task["version"]}"'}
            task = expect(self.caller.post(f"/tasks/{task['id']}/claim", headers=seen))
        done = expect(self.caller.complete(task, **values), status)
        self.story.settle()
        return done

    def does(self, citizen: Citizen, path: str, /, *, status: int = 200, **values: Any) -> dict[str, Any]:
        """Post to an address below the case: ``messages/referral_accepted``, ``classification`` ..."""
        body = {"values": values} if path.startswith("messages/") else values
        answer = self.caller.post(f"/cases/{self.case_id(citizen)}/{path}", json=body)
        done = expect(answer, status)
        self.story.settle()
        return done

    def is_absent(self, delegate: Officer, *, role: str, unit: str, starts_on: str, ends_on: str) -> None:
        """Declare an absence, in which the delegate holds the role."""
        story = self.story
        body = {
            "user_id": story.user_id(self.username),
            "delegate_id": story.user_id(delegate.username),
            "role": role,
            "unit_id": story.unit_id(unit),
            "starts_on": starts_on,
            "ends_on": ends_on,
            "reason": "Cuti tahunan.",
        }
        expect(self.caller.post("/delegations", json=body), 201)

    def reads(self, citizen: Citizen, path: str) -> Any:
        """Get an address below the case: ``history``, ``deadlines`` ..."""
        return expect(self.caller.get(f"/cases/{self.case_id(citizen)}/{path}"))

    def history(self, citizen: Citizen) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        return list(self._all(f"/cases/{self.case_id(citizen)}/history?"))

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        cursor = ""
        while True:
            page = expect(self.caller.get(f"{path}limit=200{cursor}"))
            yield from page["items"]
            if not page.get("next"):
                return
            cursor = f"&cursor={quote(page['next'])}"


def expect(answer: TestResponse, status: int = 200) -> Any:
    """The body of an answer that must have the status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.get_data(as_text=True)[:2000]}"
    return answer.get_json(silent=True)


def tags(entries: Iterable[dict[str, Any]]) -> list[str]:
    """The tags of history entries, in order."""
    return [entry["tag"] for entry in entries]


@pytest.fixture
def story(app: Flask, clock: FixedClock) -> Story:
    """Return the office in which a story plays: Monday 2 March 2026, 09.00 in western Indonesia."""
    return Story(app, tuntas_of(app), clock)


def disposed(story: Story, citizen: Citizen, unit: str = "pupr") -> None:
    """The coordinating admin accepts an ordinary complaint and routes it to a unit."""
    admin = story.officer("admin.instansi")
    admin.completes(citizen, "verify_complaint", decision="accept", case_class="ordinary", category=ROAD)
    admin.completes(
        citizen, "dispose_complaint", lead_unit=unit, priority="normal", instruction="Mohon ditindaklanjuti."
    )


def answered(
    story: Story, citizen: Citizen, *, kind: str = "action_taken", text: str = "Lubang sudah ditambal."
) -> None:
    """The public-works agency accepts, works and answers, and its superior approves."""
    story.officer("penghubung.pupr").completes(citizen, "accept_disposition", decision="accept")
    followed_up(story, citizen, kind=kind, text=text)


def followed_up(
    story: Story, citizen: Citizen, *, kind: str = "action_taken", text: str = "Lubang sudah ditambal."
) -> None:
    """The unit works and drafts, and its superior approves: what a further round is, too."""
    worker = story.officer("pelaksana.pupr")
    worker.completes(citizen, "work_on_complaint", note="Sudah ditinjau.")
    worker.completes(citizen, "draft_response", response_kind=kind, response=text)
    story.officer("atasan.pupr").completes(citizen, "approve_response", decision="approve")
