"""What a completed task leaves to the garbage collector, for which everybody in the process would wait."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from support.api import API, COMPLAINT, AsRole, Caller

OURS = {"api", "cases", "engine", "storage", "tuntas"}


@contextmanager
def left_over() -> Iterator[list[str]]:
    """Fill the list with the types of what only the collector could let go of, as the block leaves it."""
    found: list[str] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += [f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def complete(app: Flask, admin: Caller, task: dict[str, Any]) -> str:
    """Complete the task as a server would ask the application to, and answer the status."""
    asked = EnvironBuilder(
        path=f"{API}/tasks/{task['id']}/complete",
        method="POST",
        json={"values": {"decision": "archive", "archive_reason": "test"}},
        headers={**admin.headers, "If-Match": f'"{task["version"]}"'},
    ).get_environ()
    return run_wsgi_app(app, asked, buffered=True)[1]


def test_a_completed_task_leaves_nothing_of_ours_to_the_garbage_collector(
    app: Flask, as_role: AsRole, anybody: Caller
) -> None:
    admin = as_role("coordinating_admin")
    for _ in range(2):
        anybody.post("/complaints", json=COMPLAINT)
    first, second = admin.get("/tasks").json["items"]
    assert complete(app, admin, first) == "200 OK"  # Statements and schemas are made once.
    with left_over() as found:
        assert complete(app, admin, second) == "200 OK"
    assert not [name for name in found if name.split(".")[0] in OURS], found
