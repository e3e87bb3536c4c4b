"""Erases who brought a closed case, for good (Act 27/2022); two people decide it, see ``cases.two_persons``."""

from typing import Any

from sqlalchemy import select, update

from cases.errors import RefusedByRuleError
from cases.legal_hold import refuse_held
from cases.masking import mask_numbers
from cases.model import Stage
from cases.work import CaseWork
from engine.model import Text
from storage.tables import CaseText, Complainant

_ITEMS = ("name", "address", "phone", "email", "identity_number", "proxy_name")
_TEXTS = ("title", "text", "place", "target")


def refuse_unerasable(work: CaseWork) -> None:
    """Raise RefusedByRuleError for a case that is open or on legal hold."""
    refuse_held(work)
    if work.case["stage"] != Stage.CLOSED:
        raise RefusedByRuleError(
            Text(
                id="Kasus ini belum ditutup. Data pelapor baru dapat dihapus sesudah kasusnya selesai.",
                en="This case is still open. The complainant's data can be erased once the case is closed.",
            )
        )


def erase_complainant(work: CaseWork, request_id: str) -> None:
    """Empty everything that is kept of the complainant, and mask the numbers in every text for good.

    History says that it happened, never what there was. The caller flushes.
    """
    refuse_unerasable(work)
    mine = Complainant.case_id == work.case["id"]
    work.session.execute(update(Complainant).where(mine).values(dict.fromkeys(_ITEMS)))
    masked: dict[str, Any] = {
        name: mask_numbers(work.case[name])[: _longest(name)] for name in _TEXTS if work.case[name]
    }
    work.set(**masked, has_identity=False, holds_identity_number=False)
    query = select(CaseText.id, CaseText.text).where(CaseText.case_id == work.case["id"])
    for row in work.session.execute(query).all():
        text = mask_numbers(row.text)
        if text != row.text:
            work.session.execute(update(CaseText).where(CaseText.id == row.id).values(text=text))
    work.record("case:identity:erased", data={"request": request_id})


def _longest(name: str) -> int | None:
    """A mask may be longer than the number that it hides: what does not fit into the column is cut off."""
    return {"title": 200, "place": 300, "target": 200}.get(name)
