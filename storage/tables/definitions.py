"""What is deployed: content-addressed sets of diagrams, decisions and forms, and the drafts before them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Id


class Blob(Base):
    """The bytes of a deployed file, once, by their SHA-256."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Deployment(Base):
    """An immutable set of files that passed the gate, by the hash of its content."""

    __tablename__ = "deployments"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)


class DeploymentFile(Base):
    """One path of a deployed set."""

    __tablename__ = "deployment_files"

    deployment_hash: Mapped[str] = mapped_column(ForeignKey("deployments.hash"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))


class ProcessDefinition(Base):
    """A version of a process. New cases start on the highest active version; old ones finish on their own."""

    __tablename__ = "process_definitions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    deployment_hash: Mapped[str] = mapped_column(ForeignKey("deployments.hash"))
    start_message: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(16))
    """``active`` or ``retired``."""
    suspended_at: Mapped[datetime | None]
    """Since when nothing begins on this version and the cases that run on it rest."""
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        UniqueConstraint("key", "version"),
        Index("ix_definitions_key", "key", "status", "version"),
    )


class Draft(Base):
    """A set that a designer is working on; it may be wrong, nothing runs on it."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    name: Mapped[str] = mapped_column(String(200))
    base_definition_id: Mapped[str | None] = mapped_column(ForeignKey("process_definitions.id"))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str | None] = mapped_column(Id)


class DraftFile(Base):
    """One file of a draft."""

    __tablename__ = "draft_files"

    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
