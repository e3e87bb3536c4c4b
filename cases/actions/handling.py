"""Who handles a case follows from class, sensitivity and kind: when these change under way, the handling changes too.

The main process keeps waiting where it waits; only what runs for the handling is stopped and begun anew.
"""

from dataclasses import dataclass

from cases.deadlines.events import final_clock, start
from cases.rules.handling import handling_rule
from cases.runtime import move, outlives_case, start_process
from cases.work import CaseWork, RunningInstance
from engine.model import CancelInstance

FINISHED = "handling_finished"
"""What the main process waits for while a case is handled."""


@dataclass(frozen=True, slots=True)
class Handling:
    """Which process handles the case, and which instance waits for its end."""

    process: str
    main_id: str


def handling_of(work: CaseWork) -> Handling | None:
    """The handling that a case like this one has; None while its main process does not wait for one."""
    waiting = work.find_waiting(FINISHED)
    if waiting is None:
        return None
    return Handling(handling_rule(work.rules, work.case).process, waiting[0])


def follow_handling(work: CaseWork, before: Handling | None, *, anew: bool = False) -> dict[str, str]:
    """Stop the handling that no longer fits and start the one that does; what history is to say about it.

    Nothing happens when there is none, or when the same process may go on; ``anew`` begins even that again.
    """
    after = handling_of(work)
    if before is None or after is None or (before == after and not anew):
        return {}
    for instance in _running(work, after):
        move(work, instance, CancelInstance(reason=f"handled by {after.process} now"))
    _stop_waiting_clocks(work)
    start_process(work, after.process, {})
    return {"handling": after.process}


def _running(work: CaseWork, handling: Handling) -> list[RunningInstance]:
    """What runs for the handling: all but the process that waits for it and what outlives the case."""
    return [
        instance
        for instance in work.running_instances()
        if instance.id != handling.main_id and not outlives_case(work, instance)
    ]


def _stop_waiting_clocks(work: CaseWork) -> None:
    """Clocks that a stopped diagram waited for stop; a case that was answered already is to be answered again."""
    for row in work.deadlines.running():
        if row.instance_id is None and work.rules.clocks[row.clock].waits:
            work.deadlines.stop(*row.key)
    rule = work.rules.clocks[final_clock(work)]
    if work.deadlines.find(rule.key) is None:
        work.set(responded_at=None)
        start(work, rule, work.case["received_at"])
