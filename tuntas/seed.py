"""The living office: a fictional regency whose cases ran through the real process under a virtual clock."""

import heapq
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from cases.actions.requests import start_request, tell_request
from cases.complainants import prove_ownership
from cases.deadlines.alerts import raise_next_alert
from cases.due import next_due
from cases.environment import Environment
from cases.errors import CaseError, ProcessIncidentError
from cases.inbox import task_rows
from cases.messages import send_message
from cases.model import (
    SYSTEM,
    Actor,
    ActorKind,
    CaseClass,
    CaseSummary,
    Channel,
    Grant,
    Kind,
    NewComplaint,
    Priority,
    Stage,
    TaskRow,
)
from cases.policy import OWNER_COLUMNS, potential_owner, visible_tasks
from cases.ports import FixedClock
from cases.register import register_complaint
from cases.reports.schedule import start_next
from cases.tasks import complete_task
from cases.timers import fire_due_timers
from storage.database import hurried
from storage.tables import Case, Role, Unit, User, UserTask
from tuntas.config import ROOT
from tuntas.found import OFFICE_FILE, found_office
from tuntas.office import Tuntas
from tuntas.seed_answers import BESIDE, CLASSES, Story, answer, deal_fates, reaction
from tuntas.worker import Worker

COMPLAINTS_FILE = ROOT / "reference" / "sample-complaints.json"
DAYS = 75
SEED = 20260316
BETWEEN_DELIVERIES = 50
"""After about so many events the outbox is delivered: merged cases hear of their parent, receivers of everything."""


def seed_office(office: Tuntas, *, cases: int, progress: Callable[[int, int], None]) -> None:
    """Found the office and let it live for eleven weeks up to now."""
    end = office.env.clock.now()
    clock = FixedClock(end - timedelta(days=DAYS))
    past = office.with_clock(clock)
    with hurried(office.work.engine):
        found_office(past)
        Life(past, clock, end, cases, progress).live()


_TASK = (
    select(UserTask.state, UserTask.role, UserTask.unit_id, *OWNER_COLUMNS)
    .join(Case, Case.id == UserTask.case_id)
    .where(UserTask.id == bindparam("task_id"))
)


_FOUR_EYES = {
    "approve_response": "draft_response",
    "approve_by_higher_superior": "draft_response",
    "decide": "examine",
}
"""Tasks that somebody else must do than the task beside them."""


@dataclass(order=True, slots=True)
class Event:
    """Something that will happen; ``number`` keeps the order of events at the same instant."""

    at: datetime
    number: int
    act: Callable[[], None] = field(compare=False)


