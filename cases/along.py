"""What commands beyond the plainest need of their case: its other processes, what they wait for, its newest draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select

from storage.queries.batch import Answer, Prepared
from storage.tables import CaseText, Letter, ProcessInstance, Subscription

_CASE: BindParameter[str] = bindparam("case")
NEWEST_DRAFT = Prepared(
    select(CaseText.id, CaseText.text, CaseText.response_kind, CaseText.author_id)
    .where(CaseText.case_id == _CASE, CaseText.kind == "response", CaseText.visibility == "draft")
    .order_by(CaseText.at.desc(), CaseText.id.desc())
    .limit(1)
)
"""The newest unpublished response of ``case``: id, text, kind and author."""
READ_ALONG = (
    Prepared(
        select(*ProcessInstance.__table__.columns).where(
            ProcessInstance.case_id == _CASE, ProcessInstance.status == "running"
        )
    ),
    Prepared(
        select(Subscription.message, Subscription.instance_id, Subscription.task_id)
        .where(Subscription.case_id == _CASE)
        .order_by(Subscription.task_id)
    ),
    NEWEST_DRAFT,
    Prepared(
        select(Letter.template, func.count().label("written"))
        .where(Letter.case_id == _CASE)
        .group_by(Letter.template)
    ),
)
"""Each asks for ``case``, its id. One round trip on PostgreSQL when they are sent together."""


@dataclass(slots=True)
class Along:
    """As stored when the command began; what the command itself changes is with ``CaseWork``."""

    instances: list[Any]
    """Rows of the process instances that run, without those that ended: a hundred rounds cost no more than one."""
    subscriptions: list[Any]
    draft: Any
    """The newest unpublished response: id, text, kind and author; None without one."""
    letters: dict[str, int]
    """How many letters there are of each template."""


def along_of(answers: Sequence[Answer]) -> Along:
    """What the statements of ``READ_ALONG`` answered, in their order."""
    instances, subscriptions, drafts, letters = (answer.rows for answer in answers)
    return Along(
        instances=instances,
        subscriptions=subscriptions,
        draft=drafts[0] if drafts else None,
        letters={row.template: row.written for row in letters},
    )


def nothing_along() -> Along:
    """Of a case that is not stored yet."""
    return Along(instances=[], subscriptions=[], draft=None, letters={})
