"""Sets an office on fire: continuous load, one fault after another, then rest, a sweep and the audit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cases.model import SYSTEM
from cases.tokens import create_token
from crash.audit import Violation, audit
from crash.clients import PEOPLE, Client
from crash.faults import drawn, rest
from crash.ledger import Ledger
from crash.receiver import Outside, outside
from crash.site import Site, small_disk
from storage.tables import Case, OutboxMessage, Timer
from support.office import config_for
from support.processes import wait_until
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.sweep import sweep

CLIENTS = 4
SECONDS = 2.0
"""How long one run lasts, its fault included."""


@dataclass
class Outcome:
    """What a round brought."""

    violations: list[Violation] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    effects: int = 0
    deliveries: int = 0
    swept: int = 0
    answers: Counter[str] = field(default_factory=Counter)


@dataclass
class Fire:
    """One office, its people and what is done to them."""

    office: Tuntas
    site: Site
    world: Outside
    ledger: Ledger
    rng: Random
    sweeps: bool = True
    outcome: Outcome = field(default_factory=Outcome)

    @contextmanager
    def load(self) -> Iterator[None]:
        """Let the clients work while the block lasts."""
        tokens = _tokens(self.office)
        clients = [
            Client(number, self.site.ports, tokens, self.ledger, Random(self.rng.random()))
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            for client in clients:
                client.over.set()
            for client in clients:
                client.join()

    def run(self) -> None:
        """One fault at a random moment of about two seconds of load."""
        ends = time.monotonic() + SECONDS
        before = self.rng.uniform(0.1, 0.9)
        fault, lot = drawn(self.rng), Random(self.rng.random())
        rest(before)
        self.hurry_timers()
        fault(self.site, lot)
        self.outcome.faults[fault.__name__] += 1
        rest(max(0.1, ends - time.monotonic()))
        # Without anybody who answers the next fault would meet no work.
        wait_until(self.site.any_answers, "a web process", seconds=90)

    def hurry_timers(self) -> None:
        """Time passes for a few complaints that wait for the complainant's word, while an officer may enter it."""
        waiting = (
            select(Timer.task_id)
            .join(Case, Case.id == Timer.case_id)
            .where(Case.stage == "responded", Timer.due_at > datetime.now(UTC))
            .limit(3)
        )

        def hurry(session: Session) -> None:
            ids = session.scalars(waiting).all()
            due = datetime.now(UTC) + timedelta(seconds=0.3)
            session.execute(update(Timer).where(Timer.task_id.in_(ids)).values(due_at=due))

        self.office.work.write(hurry)

    def come_to_rest(self) -> None:
        """Let the workers finish what there is, without faults, and stop everybody."""
        self.site.end_webs()
        self.office.work.write(_no_waiting)
        wait_until(lambda: not self._waiting(), "an empty outbox", seconds=300)
        self.site.end()
        if self.sweeps:
            swept = sweep(self.office, since=None, before=datetime.now(UTC) + timedelta(hours=1))
            self.outcome.swept = len(swept.orphans)

    def judge(self) -> Outcome:
        """Audit, and sum up."""
        outcome = self.outcome
        outcome.violations = audit(self.office, self.ledger, self.world)
        outcome.acknowledged = self.ledger.acknowledged
        outcome.effects = len(self.world.effects)
        outcome.deliveries = self.world.deliveries.total()
        outcome.answers = self.ledger.statuses
        return outcome

    def _waiting(self) -> int:
        query = select(func.count()).select_from(OutboxMessage)
        open_ones = query.where(OutboxMessage.delivered_at.is_(None), OutboxMessage.failed.is_(False))

        def look(session: Session) -> int:
            due = (
                select(func.count()).select_from(Timer).where(Timer.due_at < datetime.now(UTC), ~Timer.failed)
            )
            return (session.scalar(open_ones) or 0) + (session.scalar(due) or 0)

        number = self.office.work.read(look)
        if number:
            self.office.work.write(_no_waiting)
        return number


@contextmanager
def on_fire(
    url: str, folder: Path, seed: int, *, sabotage: Callable[[], None] | None = None
) -> Iterator[Fire]:
    """Start an office on a database that was founded, with its receiver and its disk."""
    rng = Random(seed)
    with small_disk(folder), outside(Random(rng.random())) as world:
        site = Site(url, folder, world.url, sabotage)
        engine = make_engine(url)
        office = build(config_for(url, folder, object_store=f"file://{site.objects}"), engine)
        try:
            site.start()
            yield Fire(office, site, world, Ledger(), rng)
        finally:
            site.end()
            engine.dispose()


def _no_waiting(session: Session) -> None:
    """Messages that were refused need not wait for their turn, once the fire is out."""
    late = (OutboxMessage.delivered_at.is_(None)) & OutboxMessage.lease.is_(None)
    session.execute(update(OutboxMessage).where(late).values(run_at=datetime.now(UTC)))


def _tokens(office: Tuntas) -> Mapping[str, str]:
    def make(session: Session) -> dict[str, str]:
        return {
            person: create_token(session, office.env, person, "crash", by=SYSTEM, expires_at=None)
            for person in PEOPLE
        }

    return office.work.write(make)
