"""A receiver outside the office that remembers idempotency keys, refuses now and then, and loses some answers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

REFUSED, DEAF = 0.03, 0.03


@dataclass(frozen=True)
class Effect:
    """Something that the receiver did for a message."""

    key: str
    topic: str
    payload: Any


@dataclass
class Outside:
    """What happened outside. Every effect is one entry; a key that is known has no second effect."""

    rng: Random
    effects: list[Effect] = field(default_factory=list)
    deliveries: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _known: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where workers post to."""
        return f"http://127.0.0.1:{self.port}/"

    def take(self, effect: Effect) -> str:
        """``refused``, ``taken``, or ``deaf``: taken, but the worker does not hear of it."""
        with self._lock:
            lot = self.rng.random()
            if lot < REFUSED:
                return "refused"
            self.deliveries[effect.key] += 1
            if effect.key not in self._known:
                self._known.add(effect.key)
                self.effects.append(effect)
            return "deaf" if lot > 1 - DEAF else "taken"


@contextmanager
def outside(rng: Random) -> Iterator[Outside]:
    """Run a receiver on a free loopback port while the block lasts."""
    world = Outside(rng)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            effect = Effect(self.headers["Idempotency-Key"], body["topic"], body["payload"])
            answer = world.take(effect)
            self.close_connection = True
            if answer != "deaf":
                self.send_response(204 if answer == "taken" else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *given: object) -> None:
            """A worker that was killed in the middle of its request is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    world.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
