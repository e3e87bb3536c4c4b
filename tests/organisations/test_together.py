"""Two organisations in one PostgreSQL and one store do not meet: cases, numbers, words, objects and backups."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.model import SYSTEM
from cases.ports import FixedClock
from cases.tokens import create_token
from crash.receiver import Outside, outside
from crash.site import answers, forks, run_product
from storage.objects import open_store
from storage.organisation import in_organisation
from storage.tables import Base, OutboxMessage
from support.organisations import FIRST, SECOND, office_in
from support.processes import free_port, wait_until
from tuntas.alone import alone
from tuntas.backups.making import PASSING, make_backup
from tuntas.backups.restoring import restore_backup
from tuntas.office import Tuntas
from tuntas.sweep import sweep
from tuntas.wake import Bell, Ear

COMPLAINT = {"title": "Lampu padam", "text": "Gelap.", "kind": "complaint", "channel": "web", "name": "Budi"}


class Running:
    """An organisation as its own web process and worker serve it."""

    def __init__(self, office: Tuntas, port: int, world: Outside) -> None:
        self.office, self.port, self.world = office, port, world
        token = office.work.write(
            lambda session: create_token(session, office.env, "admin.instansi", "uji", by=SYSTEM)
        )
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send a request as the coordinating admin."""
        address = f"http://127.0.0.1:{self.port}/api/v1{path}"
        return requests.request(method, address, timeout=20, **{"headers": self.headers, **more})

    def register(self) -> dict[str, Any]:
        """A complaint with a file arrives."""
        answer = self.ask("POST", "/cases", json=COMPLAINT)
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        file = {"file": ("catatan.txt", f"Gelap sekali: {case['id']}\n".encode())}
        sent = self.ask("POST", f"/cases/{case['id']}/attachments", files=file)
        assert sent.status_code == 201, sent.text
        return case

    def messages(self) -> set[str]:
        """The ids of everything that was to be delivered."""
        return self.office.work.read(lambda session: set(session.scalars(select(OutboxMessage.id))))

    def quiet(self) -> bool:
        """Whether every message was delivered."""
        waiting = select(OutboxMessage.id).where(OutboxMessage.delivered_at.is_(None)).limit(1)
        return self.office.work.read(lambda session: session.scalar(waiting)) is None


@contextmanager
def served(url: str, name: str, folder: Path, office: Tuntas) -> Iterator[Running]:
    """Run a web process and a worker of the organisation, with settings as an administrator writes them."""
    port = free_port()
    with outside(Random(1)) as world, ExitStack() as stack:
        settings = {
            "TUNTAS_DATABASE_URL": url,
            "TUNTAS_ORGANISATION": name,
            "TUNTAS_VAR": str(folder),
            "TUNTAS_RECEIVER_URL": world.url,
            "TUNTAS_PORT": str(port),
            "TUNTAS_LEASE_SECONDS": "1",
        }
        for command in ("serve", "worker"):
            given = ([command], settings, str(folder / f"{name}.log"), None)
            process = forks().Process(target=run_product, args=given, daemon=True)
            process.start()
            stack.callback(process.join)
            stack.callback(process.kill)
        wait_until(lambda: answers(port), f"the web process of {name}", seconds=90)
        yield Running(office, port, world)


def content(office: Tuntas) -> dict[str, list[str]]:
    """Every row of every table that a backup holds."""

    def read(session: Session) -> dict[str, list[str]]:
        tables = {name: table for name, table in Base.metadata.tables.items() if name not in PASSING}
        return {
            name: sorted(str(tuple(row)) for row in session.execute(select(*table.c)))
            for name, table in tables.items()
        }

    return office.work.read(read)


def keys(office: Tuntas) -> list[str]:
    """The keys of the organisation's objects, as it sees them."""
    return [one.key for one in office.objects.list()]


def quiet(what: str, done: int) -> None:
    """Nobody watches."""


