"""Stands between a process and PostgreSQL: counts round trips, and makes each of them take longer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

from sqlalchemy.engine import make_url

CHUNK = 65_536
WORD = b"NOTIFY "
"""Said after the commit, on a connection and thread of its own: nobody who completes a task waits for the answer."""


class Proxy:
    """A loopback port that leads to the server. A round trip begins when a client speaks after it was answered."""

    def __init__(self, host: str, port: int, delay: float) -> None:
        self.delay = delay
        self.trips = 0
        self._target = (host, port)
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End every connection."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            answered, held = threading.Event(), SimpleQueue[tuple[float, bytes]]()
            answered.set()
            for work, args in (
                (self._ask, (client, server, answered)),
                (self._hold, (server, held)),
                (self._answer, (client, held, answered)),
            ):
                threading.Thread(target=work, args=args, daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, answered: threading.Event) -> None:
        """Pass on what the client says; the first words after an answer begin a round trip."""
        with suppress(OSError):
            while said := client.recv(CHUNK):
                if answered.is_set():
                    answered.clear()
                    with self._lock:
                        self.trips += WORD not in said
                server.sendall(said)
            server.shutdown(socket.SHUT_WR)

    def _hold(self, server: socket.socket, held: SimpleQueue[tuple[float, bytes]]) -> None:
        """Keep what the server answers until its time has come."""
        with suppress(OSError):
            while said := server.recv(CHUNK):
                held.put((time.monotonic() + self.delay, said))
        held.put((0.0, b""))

    def _answer(
        self, client: socket.socket, held: SimpleQueue[tuple[float, bytes]], answered: threading.Event
    ) -> None:
        with suppress(OSError):
            while True:
                at, said = held.get()
                if not said:
                    client.shutdown(socket.SHUT_WR)
                    return
                time.sleep(max(0.0, at - time.monotonic()))
                answered.set()
                client.sendall(said)


@contextmanager
def proxied(url: str, delay: float = 0.0) -> Iterator[tuple[str, Proxy]]:
    """Yield the same database's URL by way of a proxy, and the proxy."""
    address = make_url(url)
    proxy = Proxy(address.host or "127.0.0.1", address.port or 5432, delay)
    through = address.set(host="127.0.0.1", port=proxy.port)
    try:
        yield through.render_as_string(hide_password=False), proxy
    finally:
        proxy.close()
