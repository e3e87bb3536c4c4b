"""Acts on many cases at once, all suspended, all resumed, while the workers that carry them out are killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import cycle

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.incidents.asked import Act, Mending
from cases.model import SYSTEM, Channel, NewComplaint
from cases.operations import Target, begin_operation
from cases.register import register_complaint
from crash.violation import Violation
from storage.tables import HistoryEntry, Operation, ProcessDefinition
from support.office import actor_named
from support.own_process import STUCK, deploy_drawn, start_beside
from tuntas.office import Tuntas

TAGS = {Act.SUSPEND: "case:case:suspended", Act.RESUME: "case:case:resumed"}


class Crowd:
    """Some cases that nobody else touches, on which a process of its own runs beside."""

    def __init__(self, office: Tuntas, number: int) -> None:
        self.office = office
        self._acts = cycle(TAGS)
        deploy_drawn(office, STUCK)
        self.cases = [self._case(f"Kerumunan {one}") for one in range(number)]
        self.definition_id = office.work.read(
            lambda session: session.scalars(
                select(ProcessDefinition.id).where(ProcessDefinition.key == STUCK.split()[0])
            ).one()
        )

    def turn(self) -> None:
        """Ask for the next act on all of them, unless the workers are still at the one before."""
        if self.unfinished():
            return
        env, by = self.office.env, actor_named(self.office, "administrator")
        asked, target = Mending(next(self._acts), "Uji."), Target(definition_id=self.definition_id)
        self.office.work.write(lambda session: begin_operation(session, env, target, asked, by=by))

    def unfinished(self) -> int:
        """How many acts the workers are still at."""
        query = select(func.count()).select_from(Operation).where(Operation.finished_at.is_(None))
        return self.office.work.read(lambda session: session.scalar(query) or 0)

    def passed(self) -> int:
        """How many cases the workers have passed with the newest act."""
        query = select(Operation.done).order_by(Operation.id.desc()).limit(1)
        return self.office.work.read(lambda session: session.scalar(query) or 0)

    def audit(self) -> list[Violation]:
        """Every act passed each case once, and says so."""
        return self.office.work.read(lambda session: list(self._look(session)))

    def _look(self, session: Session) -> Iterator[Violation]:
        rows = session.execute(select(*Operation.__table__.columns).order_by(Operation.id)).all()
        for row in rows:
            if (row.total, row.done, row.failed) != (len(self.cases), len(self.cases), 0):
                told = f"{row.done} of {row.total} done, {row.failed} failed: {row.last_error}"
                yield Violation("bulk act", f"{row.act} of {len(self.cases)} cases: {told}")
        acts = Counter(row.act for row in rows)
        for act, tag in TAGS.items():
            query = select(HistoryEntry.case_id).where(HistoryEntry.tag == tag)
            found = Counter(session.scalars(query))
            for case_id in self.cases:
                if found[case_id] != acts[act]:
                    yield Violation(
                        "bulk act", f"{act} came to {case_id} {found[case_id]} of {acts[act]} times"
                    )

    def _case(self, title: str) -> str:
        new = NewComplaint(title=title, text="Isi.", name="Budi", channel=Channel.LETTER)
        env = self.office.env
        done = self.office.work.write(lambda session: register_complaint(session, env, new, by=SYSTEM))
        start_beside(self.office, done.case.id, STUCK.split()[0])
        return done.case.id
