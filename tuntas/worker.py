"""The worker: fires timers, raises alerts, carries out jobs, delivers the outbox. Any number may run on PostgreSQL."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from cases.actions.erase import TOPIC as FILES_ERASED
from cases.actions.erase import delete_objects
from cases.deadlines.alerts import postpone_next_alert, raise_next_alert
from cases.deadlines.recalculation import recalculate_next, reopen_overtaken, skip_case
from cases.due import Due, find_due, next_due
from cases.errors import CaseError, ConflictError, ProcessIncidentError
from cases.handing_back import hand_back
from cases.idempotency import forget_answers
from cases.incidents.redoing import settle_overtaken
from cases.jobs import ClaimedJob, claim_job, fail_job, finish_job
from cases.letters.request import TOPIC as LETTER_REQUESTED
from cases.limits import forget_windows
from cases.operations import work_off_operation
from cases.outbox import (
    Outgoing,
    children_of,
    claim_outgoing,
    give_back,
    settle_delivered,
    settle_outgoing,
    tell_child,
)
from cases.register import begin_postponed
from cases.reports.schedule import postpone_start, start_next
from cases.timers import LOT, fire_due_timers, postpone_next_timer
from storage.objects.errors import ObjectStoreError
from tuntas.acts import observed
from tuntas.heartbeat import Heartbeat
from tuntas.office import Tuntas
from tuntas.partitions import be_ready
from tuntas.printing import print_letter
from tuntas.receiver import Journal, Receiver
from tuntas.sweep import sweep_lately
from tuntas.wake import Ear

log = logging.getLogger("tuntas.worker")
TIDY = 3600.0
SWEEP_AGAIN = 60.0
"""Seconds until a store is swept that was away when it should have been."""
SETTLE = 60.0
LETTERS = 5
REST = 1.0
"""Seconds between two looks at an idle database."""


class Worker:
    """One worker on one database. ``run`` returns soon after ``stop`` was set."""

    def __init__(self, tuntas: Tuntas, receiver: Receiver | None = None, *, prints: bool = True) -> None:
        """``prints`` False leaves letters to another worker: seeding must not wait for hundreds of them."""
        self.tuntas = tuntas
        self.receiver = receiver or Journal()
        self.prints = prints
        self.stop = threading.Event()
        self.rest = REST
        self._tidy_next = 0.0
        self._settle_next = 0.0
        self._lot = LOT

    def run(self) -> None:
        """Work until told to stop. An error of the surroundings is logged and tried again; nothing is lost."""
        log.info("worker started")
        ear, heart = Ear(self.tuntas.work.engine), Heartbeat(self.tuntas)
        ear.open()
        while not self.stop.is_set():
            try:
                heart.beat()
                self._tidy()
                self._settle()
                busy = self.run_once()
            except CaseError as error:
                log.warning("worker: %s", type(error).__name__)
                busy = False
            except Exception:
                log.exception("worker: unexpected error")
                busy = False
            if not busy:
                ear.rest(self.stop, self._rest())
        ear.close()
        heart.end()
        log.info("worker stopped")

    def run_once(self) -> bool:
        """Do what is due now: at most a lot of timers, an alert, a job, a batch of messages. False: there was nothing.

        While deadlines are counted anew no timer fires and no alert is raised: it may be that they should not, yet.
        """
        office = self.tuntas
        due = office.work.read(lambda session: find_due(session, office.env))
        clocks = self._do("recalculation", self._recalculate) if due.recalculation else self._clocks(due)
        started = due.starts and self._do("start", self._start)
        worked = due.jobs and self._do("job", self._job)
        sent = due.messages and self._do("messages", self._send)
        mended = due.operations and self._operate()
        return clocks or started or worked or sent or mended

    def _do(self, name: str, act: Callable[[], bool]) -> bool:
        """One act, measured: how long it took and how many statements it sent."""
        with observed(name, self.tuntas.config):
            return act()

    def run_until_idle(self) -> None:
        """Do everything that is due: for tests, imports and seeding on a virtual clock."""
        while self.run_once():
            pass

    def _tidy(self) -> None:
        """Once an hour: forget answers and request counts that nobody can ask for any more, give back tasks.

        Look also whether the calendar changed behind a command's back, for objects that no case names, and whether
        the coming months have their partitions.
        """
        if time.monotonic() < self._tidy_next:
            return
        self._tidy_next = time.monotonic() + TIDY
        work, env = self.tuntas.work, self.tuntas.env
        work.write(lambda session: forget_answers(session, env))
        work.write(lambda session: forget_windows(session, env))
        work.write(lambda session: hand_back(session, env))
        work.write(lambda session: reopen_overtaken(session, env))
        try:
            sweep_lately(self.tuntas)
        except ObjectStoreError as error:
            log.warning("sweep put off: %s", type(error).__name__)
            self._tidy_next = time.monotonic() + SWEEP_AGAIN
        be_ready(work.engine, env.clock.now())

    def _settle(self) -> None:
        """Once a minute: incidents whose task was completed or cancelled meanwhile are over."""
        if time.monotonic() < self._settle_next:
            return
        self._settle_next = time.monotonic() + SETTLE
        work, env = self.tuntas.work, self.tuntas.env
        work.write(lambda session: settle_overtaken(session, env))

    def _clocks(self, due: Due) -> bool:
        fired = due.timers and self._do("timer", self._fire)
        raised = due.alerts and self._do("alert", self._alert)
        return fired or raised

    def _recalculate(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        try:
            # Complaints that waited for the calendar come first: they have no dates at all.
            if work.write(lambda session: begin_postponed(session, env)):
                return True
            return work.write(lambda session: recalculate_next(session, env))
        except ProcessIncidentError:
            work.write(lambda session: skip_case(session, env))
            raise

    def _alert(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        try:
            return work.write(lambda session: raise_next_alert(session, env))
        except ConflictError:
            work.write(lambda session: postpone_next_alert(session, env))
            return True

    def _start(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        try:
            return work.write(lambda session: start_next(session, env))
        except ProcessIncidentError:
            work.write(lambda session: postpone_start(session, env))
            raise

    def _fire(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        try:
            fired = work.write(lambda session: fire_due_timers(session, env, most=self._lot))
        except ConflictError:
            # Which of a lot it was is not known: fire them one by one, until one that stands alone meets conflicts.
            if self._lot == 1:
                work.write(lambda session: postpone_next_timer(session, env))
            self._lot = 1
            return True
        self._lot = LOT
        return fired > 0

    def _operate(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        return work.write(lambda session: work_off_operation(session, env))

    def _job(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        job = work.write(lambda session: claim_job(session, env))
        if job is None:
            return False
        try:
            self._carry_out(job)
        except Exception as error:
            log.warning("job %s failed: %s", job.handler, type(error).__name__)
            reason = type(error).__name__
            work.write(lambda session: fail_job(session, env, job, reason))
            return True
        work.write(lambda session: finish_job(session, env, job, {}))
        return True

    def _carry_out(self, job: ClaimedJob) -> None:
        self.receiver.deliver(f"job:{job.handler}", dict(job.arguments), key=job.id)

    def _send(self) -> bool:
        work, env = self.tuntas.work, self.tuntas.env
        messages = work.write(lambda session: claim_outgoing(session, env))
        if not messages and self.prints:
            # A few at a time: a pile of letters must not hold up what has a time.
            messages = work.write(lambda session: claim_outgoing(session, env, slow=True, limit=LETTERS))
        results = self._deliver_in_time(messages)

        def settle(session: Session) -> None:
            settle_delivered(session, env, [message for message, error in results if error is None])
            for message, error in results:
                if error is not None:
                    settle_outgoing(session, env, message, error=error)
            give_back(session, env, messages[len(results) :])

        if results:
            work.write(settle)
        return bool(results)

    def _deliver_in_time(self, messages: Sequence[Outgoing]) -> list[tuple[Outgoing, str | None]]:
        """As many as can be delivered while they surely are this worker's; the others are not tried.

        Before a slow receiver, workers would else take a row of messages from each other and note none of them.
        """
        clock, results = self.tuntas.env.clock, []
        until = clock.now() + self.tuntas.env.lease / 2
        for message in messages:
            results.append((message, self._deliver(message)))
            if clock.now() >= until:
                break
        return results

    def _deliver(self, message: Outgoing) -> str | None:
        try:
            if message.topic == "case:closed" and message.case_id:
                self._tell_children(message.case_id)
            if message.topic == LETTER_REQUESTED:
                print_letter(self.tuntas, message.payload)
            if message.topic == FILES_ERASED:
                delete_objects(self.tuntas.env, message.payload)
            self.receiver.deliver(message.topic, message.payload, key=message.id)
        except Exception as error:
            log.warning("outbox %s not delivered: %s", message.topic, type(error).__name__)
            return type(error).__name__
        return None

    def _tell_children(self, case_id: str) -> None:
        work, env = self.tuntas.work, self.tuntas.env
        for child in work.read(lambda session: children_of(session, case_id)):
            work.write(lambda session, child=child: tell_child(session, env, child))  # type: ignore[misc]

    def _rest(self) -> float:
        try:
            due = self.tuntas.work.read(next_due)
        except CaseError:
            return self.rest * 5
        if due is None:
            return self.rest
        return max(0.05, min(self.rest, (due - datetime.now(UTC)).total_seconds()))
