"""Erases who brought a closed case, for good (Act 27/2022); two people decide it, see ``cases.two_persons``."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, null, select, update

from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.file_sight import FOR_COMPLAINANT
from cases.legal_hold import refuse_held
from cases.masking import mask_numbers
from cases.model import ActorKind, Stage
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Attachment, CaseText, Complainant, Incident

_ITEMS = ("name", "address", "phone", "email", "identity_number", "proxy_name")
_TEXTS = ("title", "text", "place", "target")
_SENDERS = (ActorKind.COMPLAINANT.value, ActorKind.ANONYMOUS.value)
TOPIC = "files:erased"
"""The outbox's word for objects that are to be deleted once the erasure is committed."""


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
    """Empty everything that is kept of the complainant, mask the numbers in every text, and delete their files.

    Incidents keep no value of the case. History says that it happened and to which files, never what there was. The
    caller flushes; a worker deletes the bytes after the commit.
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
    _erase_incidents(work)
    files = _erase_files(work)
    work.record("case:identity:erased", data={"request": request_id, "files": files})


def _erase_incidents(work: CaseWork) -> None:
    """Their causes may quote a value: of those only the class of the error stays."""
    nothing = {"data": null(), "submitted": null(), "cause": func.coalesce(Incident.error, Incident.command)}
    work.session.execute(update(Incident).where(Incident.case_id == work.case["id"]).values(**nothing))


def delete_objects(env: Environment, payload: Mapping[str, Any]) -> None:
    """Delete the bytes of erased files; safe to repeat. Raises what the object store raises when it is away."""
    for key in payload["keys"]:
        env.objects.delete(key)


def _erase_files(work: CaseWork) -> list[str]:
    """Take away what the complainant sent and the letters that name them; answer the ids of these files.

    Officers' own files stay, and so do the copies of letters, which name nobody.
    """
    theirs = Attachment.uploaded_by_kind.in_(_SENDERS) | (Attachment.visibility == FOR_COMPLAINANT)
    mine = (Attachment.case_id == work.case["id"]) & theirs
    found = work.session.execute(select(Attachment.id, Attachment.object_key).where(mine)).all()
    if found:
        # A row of ``letters`` keeps the id of its file, so that nobody prints the letter again.
        ids = [row.id for row in found]
        work.session.execute(delete(Attachment).where(Attachment.id.in_(ids)))
        work.send(TOPIC, {"keys": [row.object_key for row in found]})
    return sorted(row.id for row in found)


def _longest(name: str) -> int | None:
    """A mask may be longer than the number that it hides: what does not fit into the column is cut off."""
    return {"title": 200, "place": 300, "target": 200}.get(name)
