"""Asks for a letter within the step that calls for it; a worker prints it after the commit."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from cases.letters.kinds import LetterKind, letter_kind, letter_number
from cases.model import ActorKind
from cases.work import CaseWork
from storage.tables import CaseText, Letter

TOPIC = "letter:requested"


def request_letter(
    work: CaseWork,
    template: str,
    *,
    instance_id: str | None = None,
    text_id: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> str:
    """Give the case a numbered letter and answer its id. One statement at most, none for a new case without texts.

    ``text_id`` is the text that it carries; without one the newest that fits. What it says beyond that is read
    when it is printed, so that a row of ``letters`` holds nothing personal. Raises RefusedByRuleError for an
    unknown template.
    """
    kind = letter_kind(template)
    number = letter_number(kind, _count(work, template) + 1, work.case["reference"])
    letter_id = work.env.new_id()
    carried = text_id or _newest_text(work, kind, instance_id)
    work.add(
        Letter,
        id=letter_id,
        case_id=work.case["id"],
        template=template,
        number=number,
        values={"text": carried, "instance": instance_id, **(values or {})},
        created_at=work.now,
        attachment_id=None,
    )
    said = {"letter": letter_id, "template": template, "number": number}
    work.record("case:letter:written", data=said, instance_id=instance_id)
    work.send(TOPIC, {"letter": letter_id})
    return letter_id


def _count(work: CaseWork, template: str) -> int:
    """How many letters of this kind the case has, those of this very command included."""
    pending: int = sum(row["template"] == template for row in work.rows.get(Letter, []))
    return pending + work.along.letters.get(template, 0)


def _newest_text(work: CaseWork, kind: LetterKind, instance_id: str | None) -> str | None:
    """The newest text that fits; one that was written in the process that asks goes before any other."""
    if not kind.texts:
        return None
    for name in kind.texts:
        for row in reversed(work.rows.get(CaseText, [])):
            if row["kind"] == name and not (kind.office_text and row["author_kind"] != ActorKind.USER.value):
                return str(row["id"])
    if work.new:
        return None
    query = select(CaseText.id, CaseText.kind, CaseText.instance_id).where(
        CaseText.case_id == work.case["id"], CaseText.kind.in_(kind.texts)
    )
    if kind.office_text:
        query = query.where(CaseText.author_kind == ActorKind.USER.value)
    found = work.session.execute(query.order_by(CaseText.at.desc(), CaseText.id.desc())).all()
    best = sorted(found, key=lambda row: (row.instance_id != instance_id, kind.texts.index(row.kind)))
    return str(best[0].id) if best else None
