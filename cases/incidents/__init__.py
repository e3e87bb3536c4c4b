"""Incidents: commands that failed inside a process. The case is unchanged; somebody looks at it and gets it moving."""

from cases.incidents.faults import (
    MAX_ATTEMPTS,
    RETRY,
    FaultedError,
    answer_to,
    calendar_gap,
    faults,
    one_more_conflict,
)
from cases.incidents.recording import record_incident

__all__ = [
    "MAX_ATTEMPTS",
    "RETRY",
    "FaultedError",
    "answer_to",
    "calendar_gap",
    "faults",
    "one_more_conflict",
    "record_incident",
]
