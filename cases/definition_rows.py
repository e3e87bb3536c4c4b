"""Reads and writes the rows of deployed definitions: each file once, versions counted per process."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, insert, literal, select
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.model import Actor, DefinitionView
from engine.model import Files, ProcessInfo
from storage.queries.batch import Prepared
from storage.tables import Blob, Deployment, DeploymentFile, ProcessDefinition, ProcessInstance, User

Rows = Select[*tuple[Any, ...]]
"""A query whose rows are turned into records here."""

ACTIVE = "active"
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ActiveDefinition:
    """The version of a process on which new instances start."""

    id: str
    key: str
    version: int
    deployment_hash: str
    start_message: str | None
    """The messages that begin it, with blanks between them."""

    def begins_with(self, message: str) -> bool:
        """Whether this message is one of those that begin it."""
        return message in (self.start_message or "").split()


def newest_active() -> Rows:
    """Select the newest active version of every process that is not suspended."""
    newest = (
        select(ProcessDefinition.key, func.max(ProcessDefinition.version).label("version"))
        .where(ProcessDefinition.status == ACTIVE, ProcessDefinition.suspended_at.is_(None))
        .group_by(ProcessDefinition.key)
        .subquery()
    )
    return select(
        ProcessDefinition.id,
        ProcessDefinition.key,
        ProcessDefinition.version,
        ProcessDefinition.deployment_hash,
        ProcessDefinition.start_message,
    ).join(newest, and_(newest.c.key == ProcessDefinition.key, newest.c.version == ProcessDefinition.version))


NEWEST_ACTIVE = Prepared(newest_active().order_by(ProcessDefinition.key))
"""Every process that can be started, in the order of their keys; an office has a handful."""
_MESSAGES = literal(" ") + ProcessDefinition.start_message + literal(" ")
_STARTED_BY = newest_active().where(func.replace(_MESSAGES, bindparam("message"), "") != _MESSAGES)
"""Not LIKE: the names hold underscores."""


def find_newest_active(session: Session, **matching: str) -> tuple[ActiveDefinition, ...]:
    """List the newest active versions whose columns equal the given values, in the order of their keys."""
    chosen = _chosen_by(tuple(sorted(matching)))
    return tuple(ActiveDefinition(**row._mapping) for row in session.connection().execute(chosen, matching))


def find_started_by(session: Session, message: str) -> tuple[ActiveDefinition, ...]:
    """List the newest active versions that begin with this message."""
    found = session.connection().execute(_STARTED_BY, {"message": f" {message} "})
    return tuple(ActiveDefinition(**row._mapping) for row in found)


@cache
def _chosen_by(columns: tuple[str, ...]) -> Select[Any]:
    """The statement for these columns, built once: every start of a process asks it."""
    wanted = (getattr(ProcessDefinition, name) == bindparam(name) for name in columns)
    return newest_active().where(*wanted).order_by(ProcessDefinition.key)


def read_files(session: Session, hashes: Iterable[str]) -> Mapping[str, Files]:
    """Read the files of several deployments in one query, by deployment hash and path."""
    wanted = (
        select(DeploymentFile.deployment_hash, DeploymentFile.path, Blob.content)
        .join(Blob, Blob.sha256 == DeploymentFile.blob_sha256)
        .where(DeploymentFile.deployment_hash.in_(set(hashes)))
        .order_by(DeploymentFile.path)
    )
    sets: dict[str, dict[str, bytes]] = {}
    for digest, path, content in session.execute(wanted):
        sets.setdefault(digest, {})[path] = content
    return MappingProxyType({digest: MappingProxyType(files) for digest, files in sets.items()})


def store_deployment(session: Session, env: Environment, digest: str, files: Files, *, by: Actor) -> None:
    """Keep a set once; bytes that another set already brought are shared."""
    if session.execute(select(Deployment.hash).where(Deployment.hash == digest)).first():
        return
    blobs = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(set(blobs.values())))))
    fresh = {blob: files[path] for path, blob in blobs.items() if blob not in known}
    if fresh:
        session.execute(
            insert(Blob), [{"sha256": blob, "content": content} for blob, content in fresh.items()]
        )
    session.execute(insert(Deployment).values(hash=digest, created_at=env.clock.now(), created_by=by.id))
    rows = [{"deployment_hash": digest, "path": path, "blob_sha256": blob} for path, blob in blobs.items()]
    session.execute(insert(DeploymentFile), rows)


def add_version(
    session: Session, env: Environment, process: ProcessInfo, digest: str, *, by: Actor, note: str
) -> str:
    """Add the next version of a process and answer its id; a rival for the number is an IntegrityError."""
    highest = session.scalar(
        select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == process.process_id)
    )
    definition_id = env.new_id()
    session.execute(
        insert(ProcessDefinition).values(
            id=definition_id,
            key=process.process_id,
            version=(highest or 0) + 1,
            name=process.name[:200],
            deployment_hash=digest,
            start_message=" ".join(process.start_messages) or None,
            status=ACTIVE,
            note=note,
            created_at=env.clock.now(),
            created_by=by.id,
        )
    )
    return definition_id


def select_views() -> Rows:
    """Select the columns of a ``DefinitionView`` except the number of open instances."""
    return select(
        ProcessDefinition.id,
        ProcessDefinition.key,
        ProcessDefinition.version,
        ProcessDefinition.name,
        ProcessDefinition.status,
        ProcessDefinition.deployment_hash,
        ProcessDefinition.created_at,
        User.name.label("created_by_name"),
        ProcessDefinition.note,
        ProcessDefinition.suspended_at,
    ).outerjoin(User, User.id == ProcessDefinition.created_by)


def read_views(session: Session, chosen: Rows) -> tuple[DefinitionView, ...]:
    """Read definitions and, in one grouped query, how many instances still run on each."""
    rows = session.execute(chosen).all()
    counted = session.execute(
        select(ProcessInstance.definition_id, func.count())
        .where(
            ProcessInstance.status == "running", ProcessInstance.definition_id.in_([row.id for row in rows])
        )
        .group_by(ProcessInstance.definition_id)
    )
    running = {row[0]: row[1] for row in counted}
    return tuple(DefinitionView(**row._mapping, open_instances=running.get(row.id, 0)) for row in rows)
