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
from crash.audit import audit
from crash.bulk import Crowd
from crash.clients import PEOPLE, Client
from crash.faults import drawn
from crash.ledger import Ledger
from crash.log import told, unstructured
from crash.pause import rest
from crash.receiver import Outside, outside
from crash.site import STARTS_WITHIN, WEBS, WORKERS, Site
from crash.stores import Store, small_disk
from crash.violation import Violation
from storage.tables import Case, OutboxMessage, Timer
from support.office import config_for
from support.processes import wait_until
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.sweep import sweep

CLIENTS = 4
SECONDS = 2.0
"""How long one run lasts, its fault included."""
STUCK = 60.0
"""After so many seconds without any progress nobody waits for the workers any more."""


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
    log: Counter[str] = field(default_factory=Counter)
    """How many lines of each level and logger."""


@dataclass
class Fire:
    """One office, its people and what is done to them."""

    office: Tuntas
    site: Site
    world: Outside
    ledger: Ledger
    rng: Random
    crowd: Crowd | None = None
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
        if self.crowd is not None:
            self.crowd.turn()
        fault(self.site, lot)
        self.outcome.faults[fault.__name__] += 1
        rest(max(0.1, ends - time.monotonic()))
        # Without anybody who answers the next fault would meet no work.
        wait_until(self.site.any_answers, "a web process", seconds=STARTS_WITHIN)

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
        self._let_finish()
        self.site.end()
        if self.sweeps:
            swept = sweep(self.office, since=None, before=datetime.now(UTC) + timedelta(hours=1))
            self.outcome.swept = len(swept.orphans)

    def judge(self) -> Outcome:
        """Audit, and sum up."""
        outcome = self.outcome
        outcome.violations = audit(self.office, self.ledger, self.world)
        if self.crowd is not None:
            outcome.violations += self.crowd.audit()
        if self.site.stubborn:
            many = f"{self.site.stubborn} processes did not end by themselves when they were asked to"
            outcome.violations.append(Violation("stubborn process", many))
        outcome.violations += unstructured(self.site.log)
        outcome.log = told(self.site.log)
        outcome.acknowledged = self.ledger.acknowledged
        outcome.effects = len(self.world.effects)
        outcome.deliveries = self.world.deliveries.total()
        outcome.answers = self.ledger.statuses
        return outcome

    def _let_finish(self) -> None:
        """Wait while the workers get on with what waits; the audit names what they left."""
        least, since = self._waiting(), time.monotonic()
        while least and time.monotonic() < since + STUCK:
            rest(0.3)
            left = self._waiting()
            if left < least:
                least, since = left, time.monotonic()

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
        return number + (self.crowd.unfinished() if self.crowd is not None else 0)


@dataclass
class Ground:
    """What an office under fire stands on; without a store it has a small disk."""

    url: str
    folder: Path
    store: Store | None = None
    crash_database: Callable[[], None] | None = None
    webs: int = WEBS
    workers: int = WORKERS
    crowd: int = 0
    """How many cases are acted on together."""
    sabotage: Callable[[], None] | None = None


@contextmanager
def on_fire(ground: Ground, seed: int) -> Iterator[Fire]:
    """Start an office on a database that was founded, with its receiver and its store."""
    rng = Random(seed)
    with small_disk(ground.folder) as disk, outside(Random(rng.random())) as world:
        store = ground.store or disk
        site = Site(
            ground.url, ground.folder, world.url, store, ground.crash_database, sabotage=ground.sabotage
        )
        engine = make_engine(ground.url)
        office = build(config_for(ground.url, ground.folder, object_store=store.address), engine)
        try:
            crowd = Crowd(office, ground.crowd) if ground.crowd else None
            site.start(ground.webs, ground.workers)
            yield Fire(office, site, world, Ledger(), rng, crowd)
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
