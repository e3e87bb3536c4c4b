"""The office: organisation tree, people, their roles, and how they prove who they are."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Id


class Office(Base):
    """The one body that this installation serves."""

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(8))
    timezone: Mapped[str] = mapped_column(String(40))
    demonstration: Mapped[bool] = mapped_column(default=False)


class Unit(Base):
    """A node of the organisation tree. ``path`` holds the ids from the root, slash-separated, for subtree queries."""

    __tablename__ = "units"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"), index=True)
    path: Mapped[str] = mapped_column(String(600), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(24))
    """``regency``, ``secretariat``, ``inspectorate``, ``agency``, ``unit`` ..."""
    aliases: Mapped[dict[str, Any]]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class User(Base):
    """A person who can sign in, or an application that holds tokens."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(5), default="id")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Role(Base):
    """A role that a user holds in a unit, optionally as somebody's delegate for a while."""

    __tablename__ = "roles"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"), index=True)

    __table_args__ = (UniqueConstraint("user_id", "role", "unit_id"),)


class LoginSession(Base):
    """A signed-in browser. Only the hash of its secret is stored."""

    __tablename__ = "login_sessions"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ComplainantSession(Base):
    """A browser in which a complainant proved to own one case. Only the hash of its secret is stored."""

    __tablename__ = "complainant_sessions"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginThrottle(Base):
    """Failed attempts by user name (hashed) and by address (hashed): a new cookie resets nothing."""

    __tablename__ = "login_throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class RateLimit(Base):
    """Requests counted in a fixed window, shared by all web processes."""

    __tablename__ = "rate_limits"

    bucket: Mapped[str] = mapped_column(String(100), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


class ApiToken(Base):
    """A bearer token of a user. Only its hash is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ReadLogEntry(Base):
    """Somebody read protected content: who, what, why."""

    __tablename__ = "read_log"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    case_id: Mapped[str] = mapped_column(Id)
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str | None] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (Index("ix_read_log_case", "case_id", "at"), Index("ix_read_log_at", "at"))


class Delegation(Base):
    """Somebody is absent and somebody else holds one of their roles meanwhile."""

    __tablename__ = "delegations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    delegate_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)
    revoked_at: Mapped[datetime | None]


class TwoPersonRequest(Base):
    """An act that needs a second person: who asked and why, who agreed, and until when it holds."""

    __tablename__ = "two_person_requests"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    act: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    subject: Mapped[str | None] = mapped_column(String(80))
    """What the act is about when it is not a case: the fingerprint of a set of process files."""
    reason: Mapped[str] = mapped_column(String(500))
    requested_by: Mapped[str] = mapped_column(Id)
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None]
    granted: Mapped[bool | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
