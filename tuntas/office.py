"""Puts the parts together: database, object store, reference data, deployments, unit of work."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uuid_utils
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases.definitions import load_files
from cases.environment import Environment
from cases.ports import Clock, SystemClock
from cases.reference import load_reference
from engine.deployment import DeploymentCache
from engine.model import Files
from storage.database import end_pauses, reading
from storage.objects import open_store
from storage.objects.model import ObjectStore
from storage.tables import Office
from tuntas.config import ROOT, Config
from tuntas.database import make_engine
from tuntas.replica import Figures
from tuntas.unit_of_work import UnitOfWork

REFERENCE = ROOT / "reference"
DEFAULT_ZONE = "Asia/Jakarta"
DEFAULT_CODE = "TTS"


@dataclass(frozen=True, slots=True)
class Tuntas:
    """The product, built: what views, worker and commands are handed."""

    env: Environment
    work: UnitOfWork
    figures: Figures
    config: Config
    objects: ObjectStore

    def with_clock(self, clock: Clock) -> "Tuntas":
        """The same office under another clock: tests and seeding run sixty days in a moment."""
        env = replace(self.env, clock=clock)
        work = UnitOfWork(self.work.engine, env)
        return replace(self, env=env, work=work, figures=Figures(work, self.figures.replica))


def new_id() -> str:
    """A UUIDv7: sorts by the time at which it was made."""
    return str(uuid_utils.uuid7())


def build(config: Config, engine: Engine, *, clock: Clock | None = None) -> Tuntas:
    """Build the office on a database that was migrated. The object store is not contacted yet."""
    end_pauses(engine)
    objects = open_store(config.object_store, config.var, config.organisation)
    zone, code = _identity(engine)
    env = Environment(
        clock=clock or SystemClock(),
        new_id=new_id,
        objects=objects,
        deployments=DeploymentCache(_loader(engine)),
        reference=load_reference(Path(REFERENCE)),
        founded_zone=zone,
        office_code=code,
        max_upload_bytes=config.max_upload_bytes,
        lease=timedelta(seconds=config.lease_seconds),
    )
    work = UnitOfWork(engine, env)
    replica = make_engine(config.replica_url) if config.replica_url else None
    return Tuntas(env=env, work=work, figures=Figures(work, replica), config=config, objects=objects)


def _loader(engine: Engine) -> Callable[[str], Files]:
    reader = reading(engine)

    def load(deployment_hash: str) -> Files:
        with Session(reader) as session:
            return load_files(session, deployment_hash)

    return load


def _identity(engine: Engine) -> tuple[ZoneInfo, str]:
    """Time zone and code of the office; defaults while the database is empty or away."""
    try:
        with Session(engine) as session:
            row = session.execute(select(Office.timezone, Office.code)).first()
    except DBAPIError:
        row = None
    return ZoneInfo(row.timezone if row else DEFAULT_ZONE), row.code if row else DEFAULT_CODE
