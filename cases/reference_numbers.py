"""Gives out the numbers of public references, year by year without a gap: a range of them for many cases at once."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from cases.case_reference import format_reference
from cases.environment import Environment
from storage.tables import ReferenceCounter


def next_reference(session: Session, env: Environment, received_at: datetime) -> str:
    """The next reference of the year in which the complaint reached the body. One statement."""
    year = _year(env, received_at)
    return format_reference(env.office_code, year, _count_on(session, year, 1))


class References:
    """References for the cases of one lot, reserved at once; whoever wants one of the same years waits for the commit.

    One statement for each year, and another where not all were used.
    """

    def __init__(self, session: Session, env: Environment, receipts: Iterable[datetime]) -> None:
        self._session = session
        self._env = env
        self._left: dict[int, range] = {}
        # In order, so that two lots that want the same years cannot wait for each other.
        for year, number in sorted(Counter(_year(env, at) for at in receipts).items()):
            last = _count_on(session, year, number)
            self._left[year] = range(last - number + 1, last + 1)

    def first(self, received_at: datetime) -> str:
        """The reference that is next in the year of the receipt, until it is ``used``."""
        year = _year(self._env, received_at)
        return format_reference(self._env.office_code, year, self._left[year][0])

    def used(self, received_at: datetime) -> None:
        """A case has the first one."""
        year = _year(self._env, received_at)
        self._left[year] = self._left[year][1:]

    def give_back(self) -> None:
        """Let the next case have what was reserved and not used."""
        for year, left in self._left.items():
            if left:
                _count_on(self._session, year, -len(left))


def _year(env: Environment, received_at: datetime) -> int:
    return received_at.astimezone(env.zone).year


def _count_on(session: Session, year: int, number: int) -> int:
    """Move the counter of a year and answer the last number that is given out."""
    count = (
        update(ReferenceCounter)
        .where(ReferenceCounter.year == year)
        .values(last=ReferenceCounter.last + number)
        .returning(ReferenceCounter.last)
    )
    last = session.scalar(count)
    if last is None:
        # Two first cases of a year at once: the second insert breaks the key and the whole work starts anew.
        session.execute(insert(ReferenceCounter).values(year=year, last=number))
        return number
    return last
