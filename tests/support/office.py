"""Fixtures for a whole office: the fictional regency with its units, people and processes, but no cases yet."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from cases.complainants import prove_ownership
from cases.due import next_due
from cases.inbox import task_rows
from cases.messages import send_message
from cases.model import (
    PUBLIC,
    SYSTEM,
    Actor,
    ActorKind,
    CaseSummary,
    Channel,
    Grant,
    NewComplaint,
    TaskRow,
)
from cases.ports import FixedClock
from cases.register import register_complaint
from cases.tasks import complete_task
from storage.tables import Case, HistoryEntry, Role, Unit, User, UserTask
from support.databases import DATABASES
from tuntas.app import create_app, tuntas_of
from tuntas.config import Config
from tuntas.database import make_engine
from tuntas.found import found_office
from tuntas.office import Tuntas, build
from tuntas.worker import Worker

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from support.postgres import PostgresqlServer

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday 2 March 2026, 09.00 in western Indonesia."""

OFFICE_TEMPLATE = "office_template"


def config_for(url: str, var: Path, **changes: object) -> Config:
    """A configuration for tests on a database of their own."""
    values: dict[str, object] = {
        "database_url": url,
        "object_store": f"file://{var / 'objects'}",
        "secret_key": b"only for tests, long enough to sign cookies",
        "var": var,
        "testing": True,
    }
    return Config(**{**values, **changes})  # type: ignore[arg-type]


def _found(url: str, var: Path) -> None:
    engine = make_engine(url)
    found_office(build(config_for(url, var), engine, clock=FixedClock(START)))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the office in it, only copied, never used."""
    folder = tmp_path_factory.mktemp("office")
    path = folder / "office.db"
    shutil.copyfile(sqlite_template, path)
    _found(f"sqlite:///{path}", folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgresql_office(
    postgresql: PostgresqlServer, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the name of a PostgreSQL database with the office in it, only copied, never used."""
    _found(
        postgresql.create(OFFICE_TEMPLATE, template=postgresql_template), tmp_path_factory.mktemp("office")
    )
    postgresql.release(OFFICE_TEMPLATE)
    yield OFFICE_TEMPLATE
    postgresql.drop(OFFICE_TEMPLATE)


@pytest.fixture(params=DATABASES)
def office_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database with the office in it that only this test uses, once for each kind of database."""
    if request.param == "sqlite":
        path = tmp_path / "office.db"
        shutil.copyfile(request.getfixturevalue("sqlite_office"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = f"o{tmp_path.name[:20].lower().replace('-', '_')}_{id(request)}"[:50]
    yield server.create(name, template=request.getfixturevalue("postgresql_office"))
    server.drop(name)


@pytest.fixture
def clock() -> FixedClock:
    """Return the virtual clock of the test's office."""
    return FixedClock(START)


@pytest.fixture(scope="session")
def built_app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return the application, only to be lent another office: its routes and their description take long to build."""
    app = create_app(config_for(f"sqlite:///{sqlite_template}", tmp_path_factory.mktemp("app")))
    tuntas_of(app).work.engine.dispose()
    return app


@pytest.fixture
def app(built_app: Flask, office_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    """Yield the application on the office's database and the virtual clock; what a test changes of it is put back."""
    parts = (built_app.config, built_app.extensions, built_app.view_functions)
    before = [dict(part) for part in parts]
    with _built(office_url, tmp_path, clock) as office:
        built_app.extensions["tuntas"] = office
        yield built_app
    for part, was in zip(parts, before, strict=True):
        part.clear()
        part.update(was)


@pytest.fixture
def office(office_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Tuntas]:
    """Yield the office itself, without Flask, on the same database, files and clock as ``app``."""
    with _built(office_url, tmp_path, clock) as office:
        yield office


@contextmanager
def _built(url: str, var: Path, clock: FixedClock) -> Iterator[Tuntas]:
    engine = make_engine(url)
    yield build(config_for(url, var), engine, clock=clock)
    engine.dispose()


@pytest.fixture
def worker(office: Tuntas) -> Worker:
    """Return a worker of the office; tests call ``run_until_idle``."""
    return Worker(office)


def actor_named(office: Tuntas, username: str) -> Actor:
    """The person of the fictional regency with this user name."""

    def read(session: Session) -> Actor:
        query = (
            select(User.id, User.name, Role.role, Role.unit_id, Unit.path)
            .join(Role, Role.user_id == User.id)
            .join(Unit, Unit.id == Role.unit_id)
            .where(User.username == username)
        )
        rows = session.execute(query).all()
        grants = tuple(Grant(row.role, row.unit_id, row.path) for row in rows)
        return Actor(ActorKind.USER, rows[0].id, rows[0].name, grants)

    return office.work.read(read)


