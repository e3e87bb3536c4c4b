"""What a handler is: a function that changes the case within the step that called it, and may ask for another move."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cases.work import CaseWork, RunningInstance
from engine.model import Data, StartProcess


@dataclass(frozen=True, slots=True)
class Deliver:
    """A handler asks to send a message to another process of the same case, after this step."""

    message: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CloseCase:
    """A handler asks to close the case with an outcome, after this step, whatever its main process does."""

    outcome: str


Request = StartProcess | Deliver | CloseCase
Handler = Callable[[CaseWork, RunningInstance, Data], Request | None]