class Life:
    """Runs the office from its founding to the present: complaints arrive, people work, some are late."""

    def __init__(
        self,
        office: Tuntas,
        clock: FixedClock,
        end: datetime,
        cases: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self.office = office
        self.clock = clock
        self.end = end
        self.total = cases
        self.progress = progress
        self.rng = Random(SEED)  # noqa: S311
        self.fates = deal_fates(self.rng)
        self.events: list[Event] = []
        self.numbers = count()
        self.worker = Worker(office, prints=False)
        self.stories: dict[str, Story] = {}
        self.secrets: dict[str, tuple[str, str]] = {}
        self.planned: set[str] = set()
        self.samples = json.loads(COMPLAINTS_FILE.read_text(encoding="utf-8"))["complaints"]
        self.people = office.work.read(_people)
        self.inspectors = tuple(str(who.id) for who in self.people if who.has("inspectorate"))
        self.routes = json.loads(OFFICE_FILE.read_text(encoding="utf-8"))["routing"]
        self.last_reference: str | None = None
        self.registered = 0

    def live(self) -> None:
        """Everything until now, in the order in which it happens."""
        start = self.clock.now()
        span = (self.end - start).total_seconds()
        for _ in range(self.total):
            # More complaints lately than long ago, so that every stage is busy at the end.
            moment = start + timedelta(seconds=span * (1 - self.rng.random() ** 1.4))
            self._at(min(self._office_hour(moment), self.end), self._register)
        while self.events and self.events[0].at <= self.end:
            event = heapq.heappop(self.events)
            self._run_timers(event.at)
            self.clock.set(event.at)
            self._act(event)
            if next(self.numbers) % BETWEEN_DELIVERIES == 0:
                self.worker.run_until_idle()
        self._run_timers(self.end)
        self.worker.run_until_idle()
        self.progress(self.registered, self.total)

    def _act(self, event: Event) -> None:
        """Let it happen; when the case went another way meanwhile, it does not, as in life."""
        try:
            event.act()
        except ProcessIncidentError:
            raise
        except CaseError:
            return

    def _at(self, at: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self.events, Event(at, next(self.numbers), act))

    def _after(self, hours: float, act: Callable[[], None]) -> None:
        self._at(self._office_hour(self.clock.now() + timedelta(hours=hours)), act)

    def _office_hour(self, at: datetime) -> datetime:
        """The same moment, or the next one at which an office is open."""
        local = at.astimezone(self.office.env.zone)
        if not 8 <= local.hour < 16:
            local = local.replace(hour=8, minute=self.rng.randrange(60)) + timedelta(days=local.hour >= 16)
        while local.weekday() >= 5:
            local += timedelta(days=1)
        return local.astimezone(UTC)

    def _run_timers(self, until: datetime) -> None:
        work, env = self.office.work, self.office.env
        due = work.read(next_due)
        if due is None or due > until:
            return
        while due is not None and due <= until:
            self.clock.set(due)
            # One kind after the other; whichever is due moves the next moment on.
            acts: tuple[Callable[[Session, Environment], int], ...]
            acts = (fire_due_timers, raise_next_alert, start_next)
            if not any(work.write(partial(_at_work, act, env)) for act in acts):
                raise LookupError(f"nothing in the living office does what is due at {due.isoformat()}")
            due = work.read(next_due)
        self._plan_everything()

    def _register(self) -> None:
        fate = next(self.fates)
        fitting = [one for one in self.samples if CLASSES.get(fate) in (None, one["case_class"])]
        sample = self.rng.choice(fitting)
        story = self._story(fate, sample)
        emergency = story.fate == "emergency"
        new = NewComplaint(
            title=sample["title"],
            text=sample["text"],
            kind=Kind(sample["kind"]),
            channel=Channel.TELEPHONE if emergency else Channel(self.rng.choice(_CHANNELS)),
            priority=Priority.EMERGENCY if emergency else Priority.NORMAL,
            lead_unit=story.unit if emergency and self.rng.random() < 0.5 else None,
            place=sample.get("place"),
            category=sample["category"],
            event_on=(self.clock.now() - timedelta(days=self.rng.randrange(1, 6))).date(),
            anonymous=self.rng.random() < 0.15,
            confidential=sample["case_class"] == "oversight",
            name=self.rng.choice(_NAMES),
            address="Desa Sukamaju",
            phone="+62 800 0000 0000",
        )
        env = self.office.env
        done = self.office.work.write(lambda session: register_complaint(session, env, new, by=SYSTEM))
        self.registered += 1
        self.progress(self.registered, self.total)
        self.stories[done.case.id] = story
        if done.secret:
            self.secrets[done.case.id] = (done.case.reference, done.secret)
        self._follow(done.case)
        if story.fate not in ("merged", "archived"):
            self.last_reference = done.case.reference
        if story.fate == "withdrawn":
            self._after(self.rng.uniform(10, 60), lambda: self._say(done.case.id, "withdraw", {}))
        elif story.fate in BESIDE:
            self._after(self.rng.uniform(20, 80), lambda: self._ask(done.case.id, BESIDE[story.fate]))

    def _story(self, fate: str, sample: dict[str, Any]) -> Story:
        return Story(
            fate=fate,
            slowness=self.rng.choice((0.4, 0.7, 1.0, 1.0, 1.6, 3.0, 6.0)),
            unit=self._route(sample["category"]),
            category=sample["category"],
            case_class=CaseClass(sample["case_class"]).value,
            parent=self.last_reference,
            support=self.rng.choice(sorted(set(self.routes.values()))),
            team=self.inspectors,
        )

    def _route(self, category: str) -> str:
        """The lead unit for a category, or for the nearest category above it that has one."""
        code: str | None = category
        while code is not None:
            if code in self.routes:
                return str(self.routes[code])
            known = self.office.env.reference.categories.get(code)
            code = known.parent if known else None
        raise LookupError(f"no unit of the living office takes {category!r}")

    def _follow(self, case: CaseSummary) -> None:
        """Plan whatever has to be done next about a case."""
        for task in case.next_tasks:
            self._plan(task)
        story = self.stories[case.id]
        if case.stage is Stage.RESPONDED:
            said = reaction(story, self.rng)
            if said:
                self._after(self.rng.uniform(12, 120), lambda: self._say(case.id, *said))
        elif case.stage is Stage.AWAITING_COMPLETION and story.fate == "completed":
            message = {"message": "Lokasinya di dekat balai desa, RT 03 RW 02."}
            self._after(self.rng.uniform(20, 200), lambda: self._say(case.id, "completion", message))
        elif case.stage is Stage.AWAITING_REFERRAL and story.fate in ("referred", "referral_rejected"):
            answer = "referral_accepted" if story.fate == "referred" else "referral_rejected"
            self._after(self.rng.uniform(20, 70), lambda: self._say(case.id, answer, {}))

    def _plan(self, task: TaskRow) -> None:
        if task.id in self.planned:
            return
        self.planned.add(task.id)
        hours = self.rng.uniform(2, 28) * self.stories[task.case_id].slowness
        self._after(hours, lambda: self._complete(task))

    def _plan_everything(self) -> None:
        """A timer may have opened tasks that no answer told about."""
        env = self.office.env
        rows = self.office.work.read(lambda session: task_rows(session, env, UserTask.state == "open"))
        for task in rows:
            self._plan(task)

    def _complete(self, task: TaskRow) -> None:
        env, story = self.office.env, self.stories[task.case_id]
        person = self._somebody_for(task)
        if person is None:
            return
        if story.fate == "merged" and not self._may_be_parent(story.parent):
            story.parent = None
        data = answer(story, task.form_key, self.rng)
        story.did[task.element_id] = str(person.id)
        if data.get("decision") == "not_our_authority":
            data["referred_to"] = self.rng.choice(sorted(env.reference.referral_bodies))
        self._follow(
            self.office.work.write(lambda session: complete_task(session, env, task.id, data, by=person))
        )

    def _somebody_for(self, task: TaskRow) -> Actor | None:
        """Whoever may own the task, while it is open; whoever wrote a draft does not approve it."""

        row = self.office.work.read(lambda session: session.execute(_TASK, {"task_id": task.id}).one())
        if row.state != "open":
            return None
        other = self.stories[task.case_id].did.get(_FOUR_EYES.get(task.element_id, ""))
        restricted = "oversight" in (row.case_class, row.sensitivity)
        able = [
            person
            for person in self.people
            if person.id != other
            and potential_owner(self.office.env, person, row)
            and not (restricted and self._is_hidden(task, person))
        ]
        if not able:
            raise LookupError(
                f"nobody in the living office can do {task.element_id} ({task.role}, {task.unit_name})"
            )
        return self.rng.choice(able)

    def _may_be_parent(self, reference: str | None) -> bool:
        """Whether a complaint can still be merged into this one."""
        stage = select(Case.stage).where(Case.reference == reference, Case.parent_id.is_(None))
        found = self.office.work.read(lambda session: session.scalar(stage))
        return found is not None and found != Stage.CLOSED

    def _is_hidden(self, task: TaskRow, person: Actor) -> bool:
        """Whether a case of the restricted lane was handed on, so that this person no longer sees it."""
        seen = (
            select(UserTask.id)
            .join(Case)
            .where(UserTask.id == task.id, visible_tasks(self.office.env, person))
        )
        return self.office.work.read(lambda session: session.scalar(seen)) is None

    def _say(self, case_id: str, message: str, data: dict[str, Any]) -> None:
        env = self.office.env
        reference, secret = self.secrets[case_id]

        def work(session: Session) -> CaseSummary:
            by = prove_ownership(session, env, reference, secret)
            sender = by if not message.startswith("referral") else SYSTEM
            return send_message(session, env, case_id, message, data, by=sender)

        self._follow(self.office.work.write(work))

    def _ask(self, case_id: str, kind: str) -> None:
        """Something is asked for beside the complaint; the Ombudsman may take the case over some days later."""
        work, env = self.office.work, self.office.env
        number = f"B/{self.registered}/ORI" if kind == "ombudsman" else None
        request = work.write(
            lambda session: start_request(session, env, case_id, kind=kind, number=number, by=SYSTEM)
        )
        self._plan_everything()
        if self.stories[case_id].fate == "taken_over":
            self._after(self.rng.uniform(40, 120), lambda: self._take_over(case_id, request.id))

    def _take_over(self, case_id: str, request_id: str) -> None:
        work, env, message = self.office.work, self.office.env, "ombudsman_took_over"
        work.write(lambda session: tell_request(session, env, case_id, request_id, message, by=SYSTEM))


def _at_work(act: Callable[[Session, Environment], int], env: Environment, session: Session) -> bool:
    return act(session, env) > 0


def _people(session: Session) -> list[Actor]:
    query = select(User.id, User.name, Role.role, Role.unit_id, Unit.path).join(Role, Role.user_id == User.id)
    grants: dict[tuple[str, str], list[Grant]] = {}
    for row in session.execute(query.join(Unit, Unit.id == Role.unit_id).order_by(User.username)):
        grants.setdefault((row.id, row.name), []).append(Grant(row.role, row.unit_id, row.path))
    return [Actor(ActorKind.USER, user_id, name, tuple(held)) for (user_id, name), held in grants.items()]


_CHANNELS = ("web", "web", "web", "front_desk", "whatsapp", "telephone")
_NAMES = (
    "Siti Contoh",
    "Budi Contoh",
    "Dewi Contoh",
    "Agus Contoh",
    "Rina Contoh",
    "Joko Contoh",
    "Ani Contoh",
    "Made Contoh",
)
