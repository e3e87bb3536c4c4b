"""Which case the running action is about, by its reference: for the log, which must not say more than that."""

from contextvars import ContextVar

_SUBJECT: ContextVar[str | None] = ContextVar("subject", default=None)


def subject() -> str | None:
    """The reference of the case that this thread works on, if any."""
    return _SUBJECT.get()


def about(reference: str | None) -> None:
    """From here on the action is about this case, or about none."""
    _SUBJECT.set(reference)
