"""How log lines look: text or JSON, with the reference of the case, never with what somebody wrote or who they are."""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from cases.subject import subject

LIBRARY_LOGGERS = (
    "spiff",
    "spiff.task",
    "spiff.workflow",
    "spiff.data",
    "spiff.dmn",
    "spiff.engine",
    "alembic",
)


def set_up_logging(level: str, form: str) -> None:
    """Log to standard error as the settings say, unless somebody listens already."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.addFilter(_note_subject)
        handler.setFormatter(JsonLines() if form == "json" else TextLines())
        root.addHandler(handler)
        root.setLevel(level)
    for name in LIBRARY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What it warns of when a connection is lost is raised as well, and logged once by whoever catches it.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def details(**values: Any) -> dict[str, Any]:
    """Figures beside a message: ``log.info("...", extra=details(statements=6))``."""
    return {"details": values}


class _Careful(logging.Formatter):
    """Says of an error where it happened and of which class it is: its text may hold what somebody wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        kind: type[BaseException] | None = ei[0]
        return "\n".join([*_places(ei[2]), kind.__name__ if kind else "no error"])


class TextLines(_Careful):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s%(beside)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.beside = "".join(f" {name}={value}" for name, value in _beside(record).items())
        return super().formatMessage(record)


class JsonLines(_Careful):
    """One JSON object for each line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
            **_beside(record),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"error": record.exc_info[0].__name__, "stack": _places(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False, default=str)


def _note_subject(record: logging.LogRecord) -> bool:
    """Keep the case that the thread works on: the line may be written by another one."""
    record.case = subject()
    return True


def _beside(record: logging.LogRecord) -> dict[str, Any]:
    case = getattr(record, "case", None) or subject()
    return {**({"case": case} if case else {}), **getattr(record, "details", {})}


def _places(trace: TracebackType | None) -> list[str]:
    """Files, lines and functions on the way to an error; no values, no text."""
    return [f"{place.filename}:{place.lineno} {place.name}" for place in traceback.extract_tb(trace)]
