"""People who never stop: they register complaints, complete tasks, send messages and files, whatever breaks."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from random import Random
from typing import Any

import requests

from crash.ledger import Ledger

SECONDS = 20
RETRIES = 60
GIVES_UP = 0.2
"""How often somebody does not repeat what had no answer: then nobody knows whether it happened."""
SENT_TWICE = 0.15
PLACE = {"lead_unit": "pupr", "priority": "normal", "instruction": "Tindak lanjuti."}
WAY: dict[str, tuple[str, dict[str, Any]]] = {
    "dispose_complaint": ("admin.instansi", PLACE),
    "accept_disposition": ("penghubung.pupr", {"decision": "accept"}),
    "work_on_complaint": ("pelaksana.pupr", {"note": "Sudah ditinjau."}),
    "draft_response": ("pelaksana.pupr", {"response_kind": "action_taken", "response": "Sudah ditambal."}),
    "approve_response": ("atasan.pupr", {"decision": "approve"}),
}
"""Who completes which task of an accepted complaint, and with what."""
PEOPLE = sorted({"admin.instansi", *(person for person, _ in WAY.values())})
ACCEPT = {"decision": "accept", "case_class": "ordinary", "category": "pekerjaan_umum_jalan_berlubang"}
ARCHIVE = {"decision": "archive", "archive_reason": "test"}


class NoAnswerError(Exception):
    """Nobody said whether it happened."""


class RefusedError(Exception):
    """The office said no."""


class Client(threading.Thread):
    """One such person at one computer, with everybody's tokens. ``rng`` decides what they do."""

    def __init__(
        self, number: int, ports: Sequence[int], tokens: dict[str, str], ledger: Ledger, rng: Random
    ) -> None:
        super().__init__(daemon=True)
        self.number, self.ports, self.tokens, self.ledger, self.rng = number, ports, tokens, ledger, rng
        self.over = threading.Event()
        self.session = requests.Session()
        self.made = 0

    def run(self) -> None:
        """Live case after case until told to stop."""
        while not self.over.is_set():
            try:
                self.live_a_case()
            except NoAnswerError:
                continue
            except RefusedError:
                continue
            except Exception as error:
                self.ledger.surprised(f"client: {type(error).__name__} {error}")
        self.session.close()

    def live_a_case(self) -> None:
        """Register a complaint and take it as far as it goes."""
        self.made += 1
        title = f"Pengaduan uji {self.number}-{self.made}"
        self.ledger.asked(self.ledger.cases, title)
        case = self.post("/cases", "admin.instansi", json=_complaint(title)).json()
        self.ledger.told(self.ledger.cases, title)
        self.ledger.references[case["reference"]] = title
        if self.rng.random() < 0.5:
            self.upload(case["id"])
        task, accepted = case["next_tasks"][0], self.rng.random() < 0.5
        next_tasks = self.complete(task, "admin.instansi", ACCEPT if accepted else ARCHIVE)
        while accepted and next_tasks and not self.over.is_set():
            task = next_tasks[0]
            if task["element_id"] not in WAY:
                return
            next_tasks = self.complete(task, *WAY[task["element_id"]])
        if accepted and not next_tasks and self.rng.random() < 0.5:
            self.confirm(case["id"])

    def complete(self, task: dict[str, Any], who: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Complete a task; now and then once more, which must be refused. Answers the next ones."""
        self.ledger.asked(self.ledger.tasks, task["id"])
        path = f"/tasks/{task['id']}/complete"
        match = {"If-Match": f'"{task["version"]}"'}
        answer = self.post(path, who, json={"values": values}, headers=match)
        self.ledger.told(self.ledger.tasks, task["id"])
        if self.rng.random() < SENT_TWICE:
            self.send_again(path, who, values, match)
        return list(answer.json()["next_tasks"])

    def send_again(self, path: str, who: str, values: dict[str, Any], match: dict[str, str]) -> None:
        """The same task once more under another key."""
        try:
            self.post(path, who, json={"values": values}, headers=match)
        except RefusedError:
            return
        self.ledger.surprised(f"{path} was completed twice")

    def confirm(self, case_id: str) -> None:
        """The complainant is satisfied, says an officer; a timer may have closed the case before."""
        self.ledger.asked(self.ledger.messages, (case_id, "confirm"))
        self.post(f"/cases/{case_id}/messages/confirm", "admin.instansi", json={"values": {}})
        self.ledger.told(self.ledger.messages, (case_id, "confirm"))

    def upload(self, case_id: str) -> None:
        """Send a file whose content nobody sent before."""
        content = b"%PDF-1.4\n" + self.rng.randbytes(self.rng.randint(1, 40_000)).hex().encode()
        key = (case_id, hashlib.sha256(content).hexdigest())
        self.ledger.asked(self.ledger.files, key)
        self.post(f"/cases/{case_id}/attachments", "admin.instansi", content=content)
        self.ledger.told(self.ledger.files, key)

    def post(
        self, path: str, who: str, *, content: bytes = b"", headers: dict[str, str] | None = None, **body: Any
    ) -> requests.Response:
        """Send something, and again under the same key while nobody answers. Raises NoAnswerError, RefusedError."""
        key = f"crash-{self.number}-{self.rng.getrandbits(96):024x}"
        given = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": key, **(headers or {})}
        for attempt in range(RETRIES):
            files = {"file": ("uji.pdf", content)} if content else None
            answer = self._send(path, headers=given, files=files, **body)
            if answer is not None and answer.status_code != 503:
                return self._judge(path, answer, again=attempt > 0)
            if self.over.is_set() or self.rng.random() < GIVES_UP:
                break
            self.over.wait(0.05 + 0.1 * self.rng.random())
        raise NoAnswerError

    def _send(self, path: str, **request: Any) -> requests.Response | None:
        port = self.rng.choice(self.ports)
        try:
            answer = self.session.post(f"http://127.0.0.1:{port}/api/v1{path}", timeout=SECONDS, **request)
        except requests.RequestException as error:
            self.ledger.answered(type(error).__name__)
            return None
        self.ledger.answered(str(answer.status_code))
        return answer

    def _judge(self, path: str, answer: requests.Response, *, again: bool) -> requests.Response:
        if answer.status_code in (200, 201):
            return answer
        if answer.status_code not in (404, 409, 412):
            self.ledger.surprised(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        raise RefusedError


def _complaint(title: str) -> dict[str, Any]:
    return {"title": title, "text": "Isi.", "kind": "complaint", "channel": "web", "name": "Budi"}
