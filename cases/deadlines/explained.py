"""The dates of a case, each with the reasons for it: counted once more from what is stored, and compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.case_parts import list_deadlines
from cases.deadlines import wording
from cases.deadlines.calendar import Calendar, CalendarGapError
from cases.deadlines.counting import Pause, count
from cases.deadlines.explain import Explanation, explain
from cases.deadlines.pauses import SUSPENDED, list_pauses, pauses_of
from cases.environment import Environment
from cases.errors import NotFoundError
from cases.ids import known_id
from cases.model import Actor, ActorKind, CaseView, DeadlineView, PlainDeadline
from cases.policy import facts_columns, facts_of, visible_cases
from cases.read_log import note_read
from cases.rules.model import Ruleset
from engine.model import Text
from storage.tables import Case

_HELD_UP = Text(id="Kasus tersendat di pihak kantor", en="Case held up by the office")
"""Why a clock did not count while the complainant could not be heard."""
UNKNOWN = Text(
    id="Aturan kasus ini tidak memuat batas waktu tersebut, sehingga tanggalnya tidak dapat dihitung ulang.",
    en="The rules of this case do not have this time limit, so that its date cannot be counted again.",
)


@dataclass(frozen=True, slots=True)
class ExplainedDeadline:
    """One clock of a case with the reasons for its date."""

    deadline: DeadlineView
    explanation: Explanation | None
    """None when the date cannot be counted again; ``remark`` says why."""
    first: bool
    """The one that is due before all others that run: the deadline of the case."""
    remark: Text | None = None
    """What is wrong: the stored date and the counted one differ, or nothing could be counted."""

    @property
    def agrees(self) -> bool:
        """Whether the stored date is the one that the reasons lead to."""
        return self.remark is None


def explain_case(
    session: Session, env: Environment, case_id: str, *, by: Actor
) -> tuple[ExplainedDeadline, ...]:
    """Every clock of a case that runs or ran, with its reasons: the running ones first, by date.

    Three statements, two or three more when this process meets a ruleset or a calendar for the first time, one for a
    case of the restricted lane, whose reads are noted. Raises NotFoundError for a case that the actor does not see.
    """
    row = session.execute(
        select(Case.ruleset, Case.ruleset_version, *facts_columns(env, by)).where(
            Case.id == known_id(case_id), visible_cases(env, by)
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError
    if by.kind is ActorKind.USER and facts_of(row).oversight:
        note_read(session, env, case_id, "deadlines", by=by)
    ruleset = env.rulesets.get(session, row.ruleset, row.ruleset_version)
    return explain_deadlines(session, env, case_id, list_deadlines(session, env, case_id), ruleset)


def explain_view(session: Session, env: Environment, case: CaseView) -> tuple[ExplainedDeadline, ...]:
    """The same for a case that was read already: asks no permission and notes no read."""
    ruleset = env.rulesets.get(session, case.ruleset, case.ruleset_version)
    return explain_deadlines(session, env, case.row.id, case.deadlines, ruleset)


def explain_deadlines(
    session: Session, env: Environment, case_id: str, deadlines: Sequence[DeadlineView], ruleset: Ruleset
) -> tuple[ExplainedDeadline, ...]:
    """The deadlines of a case with their reasons. Asks no permission; one statement, one more for unmet calendars."""
    if not deadlines:
        return ()
    pauses = list_pauses(session, case_id)
    calendars = env.calendars.several(session, {one.calendar_version for one in deadlines})
    first = _first(deadlines)
    found = [
        _explained(env, one, ruleset, calendars, pauses, first=one.id == first)
        for one in sorted(deadlines, key=lambda one: one.stopped_at is not None)
    ]
    return tuple(found)


def plain_deadlines(
    explained: Sequence[ExplainedDeadline], ruleset: Ruleset, *, guarded: bool
) -> tuple[PlainDeadline, ...]:
    """What the complainant is told of the clocks that run; of a ``guarded`` case only the law's and the final one."""
    told = []
    for one in explained:
        rule = ruleset.clocks.get(one.deadline.clock)
        if rule is None or one.explanation is None or one.deadline.stopped_at is not None or rule.internal:
            continue
        if guarded and not (rule.law or rule.key.startswith("final_")):
            continue
        told.append(
            PlainDeadline(
                clock=rule.key,
                label=rule.label,
                text=one.explanation.summary,
                due_on=one.deadline.due_on,
                paused=one.deadline.paused,
                law=rule.law,
            )
        )
    return tuple(told)


def _first(deadlines: Sequence[DeadlineView]) -> str | None:
    running = [(one.due_at, one.id) for one in deadlines if one.due_at is not None and one.stopped_at is None]
    return min(running)[1] if running else None


def _explained(
    env: Environment,
    deadline: DeadlineView,
    ruleset: Ruleset,
    calendars: Mapping[int, Calendar],
    pauses: Sequence[Pause],
    *,
    first: bool,
) -> ExplainedDeadline:
    rule, calendar = ruleset.clocks.get(deadline.clock), calendars.get(deadline.calendar_version)
    if rule is None or calendar is None:
        return ExplainedDeadline(deadline, None, first, UNKNOWN)
    try:
        held = _as_they_were(pauses_of(rule, pauses), deadline)
        counted = count(rule, deadline.started_at, calendar, held, extended=deadline.extended)
        explanation = explain(
            rule,
            counted,
            calendar,
            ruleset,
            pauses=held,
            extended=deadline.extended,
            stages={**env.reference.stages, SUSPENDED: _HELD_UP},
        )
    except CalendarGapError as error:
        return ExplainedDeadline(deadline, None, first, _gap(error))
    return ExplainedDeadline(deadline, explanation, first, _difference(deadline, explanation, calendar))


def _as_they_were(pauses: Sequence[Pause], deadline: DeadlineView) -> tuple[Pause, ...]:
    """The pauses that had begun when the clock stopped, one that held it then still open; all of them while it runs."""
    stopped_at, held = deadline.stopped_at, deadline.due_at is None
    if stopped_at is None:
        return tuple(pauses)
    known = [one for one in pauses if one.start < stopped_at or (held and one.start == stopped_at)]
    return tuple(
        Pause(one.start, None, one.stage)
        if one.end is None or one.end > stopped_at or (held and one.end == stopped_at)
        else one
        for one in known
    )


def _difference(deadline: DeadlineView, explanation: Explanation, calendar: Calendar) -> Text | None:
    if deadline.due_at == explanation.due_at:
        return None
    stored, counted = (
        Text("dijeda", "paused") if at is None else wording.moment(at, calendar.zone)
        for at in (deadline.due_at, explanation.due_at)
    )
    return wording.filled(
        "Tanggal yang tersimpan ({stored}) berbeda dari hasil hitung ulang ({counted}). Beri tahu administrator.",
        "The stored date ({stored}) differs from the one counted again ({counted}). Tell the administrator.",
        stored=stored,
        counted=counted,
    )


def _gap(error: CalendarGapError) -> Text:
    return Text(
        f"Kalender versi {error.version} tidak mencakup {error.day.isoformat()}. Administrator perlu menambahkan "
        f"tahun {error.day.year}.",
        f"Calendar version {error.version} does not cover {error.day.isoformat()}. The administrator needs to add "
        f"the year {error.day.year}.",
    )
