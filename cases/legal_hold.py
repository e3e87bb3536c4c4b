"""The legal hold as whatever erases something must obey it; it is set and lifted in ``cases.actions.hold``."""

from sqlalchemy import ColumnElement, not_

from cases.errors import RefusedByRuleError
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Case

NOT_HELD: ColumnElement[bool] = not_(Case.legal_hold)
"""The condition that every statement which erases something of a case carries."""


def refuse_held(work: CaseWork) -> None:
    """Raise RefusedByRuleError for a case on legal hold: whoever erases something asks this first."""
    if work.case["legal_hold"]:
        raise RefusedByRuleError(
            Text(
                id="Kasus ini dalam penahanan hukum; tidak ada datanya yang boleh dihapus sampai penahanan dicabut.",
                en="This case is on legal hold; nothing of it may be erased until the hold is lifted.",
            )
        )