class Desk:
    """What tests say to an office: who does what, in one line each."""

    def __init__(self, office: Tuntas, clock: FixedClock) -> None:
        self.office = office
        self.clock = clock
        # Letters have tests of their own; printing them everywhere would only take time.
        self.worker = Worker(office, prints=False)
        self.secrets: dict[str, tuple[str, str]] = {}

    def register(self, title: str = "Jalan berlubang di depan pasar", **fields: Any) -> CaseSummary:
        """A complaint arrives on the web unless the fields say otherwise."""
        values = {"text": "Lubangnya besar dan membahayakan.", "name": "Budi Contoh", **fields}
        new = NewComplaint(title=title, **values)
        env = self.office.env
        by = PUBLIC if new.channel is Channel.WEB else SYSTEM
        done = self.office.work.write(lambda session: register_complaint(session, env, new, by=by))
        self.secrets[done.case.id] = (done.case.reference, done.secret or "")
        return done.case

    def complainant(self, case_id: str) -> Actor:
        """Whoever holds the secret of the case."""
        reference, secret = self.secrets[case_id]
        env = self.office.env
        return self.office.work.write(lambda session: prove_ownership(session, env, reference, secret))

    def task(self, case_id: str, element_id: str) -> TaskRow:
        """The one open task of the case at this element."""
        condition = (UserTask.case_id == case_id) & (UserTask.state == "open")
        env = self.office.env
        rows = self.office.work.read(lambda session: task_rows(session, env, condition))
        found = [row for row in rows if row.element_id == element_id]
        assert len(found) == 1, f"open: {[row.element_id for row in rows]}"
        return found[0]

    def complete(self, case_id: str, element_id: str, username: str, **data: Any) -> CaseSummary:
        """Somebody completes a task."""
        task, by, env = self.task(case_id, element_id), actor_named(self.office, username), self.office.env
        return self.office.work.write(lambda session: complete_task(session, env, task.id, data, by=by))

    def say(self, case_id: str, name: str, /, **data: Any) -> CaseSummary:
        """The complainant sends a message."""
        by, env = self.complainant(case_id), self.office.env
        return self.office.work.write(lambda session: send_message(session, env, case_id, name, data, by=by))

    def say_as(self, username: str, case_id: str, name: str, /, **data: Any) -> CaseSummary:
        """An officer sends a message."""
        by, env = actor_named(self.office, username), self.office.env
        return self.office.work.write(lambda session: send_message(session, env, case_id, name, data, by=by))

    def pass_time(self, until: datetime) -> None:
        """Time passes; whatever falls due happens at its own moment."""
        while True:
            due = self.office.work.read(next_due)
            if due is None or due > until:
                break
            self.clock.set(due)
            self.worker.run_until_idle()
        self.clock.set(until)
        self.worker.run_until_idle()

    def case(self, case_id: str) -> Any:
        """The stored row of the case."""
        return self.office.work.read(
            lambda session: session.execute(select(*Case.__table__.columns).where(Case.id == case_id)).one()
        )

    def tags(self, case_id: str) -> list[str]:
        """The tags of the case's history, in order."""
        query = select(HistoryEntry.tag).where(HistoryEntry.case_id == case_id).order_by(HistoryEntry.seq)
        return list(self.office.work.read(lambda session: session.scalars(query).all()))

    def dispose_and_answer(self, case_id: str, kind: str = "action_taken") -> CaseSummary:
        """The usual way from disposition to a published answer by the public-works agency."""
        self.complete(
            case_id,
            "dispose_complaint",
            "admin.instansi",
            lead_unit="pupr",
            priority="normal",
            instruction="Tindak lanjuti.",
        )
        return self.answer(case_id, kind)

    def answer(self, case_id: str, kind: str = "action_taken") -> CaseSummary:
        """The unit accepts, works, drafts, and its superior approves."""
        self.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
        self.complete(case_id, "work_on_complaint", "pelaksana.pupr", note="Sudah ditinjau.")
        self.complete(
            case_id, "draft_response", "pelaksana.pupr", response_kind=kind, response="Lubang sudah ditambal."
        )
        return self.complete(case_id, "approve_response", "atasan.pupr", decision="approve")

    def accept(self, case_id: str) -> CaseSummary:
        """The coordinating admin accepts the complaint as an ordinary one."""
        return self.complete(
            case_id,
            "verify_complaint",
            "admin.instansi",
            decision="accept",
            case_class="ordinary",
            category="pekerjaan_umum_jalan_berlubang",
        )


@pytest.fixture
def desk(office: Tuntas, clock: FixedClock) -> Desk:
    """Return the office's desk."""
    return Desk(office, clock)
