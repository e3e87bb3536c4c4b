"""How every act on a case begins and ends: permission, reason, version seen; then write and answer."""

from sqlalchemy.orm import Session

from cases.case_fields import add_texts
from cases.environment import Environment
from cases.errors import RefusedByRuleError, StaleError
from cases.forms import FormText
from cases.ids import known_id
from cases.model import Actor, CaseSummary, Stage
from cases.policy import require
from cases.runtime import run_queue
from cases.summary import write_and_summarise
from cases.work import CaseWork
from engine.model import Text
from storage.tables import CaseText

LONGEST_REASON = 2000


def begin(
    session: Session, env: Environment, case_id: str, act: str, reason: str, *, by: Actor, version: int | None
) -> tuple[CaseWork, str]:
    """The case to work on and the id of the text that keeps the reason.

    Raises NotFoundError (unknown, or not the actor's to do), StaleError, RefusedByRuleError without a reason.
    """
    work = load(session, env, case_id, act, by=by, version=version)
    return work, keep_reason(work, reason)


def load(
    session: Session, env: Environment, case_id: str, act: str, *, by: Actor, version: int | None
) -> CaseWork:
    """The case to work on. Raises NotFoundError and StaleError."""
    case_id = known_id(case_id)
    require(session, env, case_id, act, by=by)
    work = CaseWork.load(session, env, case_id, by=by)
    if version is not None and version != work.case["version"]:
        raise StaleError
    return work


def finish(work: CaseWork) -> CaseSummary:
    """Carry out what the act asked for, write everything, and answer where the case stands."""
    run_queue(work)
    return write_and_summarise(work)


def refuse_closed(work: CaseWork) -> None:
    """Raise RefusedByRuleError for a case that is closed."""
    if work.case["stage"] == Stage.CLOSED:
        raise RefusedByRuleError(
            Text(
                id="Kasus ini sudah ditutup. Buka kembali lebih dahulu bila masih ada yang harus dilakukan.",
                en="This case is closed. Re-open it first if there is more to be done.",
            )
        )


def refuse_unchanged() -> None:
    """Raise RefusedByRuleError because nothing would change."""
    raise RefusedByRuleError(
        Text(
            id="Tidak ada yang berubah. Pilih nilai lain, atau batalkan.",
            en="Nothing would change. Choose another value, or leave it.",
        )
    )


def keep_reason(work: CaseWork, reason: str) -> str:
    """Keep the reason as a text beside the case, which history names by its id; answers that id.

    Raises RefusedByRuleError for an empty one.
    """
    reason = reason.strip()
    if not reason:
        raise RefusedByRuleError(
            Text(
                id="Tulis alasannya; alasan disimpan dalam kasus.",
                en="Give the reason; it is kept with the case.",
            )
        )
    add_texts(work, (FormText("reason", "reason", reason[:LONGEST_REASON]),), response_kind=None)
    text_id: str = work.rows[CaseText][-1]["id"]
    return text_id
