"""What the engine refuses, one class per reason; the docstring is the default message."""

from engine.model import Finding, Text


class EngineError(Exception):
    """The process engine refused the command."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class DeploymentRefusedError(EngineError):
    """The set was not deployed. Mend the findings and deploy again."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__()


class TaskNotReadyError(EngineError):
    """The task is not open: it was completed or cancelled before. Load the case again."""


class NotWaitingError(EngineError):
    """Nothing waits for this message, timer or job any more. It can be dropped."""


class RefusedError(EngineError):
    """What was asked for cannot be done in this way. ``text`` says why and what to do, in both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


class ActivityRefusedError(RefusedError):
    """The activity cannot be moved or skipped in this way. Choose another one, or another element."""


class StateUnreadableError(EngineError):
    """The stored state cannot be read with this deployment. An administrator must look at the case."""


class ProcessFaultError(EngineError):
    """The process failed at an element. Its state is unchanged; an incident tells what to mend."""

    def __init__(self, element_id: str | None, cause: str) -> None:
        self.element_id = element_id
        self.cause = cause
        super().__init__(f"{element_id or 'process'}: {cause}")


class LimitExceededError(ProcessFaultError):
    """The step ran into a cap. Look for a loop without an exit in the diagram."""


class DataRefusedError(RefusedError):
    """The data cannot become process data. Use other names, and JSON values only."""
