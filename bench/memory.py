"""The memory of one web process during a hundred thousand requests of every kind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any

from bench import serving
from bench.eight import NOTE, TASKS, deploy_eight, open_tasks, start_cases
from bench.figures import Figure, at_most, beside
from bench.place import Place, token_for
from storage.tables import Case
from tuntas.office import Tuntas

REQUESTS, CLIENTS, CASES, SAMPLES = 100_000, 4, 400, 20
WARM = 0.3
"""After this part of the requests everything that is kept has been kept; from then on the memory stays."""
Request = tuple[str, str, bytes | None]


def measure(place: Place) -> Iterator[Figure]:
    """Send requests in parts and look at the memory after each."""
    requests = place.some(REQUESTS, 400)
    with place.office() as office:
        deploy_eight(office)
        ids = start_cases(office, place.some(CASES, 8))
        token = token_for(office)
        with serving.web(place, office.config.database_url, 1) as servers:
            port, pid = servers[0]
            rounds = [_kinds(office, ids[number::CLIENTS]) for number in range(CLIENTS)]
            sizes = [_resident(pid)]
            for _ in range(SAMPLES):
                _send(port, token, rounds, requests // SAMPLES // CLIENTS)
                sizes.append(_resident(pid))
    warm = sizes[round(len(sizes) * WARM)]
    yield beside("memory_at_start", sizes[0], "MB")
    yield beside("memory_warm", warm, "MB")
    yield at_most("memory_most", max(sizes), "MB", 250)
    yield at_most("memory_at_end", sizes[-1], "MB", warm * 1.05, floor=warm, times=1.05)


def _kinds(office: Tuntas, ids: list[str]) -> Iterator[Request]:
    """What officers and strangers ask, again and again; ends with nothing, as claimed tasks are given back."""
    tasks = open_tasks(office, ids, TASKS[0])
    references = office.work.read(
        lambda session: dict(session.query(Case.id, Case.reference).where(Case.id.in_(ids)).all())  # type: ignore[arg-type]
    )
    for case, task in cycle(list(zip(ids, tasks, strict=True))):
        yield "GET", "/api/v1/tasks?scope=available", None
        yield "GET", f"/api/v1/tasks/{task}", None
        yield "POST", f"/api/v1/tasks/{task}/claim", b""
        yield "POST", f"/api/v1/tasks/{task}/release", b""
        yield (
            "POST",
            f"/api/v1/tasks/{task}/complete",
            json.dumps({"values": {**NOTE, "unknown": 1}}).encode(),
        )
        yield "GET", "/api/v1/cases?sort=due", None
        yield "GET", f"/api/v1/cases/{case}", None
        yield "GET", f"/api/v1/cases/{case}/history", None
        yield "GET", f"/api/v1/cases/{case}/deadlines", None
        yield "GET", f"/api/v1/complaints/{references[case]}", None
        yield "GET", "/", None
        yield "GET", "/api/v1/tasks?cursor=wrong", None


def _send(port: int, token: str, rounds: list[Iterator[Request]], number: int) -> None:
    failures: list[str] = []
    threads = [
        threading.Thread(target=_client, args=(port, token, kinds, number, failures)) for kinds in rounds
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])


def _client(port: int, token: str, kinds: Iterator[Request], number: int, failures: list[str]) -> None:
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(number):
        method, path, body = next(kinds)
        connection.request(method, path, body, headers)
        answer: Any = connection.getresponse()
        answer.read()
        if answer.status >= 500:
            failures.append(f"{answer.status} {method} {path}")
            return
    connection.close()


def _resident(pid: int) -> float:
    """Megabytes of memory that the process holds."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmRSS")
