"""Four eyes: whoever wrote a response does not approve it, nor does a stand-in of the author (domain, approval)."""

from typing import Any

from sqlalchemy.orm import Session

from cases.along import NEWEST_DRAFT
from cases.environment import Environment
from cases.model import Actor, Stage
from cases.policy import acting_for, grants_for
from storage.queries.batch import Call, send


def newest_draft(session: Session, case_id: str) -> Any:
    """The newest unpublished response of a case: id, text, kind and author; None without one. One statement."""
    found = send(session, [Call(NEWEST_DRAFT, [{"case": case_id}])])[0].rows
    return found[0] if found else None


def approves(env: Environment, task: Any) -> bool:
    """Whether the task is that of approving a response, by the diagram that its instance runs on."""
    elements = env.deployments.get(task.deployment_hash).elements.values()
    return any(e.element_id == task.element_id and e.stage == Stage.AWAITING_APPROVAL for e in elements)


def wrote(env: Environment, task: Any, draft: Any, by: Actor) -> bool:
    """Whether the actor wrote the draft, or would do the task in the place of whoever did."""
    if draft is None:
        return False
    acting = acting_for(grants_for(env, by, task))
    return draft.author_id in (by.id, acting.for_user if acting else None)
