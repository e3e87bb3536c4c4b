"""The words that a ruleset may use: events, ends of a clock, processes, and what its decision tables ask and answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from cases.model import CaseClass, Kind, Outcome, Sensitivity, Stage, Status
from engine.vocabulary import vocabulary

EVENTS = frozenset(vocabulary().events)
"""What happens to a case or in a process beside it, as far as a clock can start or stop with it."""

STAGE_OF_EVENT: Mapping[str, Stage] = MappingProxyType(
    {
        "completion_requested_at": Stage.AWAITING_COMPLETION,
        "referred_at": Stage.AWAITING_REFERRAL,
        "submitted_at": Stage.AWAITING_APPROVAL,
    }
)
"""The stage in which a case is after an event: a clock that starts there and pauses there never runs."""

LADDERED = ("escalate", "escalate_breach", "escalate_above_superior", "flag_breach")
ON_EXPIRY = frozenset({*LADDERED, "withdrawn_unless_oversight", "auto_closed", "remind", "admin_decides"})
"""What follows when a clock runs out; those of the ladder alert people, the others are drawn in a diagram."""

PROCESSES = frozenset(
    {
        "complaint",
        "data_subject_request",
        "information_request",
        "intake",
        "monthly_report",
        "ombudsman",
        "oversight",
        "referral",
        "response_round",
        "unit_follow_up",
    }
)
"""The processes that the product ships; those that an office deployed are known too."""

LIMITS = ("rounds", "returns")
MARKS = ("LAW", "SRC", "INFER")

RECIPIENTS = frozenset(
    {
        "owner",
        "superior",
        "above_superior",
        "head_of_unit",
        "coordinating_admin",
        "regional_secretary",
        "leadership",
    }
)
VISIBILITIES = frozenset({"public", "limited", "restricted"})
"""Who may see a case: everybody its public part, nobody outside the office, or the restricted lane alone."""
APPROVERS = frozenset({"superior", "higher_superior", "inspectorate", "information_officer"})
"""Who approves the answer: the author's superior, that one's own, or who examines or informs for the office."""
ROUTES = frozenset({"none", "superior", "parent_unit", "regional_secretary", "inspectorate"})
"""Where a case about somebody must go: to nobody in particular, to the officer's superior, to the unit above ..."""
FORBIDDEN = frozenset({"nobody", "officer", "unit"})
"""Who may never see it: the officer alone, or the unit with everything below it."""
ACCUSED = frozenset({"officer", "unit", "head"})


class Answer(StrEnum):
    """What an output column of a decision table holds."""

    WORD = "word"
    WORDS = "words"
    """Words in one text, with commas between them."""
    UNIT = "unit"
    """The code of a unit, or None."""
    YES_NO = "yes_no"
    WHOLE = "whole"
    COUNT = "count"
    """A whole number from 0."""
    TEXT = "text"
    """Any text, or None."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output column that ``cases`` reads."""

    answer: Answer
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TableShape:
    """What ``cases`` gives a decision table, by name, and what it reads from it."""

    inputs: Mapping[str, frozenset[str] | None]
    """The words of each input; None when they are free."""
    outputs: Mapping[str, Output] = field(default_factory=dict)


def _words(values: type[StrEnum]) -> frozenset[str]:
    return frozenset(one.value for one in values)


NOTHING = "none"
"""In place of a notice: the complainant is told nothing."""
TABLES: Mapping[str, TableShape] = MappingProxyType(
    {
        "handling": TableShape(
            {"case_class": _words(CaseClass), "sensitivity": _words(Sensitivity), "kind": _words(Kind)},
            {
                "handling_process": Output(Answer.WORD, PROCESSES),
                "final_clock": Output(Answer.TEXT),
                "visibility": Output(Answer.WORD, VISIBILITIES),
                "approver": Output(Answer.WORD, APPROVERS),
            },
        ),
        "routing": TableShape({"category": None, "area": None}, {"lead_unit": Output(Answer.UNIT)}),
        "conflict": TableShape(
            {"accused_kind": ACCUSED, "case_class": _words(CaseClass)},
            {
                "mandatory_route": Output(Answer.WORD, ROUTES),
                "forbidden": Output(Answer.WORD, FORBIDDEN),
            },
        ),
        "archive_policy": TableShape(
            {"outcome_reason": None},
            {"second_approval": Output(Answer.YES_NO), "notice": Output(Answer.TEXT)},
        ),
        "escalation_ladder": TableShape(
            {"on_expiry": ON_EXPIRY, "level": None},
            {"offset": Output(Answer.WHOLE), "recipients": Output(Answer.WORDS, RECIPIENTS)},
        ),
        "retention": TableShape(
            {"case_class": _words(CaseClass), "outcome": _words(Outcome)}, {"years": Output(Answer.COUNT)}
        ),
        "lapor_status": TableShape(
            {"stage": _words(Stage), "outcome": _words(Outcome)},
            {"lapor_status": Output(Answer.WORD, _words(Status))},
        ),
        "lapor_category": TableShape({"category": None}, {"lapor_category": Output(Answer.TEXT)}),
    }
)
"""The tables that every ruleset holds, by decision id."""