def test_processes_of_two_organisations_see_only_their_own(
    shared_url: str, both: tuple[Tuntas, Tuntas], tmp_path: Path, clock: FixedClock
) -> None:
    with ExitStack() as stack:
        mine, other = (
            stack.enter_context(served(shared_url, name, tmp_path, office))
            for name, office in zip((FIRST, SECOND), both, strict=True)
        )
        cases, neighbours = [mine.register(), mine.register()], [other.register()]
        # Numbers are counted apart.
        assert [case["reference"].split("-")[2] for case in cases] == ["000001", "000002"]
        assert neighbours[0]["reference"].split("-")[2] == "000001"
        for running, own, foreign in ((mine, cases, neighbours), (other, neighbours, cases)):
            listed = running.ask("GET", "/cases").json()["items"]
            assert {case["id"] for case in listed} == {case["id"] for case in own}
            assert running.ask("GET", f"/cases/{foreign[0]['id']}").status_code == 404
            files = [key for key in keys(running.office) if key.startswith("attachments/")]
            assert len(files) == len(own)
        # Whoever may come in to one is nobody to the other.
        assert mine.ask("GET", "/cases", headers=other.headers).status_code == 401
        # Each worker tells its own receiver of its own cases.
        wait_until(lambda: mine.quiet() and other.quiet(), "empty outboxes", seconds=60)
        for running in (mine, other):
            assert {effect.key for effect in running.world.effects} == running.messages() != set()
    backup_of_one_becomes_a_third(shared_url, both, tmp_path, clock)


def backup_of_one_becomes_a_third(
    url: str, both: tuple[Tuntas, Tuntas], folder: Path, clock: FixedClock
) -> None:
    """A backup of the first is restored beside both, and the neighbour's rows and objects stay as they are."""
    one, other = both
    before = [(content(office), keys(office)) for office in both]
    make_backup(one.work.engine, one.objects, folder / "backup", progress=quiet)
    store = open_store(one.config.object_store, folder, "sukarela")
    _, broken = restore_backup(folder / "backup", in_organisation(url, "sukarela"), store, quiet)
    assert broken == []
    third = office_in(url, "sukarela", folder, clock)
    assert (content(third), keys(third)) == before[0]
    third.work.engine.dispose()
    assert [(content(office), keys(office)) for office in both] == before
    # A whole sweep of one, to which every object is old, leaves the others their files.
    later = datetime.now(UTC) + timedelta(days=1)
    assert sweep(one, since=None, before=later).orphans == ()
    for key in keys(one):
        one.objects.delete(key)
    sweep(one, since=None, before=later)
    assert keys(one) == []
    assert keys(other) == before[1][1]
    assert keys(third) == before[0][1]


def test_a_word_to_the_workers_of_one_does_not_wake_those_of_the_other(both: tuple[Tuntas, Tuntas]) -> None:
    ears = [Ear(office.work.engine) for office in both]
    for ear in ears:
        ear.open()
    Bell(both[0].work.engine).ring()
    heard = []
    for ear in ears:
        assert ear._connection is not None
        wait = 20 if ear is ears[0] else 0
        # Whatever the server has for the second ear comes with the answer to a question.
        ear._connection.execute("SELECT 1")
        heard.append([word.channel for word in ear._connection.notifies(timeout=wait, stop_after=1)])
        ear.close()
    assert heard == [["tuntas_work_sukamaju"], []]


def test_one_organisation_may_be_migrated_while_another_is(both: tuple[Tuntas, Tuntas]) -> None:
    entered = threading.Event()

    def enter() -> None:
        with alone(both[1].work.engine):
            entered.set()

    with alone(both[0].work.engine):
        thread = threading.Thread(target=enter, daemon=True)
        thread.start()
        assert entered.wait(20)
    thread.join(20)


def test_an_office_that_has_its_database_for_itself_ignores_the_organisations_beside_it(
    both: tuple[Tuntas, Tuntas], tmp_path: Path
) -> None:
    alone_in_it = open_store(both[0].config.object_store, tmp_path)
    both[0].objects.put(key="attachments/a", chunks=[b"x"], media_type="text/plain")
    assert list(alone_in_it.list()) == []
