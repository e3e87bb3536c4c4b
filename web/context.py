"""What a view needs from the running product: the environment, the two kinds of transaction, the
configuration.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast

from flask import current_app
from sqlalchemy.orm import Session

from cases.environment import Environment

T = TypeVar("T")
WEB = Path(__file__).parent
"""This package's folder: templates, static files, translations."""


class Work(Protocol):
    """The unit of work as pages use it."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Run in a transaction that can change nothing."""
        ...

    def write(self, work: Callable[[Session], T]) -> T:
        """Run and commit; the function may run again from its start."""
        ...


class Reports(Protocol):
    """Reads of reports."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Run in a transaction that can change nothing, on a replica if there is one."""
        ...


class Settings(Protocol):
    """The settings that pages read."""

    @property
    def secure_cookies(self) -> bool:
        """Whether the site is served over TLS, so that cookies must be."""
        ...

    @property
    def max_upload_bytes(self) -> int:
        """The largest file taken."""
        ...


class Product(Protocol):
    """What ``create_app`` leaves in ``app.extensions["tuntas"]``."""

    @property
    def env(self) -> Environment:
        """Clock, ids, objects, deployments, reference data."""
        ...

    @property
    def work(self) -> Work:
        """Transactions."""
        ...

    @property
    def figures(self) -> Reports:
        """Reads of reports, which a replica may answer."""
        ...

    @property
    def config(self) -> Settings:
        """Settings."""
        ...


def product() -> Product:
    """The product that serves this request."""
    return cast("Product", current_app.extensions["tuntas"])


def environment() -> Environment:
    """The world that every ``cases`` function is handed."""
    return product().env


def read(work: Callable[[Session], T]) -> T:
    """Run ``work`` in a transaction that changes nothing, except to note reads that must go on record."""
    return product().work.read(work)


def read_figures(work: Callable[[Session], T]) -> T:
    """Run ``work`` where reports are read: what it finds may be as old as a replica lags behind."""
    return product().figures.read(work)


def write(work: Callable[[Session], T]) -> T:
    """Run ``work`` in one transaction and commit; it may run several times."""
    return product().work.write(work)
