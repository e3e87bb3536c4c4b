"""A light client in a process of its own: completes the tasks of cases one after another, over kept connections.

Reads a plan from standard input and prints milliseconds as JSON: ``{"ports", "clients", "chains", "kind", "token"}``,
where each chain is the id of the first task of a case and ``kind`` is ``floor`` or ``tuntas``.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.client import HTTPConnection
from queue import Empty, SimpleQueue
from typing import Any

NOTE = {"note": "Sudah dikerjakan dan dicatat."}


class Client(threading.Thread):
    """One client: takes a case, completes all its tasks, takes the next."""

    def __init__(self, plan: dict[str, Any], number: int, chains: SimpleQueue[str]) -> None:
        super().__init__(daemon=True)
        ports = plan["ports"]
        self.connection = HTTPConnection("127.0.0.1", ports[number % len(ports)], timeout=60)
        self.theirs, self.chains = plan["kind"] == "floor", chains
        self.headers = {"Content-Type": "application/json"}
        if not self.theirs:
            self.headers |= {"Authorization": f"Bearer {plan['token']}", "If-Match": '"1"'}
        self.taken: list[float] = []
        self.refused: list[str] = []

    def run(self) -> None:
        """Work until no case is left."""
        while True:
            try:
                task: str | None = self.chains.get_nowait()
            except Empty:
                return
            while task is not None:
                task = self._complete(task)

    def _complete(self, task: str) -> str | None:
        address = f"/tasks/{task}/complete" if self.theirs else f"/api/v1/tasks/{task}/complete"
        body = json.dumps(NOTE if self.theirs else {"values": NOTE}).encode()
        began = time.perf_counter()
        self.connection.request("POST", address, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            self.refused.append(f"{answer.status} {content[:300]!r}")
            return None
        said = json.loads(content)
        if self.theirs:
            return next(iter(said["tasks"]), None)
        return next((found["id"] for found in said["next_tasks"]), None)


def main() -> None:
    """Work off the plan and print what it took."""
    plan = json.load(sys.stdin)
    chains: SimpleQueue[str] = SimpleQueue()
    for chain in plan["chains"]:
        chains.put(chain)
    clients = [Client(plan, number, chains) for number in range(plan["clients"])]
    began = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    answer = {
        "seconds": time.perf_counter() - began,
        "taken": [value for client in clients for value in client.taken],
        "refused": [value for client in clients for value in client.refused],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
