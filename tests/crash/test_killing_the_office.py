"""Killing server and worker at any moment loses nothing that was acknowledged and leaves every case loadable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.history import verify_history
from cases.model import SYSTEM
from cases.people import create_token
from engine.runtime import inspect
from storage.tables import Case, HistoryEntry, ProcessInstance, UserTask
from support.office import config_for
from support.processes import free_port, wait_until
from tuntas.database import make_engine
from tuntas.office import Tuntas, build

KILLS = 4
CLIENTS = 3
SEED = 7


@dataclass
class Acknowledged:
    """What clients were told had happened."""

    references: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def running(url: str, var: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Server and worker in a process group of their own; killed without warning at the end."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("TUNTAS_")},
        "TUNTAS_DATABASE_URL": url,
        "TUNTAS_VAR": str(var),
        "TUNTAS_PORT": str(port),
        "TUNTAS_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tuntas", "serve", "--with-worker"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until(lambda: answers(port), "the server", seconds=60)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port: int) -> bool:
    """Whether the server is ready."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def has_completed(told: Acknowledged, number: int) -> bool:
    """Whether the clients were told of so many completed tasks."""
    return len(told.completed) >= number


def work_on(port: int, token: str, told: Acknowledged, until: threading.Event, number: int) -> None:
    """File complaints and verify them until the connection breaks; remember only what was acknowledged."""
    admin, base = {"Authorization": f"Bearer {token}"}, f"http://127.0.0.1:{port}/api/v1"
    with requests.Session() as client:
        while not until.is_set():
            try:
                filed = client.post(f"{base}/cases", headers=admin, json=complaint(number), timeout=20)
                if filed.status_code != 201:
                    continue
                case = filed.json()
                with told.lock:
                    told.references.append(case["reference"])
                task = case["next_tasks"][0]
                values = {"decision": "archive", "archive_reason": "test"}
                match = {**admin, "If-Match": f'"{task["version"]}"'}
                address = f"{base}/tasks/{task['id']}/complete"
                done = client.post(address, headers=match, json={"values": values}, timeout=20)
                if done.status_code == 200:
                    with told.lock:
                        told.completed.append(task["id"])
            except requests.RequestException:
                return


def complaint(number: int) -> dict[str, Any]:
    """A complaint of one of the clients."""
    return {
        "title": f"Pengaduan uji {number}",
        "text": "Isi.",
        "kind": "complaint",
        "channel": "web",
        "name": "Budi",
    }


def test_nothing_acknowledged_is_lost_when_server_and_worker_are_killed(
    office_url: str, tmp_path: Path
) -> None:
    engine = make_engine(office_url)
    office = build(config_for(office_url, tmp_path), engine)
    token = office.work.write(
        lambda session: create_token(
            session, office.env, "admin.instansi", "crash", by=SYSTEM, expires_at=None
        )
    )
    told, rng = Acknowledged(), Random(SEED)
    for _ in range(KILLS):
        port, over = free_port(), threading.Event()
        with running(office_url, tmp_path, port):
            threads = [
                threading.Thread(target=work_on, args=(port, token, told, over, number))
                for number in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            # After how many acknowledged actions the kill comes, and so at which moment, is drawn by lot.
            enough = len(told.completed) + rng.randint(1, 12)
            wait_until(partial(has_completed, told, enough), "the clients", seconds=60)
        over.set()
        for thread in threads:
            thread.join()
    assert len(told.completed) >= KILLS
    office.work.read(lambda session: audit(session, office, told))
    engine.dispose()


def audit(session: Session, office: Tuntas, told: Acknowledged) -> None:
    """Every acknowledged action is there once, every case loads, every history is whole."""
    references = set(session.scalars(select(Case.reference)))
    assert set(told.references) <= references
    assert len(told.references) == len(set(told.references))
    done = set(session.scalars(select(UserTask.id).where(UserTask.state == "completed")))
    assert set(told.completed) <= done
    for task_id in told.completed:
        entries = select(HistoryEntry.seq).where(
            HistoryEntry.task_id == task_id, HistoryEntry.tag == "case:task:completed"
        )
        assert len(session.scalars(entries).all()) == 1
    for case_id in session.scalars(select(Case.id)):
        assert verify_history(session, case_id) > 0
    running_ones = select(ProcessInstance.id, ProcessInstance.deployment_hash, ProcessInstance.state).where(
        ProcessInstance.status == "running"
    )
    for row in session.execute(running_ones):
        open_rows = select(UserTask.id).where(UserTask.instance_id == row.id, UserTask.state == "open")
        snapshot = inspect(office.env.deployments.get(row.deployment_hash), row.state)
        assert {task.task_id for task in snapshot.tasks} == set(session.scalars(open_rows))
