"""Asks the policy whether somebody may read, draft or deploy processes."""

from cases.environment import Environment
from cases.errors import NotFoundError
from cases.model import Actor, ActorKind


def require(env: Environment, by: Actor, act: str) -> None:
    """Refuse whoever may not: definitions are shown to every user and changed by process designers."""
    reads = act == "read_process" and by.kind is ActorKind.USER
    if not (by.kind is ActorKind.SYSTEM or by.has("process_designer") or reads):
        raise NotFoundError
