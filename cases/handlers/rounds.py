"""Handlers of a round of follow-up: what the office promises while it works."""

from collections.abc import Mapping

from sqlalchemy import select

from cases.deadlines.promises import promise
from cases.handlers.base import Handler
from cases.rules.handling import FINAL
from cases.work import CaseWork, RunningInstance
from engine.model import Data
from storage.tables import CaseText

ASKED_IN = "work_on_complaint"
"""The task in which the worker asks and gives the reason."""


def promise_extension(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Promise an answer so many working days from today, for the reason that the worker gave.

    A promise beside the final clock, which keeps its date: escalations and breaches stay where they are.
    """
    today = work.calendar.local_day(work.now)
    promise(work, FINAL, work.calendar.shift(today, int(arguments["days"])), _reason(work, instance))


def _reason(work: CaseWork, instance: RunningInstance) -> str:
    """What the worker wrote when asking for the extension."""
    asked = (
        select(CaseText.text)
        .where(
            CaseText.instance_id == instance.id, CaseText.kind == "reason", CaseText.element_id == ASKED_IN
        )
        .order_by(CaseText.at.desc(), CaseText.id.desc())
        .limit(1)
    )
    return work.session.scalar(asked) or ""


HANDLERS: Mapping[str, Handler] = {"promise_extension": promise_extension}
