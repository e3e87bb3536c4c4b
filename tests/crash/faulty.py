"""Puts three faults into a process of the product on purpose: the harness must find each of them.

Every seventh change of a case is not committed though it is answered, every fifth message is delivered once more under
another key, and every third upload fails after its object was stored without anybody removing it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

import api.attachments
from tuntas.receiver import HttpReceiver

LOSES, DOUBLES, ORPHANS = 7, 5, 3
_writes, _messages, _uploads = count(1), count(1), count(1)


def lose_commits(commit: Callable[[Session], None]) -> Callable[[Session], None]:
    """Answer as if it were committed."""

    def now_and_then(self: Session) -> None:
        if next(_writes) % LOSES:
            commit(self)
        else:
            self.rollback()

    return now_and_then


def double_effects(deliver: Callable[..., None]) -> Callable[..., None]:
    """Forget the message's key."""

    def twice(self: HttpReceiver, topic: str, payload: object, *, key: str) -> None:
        deliver(self, topic, payload, key=key)
        if not next(_messages) % DOUBLES:
            deliver(self, topic, payload, key=secrets.token_hex(16))

    return twice


def leave_orphans(add: Callable[..., Any]) -> Callable[..., Any]:
    """Break down between store and database."""

    def fail(*given: Any, **named: Any) -> Any:
        if not next(_uploads) % ORPHANS:
            raise RuntimeError("an upload broke down, on purpose")
        return add(*given, **named)

    return fail


def sabotage() -> None:
    """Put the three faults into this process."""
    Session.commit = lose_commits(Session.commit)  # type: ignore[method-assign]
    HttpReceiver.deliver = double_effects(HttpReceiver.deliver)  # type: ignore[method-assign]
    api.attachments.add_attachment = leave_orphans(api.attachments.add_attachment)
