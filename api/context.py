"""What ``create_app`` left for the views: the environment, the unit of work and the key that signs."""

from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from flask import current_app
from sqlalchemy.orm import Session

from cases.environment import Environment

T = TypeVar("T")


class Work(Protocol):
    """The unit of work: one transaction for each call."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Run in a transaction that is rolled back."""
        ...

    def write(self, work: Callable[[Session], T]) -> T:
        """Run and commit; may run ``work`` again when somebody else was first."""
        ...


class Reports(Protocol):
    """Reads of reports."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Run in a transaction that can change nothing, on a replica if there is one."""
        ...


class Settings(Protocol):
    """The settings that the API looks at."""

    @property
    def secret_key(self) -> bytes:
        """The key that signs and seals."""
        ...


class Tuntas(Protocol):
    """What ``current_app.extensions["tuntas"]`` holds."""

    @property
    def env(self) -> Environment:
        """Handed to every function of ``cases``."""
        ...

    @property
    def work(self) -> Work:
        """Owns begin and commit."""
        ...

    @property
    def figures(self) -> Reports:
        """Reads of reports, which a replica may answer."""
        ...

    @property
    def config(self) -> Settings:
        """The settings of this process."""
        ...


def tuntas() -> Tuntas:
    """The product that this application serves."""
    return cast("Tuntas", current_app.extensions["tuntas"])


def env() -> Environment:
    """The environment for functions of ``cases``."""
    return tuntas().env


def read(work: Callable[[Session], T]) -> T:
    """Run ``work`` in a transaction that changes nothing, except to note reads that must go on record."""
    return tuntas().work.read(work)


def read_figures(work: Callable[[Session], T]) -> T:
    """Run ``work`` where reports are read: what it finds may be as old as a replica lags behind."""
    return tuntas().figures.read(work)


def write(work: Callable[[Session], T]) -> T:
    """Run ``work`` in one transaction and commit it."""
    return tuntas().work.write(work)
