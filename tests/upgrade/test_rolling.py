"""While an upgrade rolls, processes of the release before work beside those of this one, on the same cases."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from io import BytesIO
from itertools import cycle
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest
import requests
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.history import verify_history
from cases.model import SYSTEM
from cases.tokens import create_token
from crash.clients import ACCEPT, WAY
from storage.tables import Case, HistoryEntry, Incident, OutboxMessage, Timer
from support.api import COMPLAINT
from support.office import config_for
from support.processes import accepts, free_port, running, wait_until
from tuntas.config import ROOT
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.worker import Worker

BEFORE = "9ab8ee3"
"""The commit of the release that offices run before they upgrade to this one; see README.md beside this file."""
ON_POSTGRESQL = pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
T = TypeVar("T")
PEOPLE = sorted({"admin.instansi", "administrator", *(person for person, _ in WAY.values())})
STEPS = {"verify_complaint": ("admin.instansi", ACCEPT), **WAY}


def git(*arguments: str) -> bytes:
    """What git says about the repository that the tests lie in."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the code of the release before, out of the history of the repository."""
    if git("rev-parse", "--is-shallow-repository").strip() == b"true":
        pytest.skip("the clone is shallow and lacks the release before: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=BytesIO(git("archive", BEFORE))) as packed:
        packed.extractall(folder, filter="data")
    return folder


class Rolling:
    """An office that two releases serve at once: its addresses, and its people with their tokens."""

    def __init__(self, office: Tuntas, old: int, new: int) -> None:
        self.office, self.old, self.new = office, old, new

        def give(session: Session) -> dict[str, str]:
            return {one: create_token(session, office.env, one, "rolling", by=SYSTEM) for one in PEOPLE}

        self.tokens = office.work.write(give)

    def send(self, port: int, method: str, path: str, who: str, **request: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **request.pop("headers", {})}
        url = f"http://127.0.0.1:{port}/api/v1{path}"
        return requests.request(method, url, headers=headers, timeout=30, **request)

    def complete(self, port: int, task: dict[str, Any], **headers: str) -> requests.Response:
        who, values = STEPS[task["element_id"]]
        seen = {"If-Match": f'"{task["version"]}"', **headers}
        return self.send(
            port, "POST", f"/tasks/{task['id']}/complete", who, json={"values": values}, headers=seen
        )

    def turns(self, *, new: bool) -> Iterator[int]:
        """One release after the other, for as long as there is something to do."""
        return cycle((self.new, self.old) if new else (self.old, self.new))

    def work(self, case: dict[str, Any], turns: Iterator[int]) -> None:
        """Complete task after task, each at the next of these addresses."""
        tasks = case["next_tasks"]
        while tasks:
            answer = self.complete(next(turns), tasks[0])
            assert answer.status_code == 200, answer.text
            tasks = answer.json()["next_tasks"]

    def time_passes(self, cases: list[str]) -> None:
        """What these cases wait for is due."""
        due = update(Timer).where(Timer.case_id.in_(cases)).values(due_at=datetime.now(UTC))
        self.office.work.write(lambda session: session.execute(due))

    def are_over(self, cases: list[str]) -> bool:
        """Whether these cases are closed and the workers have told of everything."""
        unsent = select(OutboxMessage.id).where(OutboxMessage.delivered_at.is_(None))
        open_ones = select(Case.id).where(Case.id.in_(cases), Case.stage != "closed")
        return self.look(lambda session: not [*session.scalars(unsent), *session.scalars(open_ones)])

    def look(self, read: Callable[[Session], T]) -> T:
        return self.office.work.read(read)

    def tags(self, case_id: str) -> list[str]:
        query = select(HistoryEntry.tag).where(HistoryEntry.case_id == case_id)
        return self.look(lambda session: list(session.scalars(query)))

    def register(self, port: int) -> dict[str, Any]:
        answer = self.send(port, "POST", "/cases", "admin.instansi", json=COMPLAINT)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
def rolling(office_url: str, release_before: Path, tmp_path: Path) -> Iterator[Rolling]:
    """Yield an office with two web processes and two workers, one of each release; the new worker is this process."""
    engine = make_engine(office_url)
    office = build(config_for(office_url, tmp_path), engine)
    old, new = free_port(), free_port()
    processes = [(release_before, old, "serve"), (release_before, 0, "worker"), (ROOT, new, "serve")]
    with ExitStack() as everything:
        for tree, port, command in processes:
            settings = {
                "PYTHONPATH": str(tree),
                "PYTHONSAFEPATH": "1",
                "TUNTAS_DATABASE_URL": office_url,
                "TUNTAS_OBJECT_STORE": office.config.object_store,
                "TUNTAS_VAR": str(tmp_path),
                "TUNTAS_PORT": str(port or old),
                "TUNTAS_SECRET_KEY": "the same in every process, as the manual says",
            }
            log = tmp_path / f"{tree.name}-{command}.log"
            whole = [sys.executable, "-m", "tuntas", command]
            everything.enter_context(running(whole, log=log, ready=log.exists, environment=settings))
        for port in (old, new):
            wait_until(lambda port=port: accepts(port), "a web process", seconds=90)  # type: ignore[misc]
        yield Rolling(office, old, new)
    engine.dispose()


@ON_POSTGRESQL
def test_two_releases_side_by_side_take_cases_from_their_beginning_to_their_end(rolling: Rolling) -> None:
    assert rolling.send(rolling.old, "GET", "/system", "administrator").status_code == 404
    assert rolling.send(rolling.new, "GET", "/system", "administrator").status_code == 200
    cases = [rolling.register(rolling.old), rolling.register(rolling.new)]
    _both_complete_one_task(rolling)
    _both_are_sent_one_key(rolling)
    with ThreadPoolExecutor(len(cases)) as people:
        list(people.map(rolling.work, cases, [rolling.turns(new=True), rolling.turns(new=False)]))
    ids = [case["id"] for case in cases]
    rolling.time_passes(ids)
    Worker(rolling.office).run_until_idle()
    wait_until(lambda: rolling.are_over(ids), "the worker of the release before", seconds=120)
    for case_id in ids:
        assert rolling.look(lambda session, case_id=case_id: verify_history(session, case_id)) > 20
        tags = rolling.tags(case_id)
        assert tags.count("case:case:closed") == 1
        assert tags.count("case:task:completed") == len(STEPS)
    assert rolling.look(lambda session: session.scalars(select(Incident.cause)).all()) == []


def _both_complete_one_task(rolling: Rolling) -> None:
    task, together = rolling.register(rolling.old)["next_tasks"][0], Barrier(2)

    def complete(port: int) -> int:
        together.wait(30)
        return rolling.complete(port, task).status_code

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(complete, (rolling.old, rolling.new))) == [200, 409]


def _both_are_sent_one_key(rolling: Rolling) -> None:
    for ports in ((rolling.old, rolling.new), (rolling.new, rolling.old)):
        key = {"Idempotency-Key": f"the-key-of-{ports[0]}"}
        first, again = (
            rolling.send(port, "POST", "/cases", "admin.instansi", json=COMPLAINT, headers=key)
            for port in ports
        )
        assert again.json() == first.json()
        assert again.headers["Idempotent-Replay"] == "true"
