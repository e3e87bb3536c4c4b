"""Owns begin, retry on conflict, commit, and the incident's own transaction; used by api, web and worker alike."""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.errors import ConflictError, OutcomeUnknownError, ProcessIncidentError, UnavailableError
from cases.incidents import FaultedError, answer_to, record_incident
from cases.read_log import ReadMustBeLoggedError
from storage.database import reading
from storage.errors import StaleVersionError
from tuntas.metrics import METRICS

T = TypeVar("T")
Work = Callable[[Session], T]

ATTEMPTS = 6
UNREACHABLE = (OperationalError, InterfaceError)
BROKEN_OFF = (InternalError, NotSupportedError, ProgrammingError)
"""This process stood still for so long that the database ended its transaction; a migration changed what it answers."""
IN_LINE = text("SELECT pg_advisory_xact_lock(8102085401971519)")
"""Whoever met a conflict waits here for the others who did, so that a crowd on one case passes one by one."""
_SERIALIZATION_STATES = {"40001", "40P01"}
log = logging.getLogger("tuntas.work")


class UnitOfWork:
    """Runs functions of ``cases`` in transactions on one database."""

    def __init__(self, engine: Engine, env: Environment) -> None:
        self.engine = engine
        self.env = env
        self._reader = reading(engine)

    def read(self, work: Work[T]) -> T:
        """Run ``work`` in a session that can change nothing.

        A read of protected content must go on record: such a read starts anew as a write.
        """
        try:
            return self._look(work)
        except ReadMustBeLoggedError:
            return self.write(work)
        except UNREACHABLE as error:
            if not error.connection_invalidated:
                raise self._unavailable(error) from error
        except BROKEN_OFF as error:
            if not error.connection_invalidated:
                raise
        # The database was started or migrated since this connection was made. All others are discarded with it.
        try:
            return self._look(work)
        except UNREACHABLE as error:
            raise self._unavailable(error) from error

    def write(self, work: Work[T]) -> T:
        """Run ``work`` and commit. ``work`` may run several times: when somebody else was first, it starts anew.

        Raises ConflictError when that keeps happening, ProcessIncidentError when the process itself failed (the
        incident is stored), UnavailableError when the database cannot be reached, and OutcomeUnknownError when the
        connection was lost at the commit.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._once(work, in_line=attempt > 0)
            except FaultedError as fault:
                raise self._incident(fault) from fault
            except (StaleVersionError, IntegrityError) as error:
                METRICS.count("tuntas_conflicts_total")
                log.info("conflict, attempt %d: %s", attempt + 1, type(error).__name__)
            except UNREACHABLE as error:
                if not _worth_retrying(error):
                    raise self._unavailable(error) from error
            except BROKEN_OFF as error:
                if not error.connection_invalidated:
                    raise
            # A short, growing, uneven pause lets several writers of one case pass one after another.
            time.sleep(random.uniform(0, 0.004 * 2**attempt))  # noqa: S311
        raise ConflictError

    def _look(self, work: Work[T]) -> T:
        with Session(self._reader, expire_on_commit=False) as session:
            return work(session)

    def _once(self, work: Work[T], *, in_line: bool) -> T:
        with Session(self.engine, expire_on_commit=False) as session:
            if in_line and self.engine.dialect.name == "postgresql":
                session.execute(IN_LINE)
            result = work(session)
            try:
                session.commit()
            except UNREACHABLE as error:
                if error.connection_invalidated:
                    # Nobody knows whether it was committed: doing it again could do it twice.
                    log.error("connection lost at the commit: %s", type(error.orig).__name__)
                    raise OutcomeUnknownError from error
                raise
            return result

    def _incident(self, fault: FaultedError) -> ProcessIncidentError:
        with Session(self.engine) as session:
            record_incident(session, self.env, fault)
            session.commit()
        return answer_to(fault)

    @staticmethod
    def _unavailable(error: DBAPIError) -> UnavailableError:
        log.error("database unavailable: %s", type(error.orig).__name__)
        return UnavailableError()


def _worth_retrying(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated:
        return True
    return state in _SERIALIZATION_STATES or "database is locked" in str(error.orig)
