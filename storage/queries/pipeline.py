"""PostgreSQL's side of ``batch``: statements that the server knows by name, in one packet, and their answers.

The driver would make a cursor for each statement, count and look it up, and hand each to the socket by itself, which is
a fourth of the processor time of a completed task. How values, rows and errors are read and written is still its own.
"""

from collections.abc import Generator, Sequence
from itertools import count
from typing import Any

from psycopg import Error, OperationalError, abc, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus

_NUMBERS = count()


class Text:
    """The text of a statement, and the name under which a server knows it once a connection has told it.

    ``formats`` says of each parameter how it is written: as text, whose type the server knows from the statement.
    """

    __slots__ = ("formats", "name", "text")

    def __init__(self, text: str, formats: Sequence[PyFormat]) -> None:
        self.text = text.encode()
        self.formats = formats
        self.name = b"tuntas_%d" % next(_NUMBERS)


Rows = list[tuple[Any, ...]]
Run = tuple[Text, Sequence[Any]]
BEGIN = Text("BEGIN", ())


def run(driver: Any, known: set[bytes], runs: Sequence[Run]) -> list[tuple[Rows, int]]:
    """Run statements in order on a connection of psycopg, in one round trip: the rows of each, and how many it met.

    ``known`` are the names that the server at the other end knows, and grows. Raises the driver's error for the first
    statement that was refused; the server passes over those that follow it.
    """
    wire, values = driver.pgconn, Transformer(driver)
    # A value that cannot be written is refused here, before anything is said.
    written = [(text, values.dump_sequence(given, text.formats), values.formats) for text, given in runs]
    wire.enter_pipeline_mode()
    try:
        told = _write(wire, known, written)
        results = driver.wait(_results(wire, len(told) + 1))
    except BaseException:
        # Nobody knows where this conversation stands: it is not to be continued.
        wire.finish()
        raise
    if wire.status == ConnStatus.OK:
        wire.exit_pipeline_mode()
    answers = []
    for name, result in zip(told, results, strict=False):
        if result.status == ExecStatus.FATAL_ERROR:
            raise _error(driver, result)
        if name is None:
            answers.append(_answer(values, result))
        elif name:
            known.add(name)
    return answers


def _write(wire: Any, known: set[bytes], written: Sequence[tuple[Text, Any, Any]]) -> list[bytes | None]:
    """Put all into the buffer of the connection. Of each part: the name that it makes known, if any; None for runs."""
    told: list[bytes | None] = []
    for text, arguments, formats in written:
        name = text.name
        if name not in known and name not in told:
            # The server may know it after all: it is asked to forget it first, which is never refused.
            wire.send_close_prepared(name)
            wire.send_prepare(name, text.text)
            told += (b"", name)
        wire.send_query_prepared(name, arguments, formats)
        told.append(None)
    wire.pipeline_sync()
    return told


def _results(wire: Any, wanted: int) -> Generator[Any, Any, list[Any]]:
    """What the driver waits for, as its own generators do: the result of each part, and of the end."""
    yield from generators.send(wire)
    found: list[Any] = []
    while len(found) < wanted:
        try:
            found += yield from generators.fetch_many(wire)
        except OperationalError:
            # The server ended the conversation; mostly it said why before.
            if not any(result.status == ExecStatus.FATAL_ERROR for result in found):
                raise
            break
    return found


def _error(driver: Any, result: Any) -> Error:
    error = error_from_result(result, driver.info.encoding)
    if isinstance(error, FeatureNotSupported | InvalidSqlStatementName):
        # A migration changed what a statement answers that was made known before, or made the driver forget it.
        driver.pgconn.finish()
    return error


def _answer(values: abc.Transformer, result: Any) -> tuple[Rows, int]:
    if result.status != ExecStatus.TUPLES_OK:
        return [], result.command_tuples or 0
    values.set_pgresult(result)
    return values.load_rows(0, result.ntuples, tuple), result.ntuples
