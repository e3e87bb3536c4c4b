"""A small office for questions of policy: rows are inserted as they are needed, no process runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uuid_utils
from sqlalchemy import Engine, create_engine, event, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from cases.case_reference import format_reference
from cases.environment import Environment
from cases.model import Actor, ActorKind, Grant
from cases.ports import FixedClock
from cases.reference import Reference, load_reference
from engine.deployment import DeploymentCache
from storage.objects.memory import MemoryObjectStore
from storage.tables import (
    Base,
    Case,
    Complainant,
    Deployment,
    ProcessDefinition,
    ProcessInstance,
    Role,
    Unit,
    User,
)
from storage.tables import UserTask as UserTaskTable
from tuntas.initial import seed_rules

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
REFERENCE = Path(__file__).parents[2] / "reference"
NIK = "3201234567890123"

UNITS = {
    # code: (parent, kind)
    "root": (None, "regency"),
    "inspektorat": ("root", "inspectorate"),
    "pupr": ("root", "agency"),
    "jalan": ("pupr", "unit"),
    "dinkes": ("root", "agency"),
}


@cache
def reference() -> Reference:
    """The product's own reference data, read once."""
    return load_reference(REFERENCE)


def new_id() -> str:
    """A UUIDv7, as the product makes them."""
    return str(uuid_utils.uuid7())


def memory_engine() -> Engine:
    """An empty SQLite database in memory with every table."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    return engine


@dataclass
class World:
    """The office, its people and its cases; every call is a transaction of its own."""

    engine: Engine
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    objects: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    units: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def __post_init__(self) -> None:
        self.env = Environment(
            clock=self.clock,
            new_id=new_id,
            objects=self.objects,
            deployments=DeploymentCache(lambda deployment: {}),
            reference=reference(),
            founded_zone=ZoneInfo("Asia/Jakarta"),
            office_code="TTS",
        )
        with self.session() as session:
            seed_rules(session, self.env, ZoneInfo("Asia/Jakarta"))
        for code, (parent, kind) in UNITS.items():
            self.units[code] = new_id()
            self.insert(
                Unit,
                id=self.units[code],
                parent_id=self.units.get(parent or ""),
                path=self.path(code),
                code=code,
                name=code.upper(),
                kind=kind,
                aliases={},
            )

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that is committed at its end."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def ask(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function of ``cases`` in a transaction of its own."""
        with self.session() as session:
            return function(session, self.env, *args, **kwargs)

    def insert(self, table: Any, **values: Any) -> None:
        """Insert one row."""
        with self.session() as session:
            session.execute(insert(table).values(**values))

    def rows(self, table: Any) -> list[Any]:
        """Every row of a table."""
        with self.session() as session:
            return list(session.execute(select(*table.__table__.columns)).all())

    def path(self, code: str) -> str:
        """The ids from the root to the unit."""
        parent = UNITS[code][0]
        return f"{self.path(parent)}/{self.units[code]}" if parent else self.units[code]

    def officer(self, *roles: str, password_hash: str | None = None, username: str | None = None) -> Actor:
        """A user who holds the roles, each written ``role@unit`` (the root without a unit)."""
        user_id = new_id()
        name = username or f"u{user_id[-12:]}"
        self.insert(
            User,
            id=user_id,
            username=name,
            name=f"Petugas {name}",
            password_hash=password_hash,
            created_at=NOW,
        )
        grants = []
        for one in roles:
            role, _, unit = one.partition("@")
            grants.append(Grant(role, self.units[unit or "root"], self.path(unit or "root")))
            self.insert(Role, id=new_id(), user_id=user_id, role=role, unit_id=self.units[unit or "root"])
        return Actor(ActorKind.USER, user_id, f"Petugas {name}", tuple(grants))

    def case(self, *, lead: str | None = None, accused: str | None = None, **fields: Any) -> str:
        """A case; its complainant is Siti Contoh, whose identity number stands in title and text."""
        case_id = new_id()
        values = {
            "reference": format_reference("TTS", 2026, next(self.numbers)),
            "kind": "complaint",
            "case_class": "ordinary",
            "sensitivity": "normal",
            "priority": "normal",
            "stage": "verification",
            "status": "Belum",
            "channel": "web",
            "title": f"Jalan rusak, NIK {NIK}",
            "text": f"Saya Siti, NIK {NIK}, telepon 0812-3456-7890.",
            "received_at": NOW - timedelta(days=1),
            "entered_at": NOW - timedelta(days=1),
            "lead_unit_id": self.units[lead] if lead else None,
            "accused_unit_id": self.units[accused] if accused else None,
            "ruleset": "sp4n-2018",
            **fields,
        }
        self.insert(Case, id=case_id, **values)
        self.insert(
            Complainant, case_id=case_id, name="Siti Contoh", phone="081234567890", address="Jalan Melati 1"
        )
        return case_id

    def instance(self, case_id: str) -> str:
        """A running main process instance of a case."""
        if not self.rows(Deployment):
            self.insert(Deployment, hash="h" * 64, created_at=NOW)
            self.insert(
                ProcessDefinition,
                id=new_id(),
                key="complaint",
                version=1,
                name="Pengaduan",
                deployment_hash="h" * 64,
                status="active",
                created_at=NOW,
            )
        instance_id = new_id()
        self.insert(
            ProcessInstance,
            id=instance_id,
            case_id=case_id,
            definition_id=self.rows(ProcessDefinition)[0].id,
            deployment_hash="h" * 64,
            process_id="complaint",
            main=True,
            status="running",
            state=b"",
            started_at=NOW,
        )
        return instance_id

    def task(self, case_id: str, role: str, unit: str | None = None, **fields: Any) -> str:
        """An open user task of a case; without a unit it is for the whole body."""
        task_id = new_id()
        values = {
            "instance_id": self.instance(case_id),
            "element_id": "verify_complaint",
            "name": "Verifikasi pengaduan",
            "form_key": "complaint/verify_complaint",
            "unit_id": self.units[unit] if unit else None,
            "state": "open",
            "created_at": NOW,
            **fields,
        }
        self.insert(UserTaskTable, id=task_id, case_id=case_id, role=role, **values)
        return task_id

    def complainant(self, case_id: str) -> Actor:
        """Whoever proved to own the case."""
        return Actor(ActorKind.COMPLAINANT, case_id=case_id)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that run on an engine within the block."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
