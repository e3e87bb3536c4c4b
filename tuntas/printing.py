"""Prints letters that cases asked for: read, set, store, and only then a row, each in its own time."""

import logging
from collections.abc import Mapping
from typing import Any

from cases.errors import ConflictError
from cases.letters.keep import (
    StoredSheet,
    discard_sheets,
    keep_letter,
    note_failure,
    sheets_of,
    store_sheet,
)
from cases.letters.press import LetterFailedError, Press
from tuntas.config import ROOT
from tuntas.office import Tuntas

LETTERS = ROOT / "letters"
PRESS = Press(LETTERS)
"""One press serves the whole process; its typesetter starts with the first letter."""

log = logging.getLogger("tuntas.printing")


def print_letter(office: Tuntas, payload: Mapping[str, Any], *, press: Press = PRESS) -> None:
    """Print the letter of an outbox message, unless it is kept already. Safe to repeat at every point.

    No transaction is open while the letter is set and stored. A letter that cannot be set becomes an incident of
    its case and is tried again like every message; what the object store raises when it is away passes on.
    """
    env, letter_id = office.env, str(payload["letter"])
    try:
        sheets = office.work.read(lambda session: sheets_of(session, env, letter_id))
        printed = [(sheet, press.print(sheet.kind.key, sheet.data, at=sheet.at)) for sheet in sheets]
    except Exception as error:
        cause = (
            f"{type(error).__name__}: {error}"
            if isinstance(error, LetterFailedError)
            else type(error).__name__
        )
        log.warning("letter %s not printed: %s", letter_id, type(error).__name__)
        office.work.write(lambda session: note_failure(session, env, letter_id, cause))
        raise
    stored = tuple(store_sheet(env, sheet, pdf) for sheet, pdf in printed)
    if stored:
        keep_printed(office, letter_id, stored)


def keep_printed(office: Tuntas, letter_id: str, stored: tuple[StoredSheet, ...]) -> None:
    """Keep what was printed, or remove it; after a commit of which nobody knows it stays, and is swept if need be."""
    env = office.env
    try:
        kept = office.work.write(lambda session: keep_letter(session, env, letter_id, stored))
    except ConflictError:
        discard_sheets(env, stored)
        raise
    if not kept:
        discard_sheets(env, stored)
