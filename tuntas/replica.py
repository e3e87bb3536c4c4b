"""Reads of the monthly figures, which a read replica may answer; when it is away, the database itself does."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases.read_log import ReadMustBeLoggedError
from storage.database import reading
from tuntas.unit_of_work import UnitOfWork

T = TypeVar("T")
log = logging.getLogger("tuntas.replica")


class Figures:
    """The unit of work for reports: reads only, and what it reads may be as old as the replica lags behind."""

    def __init__(self, work: UnitOfWork, replica: Engine | None) -> None:
        self.work = work
        self.replica = replica
        self._reader = None if replica is None else reading(replica)

    def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` on the replica, or on the database itself when there is none or it does not answer."""
        if self._reader is None:
            return self.work.read(work)
        try:
            with Session(self._reader, expire_on_commit=False) as session:
                return work(session)
        except ReadMustBeLoggedError:
            return self.work.read(work)
        except DBAPIError as error:
            log.warning("the replica does not answer: %s", type(error.orig).__name__)
            return self.work.read(work)
