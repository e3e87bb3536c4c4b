"""Receivers of what leaves the office: an HTTP address named by a setting, or the log."""

import json
import logging
from typing import Protocol
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tuntas.config import Config

SECONDS = 10
log = logging.getLogger("tuntas.receiver")


class Receiver(Protocol):
    """Takes messages for the outside; ``key`` is the same when a message is delivered again."""

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Take the message or raise."""
        ...


class Journal:
    """Notes in the log, without content, that there was something to tell: the receiver when none is named."""

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Note that there was something to tell."""
        log.debug("outbox %s %s", topic, key)


class HttpReceiver:
    """Posts each message as JSON with ``topic`` and ``payload`` and an ``Idempotency-Key``.

    An answer of 2xx means that it was taken; everything else, and silence for ten seconds, that it comes again later
    under the same key. A receiver that remembers the keys makes each effect happen exactly once.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = build_opener(_Stay)

    def deliver(self, topic: str, payload: object, *, key: str) -> None:
        """Post the message; raises OSError when it was not taken."""
        body = json.dumps({"topic": topic, "payload": payload}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        with self._opener.open(Request(self._url, body, headers), timeout=SECONDS) as answer:  # noqa: S310 - see config
            answer.read()


class _Stay(HTTPRedirectHandler):
    """A redirection would turn the POST into a GET and lose the message: it counts as refused."""

    def redirect_request(self, *given: object, **named: object) -> None:
        """Follow nothing."""


def receiver_of(config: Config) -> Receiver:
    """The receiver that the settings name."""
    return HttpReceiver(config.receiver_url) if config.receiver_url else Journal()
