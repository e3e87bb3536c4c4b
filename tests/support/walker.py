"""Lives in an office at random, by tasks, messages, commands and time, and asks what must hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.actions.protect import protect
from cases.actions.reclassify import reclassify
from cases.actions.requests import start_request
from cases.case_parts import waiting_messages
from cases.complainants import prove_ownership
from cases.errors import CaseError, NotFoundError
from cases.forms import Form, FormField, FormInvalidError, Option, load_form
from cases.inbox import get_task, task_rows
from cases.messages import send_message
from cases.model import (
    PUBLIC,
    SYSTEM,
    Actor,
    CaseClass,
    Channel,
    Kind,
    NewComplaint,
    Priority,
    Sensitivity,
    TaskRow,
)
from cases.office_choices import form_options
from cases.policy import potential_owner
from cases.register import register_complaint
from cases.tasks import complete_task
from storage.tables import (
    Case,
    Deadline,
    Escalation,
    Incident,
    ProcessInstance,
    Subscription,
    Timer,
    Unit,
    User,
    UserTask,
)
from support.office import Desk, actor_named

T = TypeVar("T")
Draw = Callable[[Sequence[Any]], Any]
"""Chooses one of several."""

ATTEMPTS = 25
"""Fillings of a form that a rule may refuse (an accused unit, a parent that is closed) before it is a fault."""


@dataclass(frozen=True)
class Usual:
    """A task as if nobody were complained about: who would usually do it."""

    role: str
    unit_id: str | None
    unit_path: str | None = None
    case_class: str | None = None
    sensitivity: str = "normal"
    accused_user_id: str | None = None
    accused_unit_id: str | None = None


@dataclass
class Walker:
    """One walk: some cases, and whoever works in the office."""

    desk: Desk
    draw: Draw
    people: Sequence[Actor]
    cases: list[str] = field(default_factory=list)
    secrets: dict[str, Actor] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)

    def register(self) -> None:
        """A complaint of any kind arrives on any channel."""
        new = NewComplaint(
            title="Aduan acak",
            text="Isi aduan yang cukup panjang.",
            kind=self.draw(list(Kind)),
            channel=self.draw([Channel.WEB, Channel.LETTER, Channel.FRONT_DESK, Channel.LAPOR]),
            name=self.draw([None, "Budi Contoh"]),
            anonymous=self.draw([False, True]),
            confidential=self.draw([False, True]),
            priority=self.draw([Priority.NORMAL, Priority.NORMAL, Priority.EMERGENCY]),
        )
        by = PUBLIC if new.channel is Channel.WEB else SYSTEM
        done = self._write(lambda session: register_complaint(session, self.env, new, by=by))
        self.cases.append(done.case.id)
        reference, secret = done.case.reference, done.secret or ""
        self.secrets[done.case.id] = self._write(
            lambda session: prove_ownership(session, self.env, reference, secret)
        )
        self.note("register", new.kind.value, new.priority.value)

    def work(self) -> bool:
        """Somebody completes one of the open tasks; False when there is none."""
        tasks = self.open_tasks()
        if not tasks:
            return False
        self.complete(self.draw(tasks))
        return True

    def complete(self, task: TaskRow) -> None:
        """Whoever may do it fills the form in at random until the rules accept it."""
        # Others stand in: the inspectorate in the restricted lane, whoever is above when the usual one is accused.
        usual = Usual(task.role, task.unit_id)
        first = [person for person in self.people if potential_owner(self.env, person, usual)]
        others = [person for person in self.people if person not in first]
        refusals: list[str] = []
        while (owners := first or others) and len(refusals) < ATTEMPTS:
            person = self.draw(owners)
            try:
                decision = self._try(task, person)
            except NotFoundError:
                owners.remove(person)
            except CaseError as refusal:
                refusals.append(f"{type(refusal).__name__} {getattr(refusal, 'errors', '')}")
            else:
                self.note(task.element_id, str(decision))
                return
        raise AssertionError(f"nobody can complete {task.element_id}: {refusals[-3:]}\n{self.story()}")

    def _try(self, task: TaskRow, person: Actor) -> Any:
        """One filling of the form by one person; what they decided."""
        view = self._read(lambda session: get_task(session, self.env, task.id, by=person))
        if "complete" not in view.may:
            raise NotFoundError
        options = self._read(lambda session: dict(form_options(session, self.env, view.ruleset)))
        values = self.fill(view.form, options)
        self._write(lambda session: complete_task(session, self.env, task.id, values, by=person))
        return values.get("decision")

    def fill(self, form: Form, options: Mapping[str, Sequence[Option]]) -> dict[str, Any]:
        """Values that the form itself accepts."""
        values: dict[str, Any] = {}
        for entry in form.fields:
            if entry.shown_when and values.get(entry.shown_when[0]) not in entry.shown_when[1]:
                continue
            if entry.required or entry.shown_when or self.draw([False, True]):
                values[entry.name] = self.value(entry, options)
        for condition in form.conditions:
            if condition.holds(values):
                named = {entry.name: entry for entry in form.fields}
                values.update(
                    {
                        name: self.value(named[name], options)
                        for name in condition.required
                        if name not in values
                    }
                )
        return {name: value for name, value in values.items() if value is not None}

    def value(self, entry: FormField, options: Mapping[str, Sequence[Option]]) -> Any:
        """Something of the field's type."""
        if entry.case_field == "parent_reference":
            return self.draw(self._references())
        choices = [option.value for option in entry.options or options.get(entry.options_from or "", ())]
        if entry.multiple:
            first = self.draw(range(len(choices))) if choices else 0
            return (choices[first:] + choices[:first])[: self.draw([2, 1])] or None
        if choices:
            return self.draw(choices)
        return self.draw([True, False]) if entry.type == "boolean" else self._written(entry)

    def _written(self, entry: FormField) -> Any:
        """What is typed rather than chosen."""
        if entry.type in ("integer", "number"):
            return int(entry.minimum if entry.minimum is not None else 1)
        if entry.widget in ("date", "datetime-local"):
            return self.day().isoformat() + ("T09:00" if entry.widget == "datetime-local" else "")
        return "Teks yang cukup panjang untuk isian ini."[: entry.max_length or 200]

    def say(self) -> bool:
        """The complainant or an officer sends something that a process waits for; False when none waits."""
        case_id = self.draw(self.cases)
        admin, owner = actor_named(self.desk.office, "admin.instansi"), self.secrets[case_id]
        senders = ("complainant", "officer")
        waiting = self._read(lambda session: waiting_messages(session, self.env, case_id, senders))
        if not waiting:
            return False
        name = self.draw(waiting)
        by = owner if self.env.reference.messages[name] == "complainant" else admin
        raw = self.env.reference.message_forms.get(name)
        values = self.fill(load_form(f"complainant/{name}", raw), {}) if raw else {}
        try:
            self._write(lambda session: send_message(session, self.env, case_id, name, values, by=by))
        except (NotFoundError, FormInvalidError):
            return False
        self.note("say", name)
        return True

    def command(self) -> None:
        """Something that may happen at any time; a refusal is an answer."""
        case_id = self.draw(self.cases)
        admin = actor_named(self.desk.office, "admin.instansi")
        env, why = self.env, "Alasan yang jelas."
        acts: dict[str, Callable[[Session], Any]] = {
            "reclassify": lambda s: reclassify(
                s, env, case_id, reason=why, by=admin, case_class=self.draw(list(CaseClass))
            ),
            "protect": lambda s: protect(
                s, env, case_id, reason=why, by=admin, sensitivity=Sensitivity.SENSITIVE
            ),
            "ombudsman": lambda s: start_request(s, env, case_id, kind="ombudsman", number="1/ORI", by=admin),
        }
        name = self.draw(sorted(acts))
        try:
            self._write(acts[name])
        except CaseError as refusal:
            self.note(name, "refused", type(refusal).__name__)
        else:
            self.note(name)

    def rest(self, hours: int) -> None:
        """Time passes."""
        self.desk.pass_time(self.desk.clock.now() + timedelta(hours=hours))
        self.note("rest", str(hours))

    def day(self) -> date:
        """The present local day."""
        return self.desk.clock.now().astimezone(self.env.zone).date()

    def open_tasks(self) -> list[TaskRow]:
        """Every open task of the walk's cases, in a fixed order."""
        condition = UserTask.case_id.in_(self.cases) & (UserTask.state == "open")
        rows = self._read(lambda session: task_rows(session, self.env, condition))
        return sorted(
            rows, key=lambda row: (self.cases.index(row.case_id), row.element_id, row.created_at, row.id)
        )

    def note(self, *words: str) -> None:
        """Remember what was done, for whoever must understand a failure."""
        self.trace.append(" ".join(words))

    def story(self) -> str:
        """What was done, and where the cases stand."""
        columns = (Case.reference, Case.stage, Case.case_class, Case.outcome, Unit.code, Case.accused_user_id)
        stands = self._rows(select(*columns).outerjoin(Unit, Unit.id == Case.accused_unit_id), Case.id)
        tasks = [f"{task.reference} {task.element_id}" for task in self.open_tasks()]
        return "\n".join([*self.trace, *map(str, stands), *tasks])

    def check(self) -> None:
        """Nothing failed, and no open case is without something that will happen to it.

        The worker looks first, as it does in an office all the time: a clock may be late from the moment it begins.
        """
        self.desk.worker.run_until_idle()
        incidents = self._rows(select(Incident.element_id, Incident.cause), Incident.case_id)
        assert incidents == [], f"{incidents}\n{self.story()}"
        for case_id in self.open_cases():
            found = self._read(lambda session, case_id=case_id: something_awaits(session, case_id))  # type: ignore[misc]
            assert found, f"{case_id} is stuck\n{self.story()}"
        due = self._rows(select(Case.id, Case.stage, Case.due_at), Case.id)
        still_due = [row.id for row in due if row.stage == "closed" and row.due_at is not None]
        assert still_due == [], f"{still_due} are closed and still due\n{self.story()}"

    def open_cases(self) -> list[str]:
        """Those that are not closed yet."""
        stages = dict(tuple(row) for row in self._rows(select(Case.id, Case.stage), Case.id))
        return [case_id for case_id in self.cases if stages[case_id] != "closed"]

    def missed_clocks(self) -> list[str]:
        """Clocks that ran out without anybody being told."""
        raised = {
            (row.case_id, row.clock)
            for row in self._rows(
                select(Escalation.case_id, Escalation.clock, Escalation.level), Escalation.case_id
            )
            if row.level >= 1
        }
        missed = []
        rules = self._read(self.env.rulesets.active).clocks
        for row in self._rows(select(*Deadline.__table__.columns), Deadline.case_id):
            ended = row.stopped_at or self.desk.clock.now()
            told = row.breached_at is not None if row.law else (row.case_id, row.clock) in raised
            watched = rules[row.clock].on_expiry.startswith(("escalate", "flag"))
            if watched and row.due_at is not None and row.due_at < ended and not told:
                missed.append(f"{row.clock} due {row.due_at} ended {ended}")
        return missed

    def unended(self) -> list[str]:
        """Process instances of closed cases that still run although they do not outlive their case."""
        rows = self._rows(
            select(ProcessInstance.process_id, ProcessInstance.status, ProcessInstance.deployment_hash),
            ProcessInstance.case_id,
        )
        return [
            row.process_id
            for row in rows
            if row.status == "running"
            and not self.env.deployments.get(row.deployment_hash).processes[row.process_id].outlives_case
        ]

    @property
    def env(self) -> Any:
        """The office's surroundings."""
        return self.desk.office.env

    def _references(self) -> list[str]:
        return [row.reference for row in self._rows(select(Case.reference, Case.id), Case.id)]

    def _rows(self, query: Any, case_id: Any) -> list[Any]:
        return self._read(
            lambda session: list(session.execute(query.where(case_id.in_(self.cases)).order_by(case_id)))
        )

    def _read(self, work: Callable[[Session], T]) -> T:
        return self.desk.office.work.read(work)

    def _write(self, work: Callable[[Session], T]) -> T:
        return self.desk.office.work.write(work)


def something_awaits(session: Session, case_id: str) -> bool:
    """Whether a task, a message or a timer can still move the case."""
    waits = (
        select(UserTask.id).where(UserTask.case_id == case_id, UserTask.state == "open"),
        select(Subscription.task_id).where(
            Subscription.case_id == case_id, Subscription.message != "withdraw"
        ),
        select(Timer.task_id).where(Timer.case_id == case_id, Timer.failed.is_(False)),
    )
    return any(session.execute(query.limit(1)).first() for query in waits)


def everybody(desk: Desk) -> list[Actor]:
    """Everybody who works in the fictional regency, in a fixed order."""
    names = desk.office.work.read(
        lambda session: list(session.scalars(select(User.username).order_by(User.username)))
    )
    return [actor_named(desk.office, name) for name in names]
