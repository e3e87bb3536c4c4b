"""A loopback port that leads to another one, and can be shut behind everybody who is inside."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

CHUNK = 65_536


class Door:
    """Forwards every connection while it is open. ``shut`` cuts and refuses, ``hush`` lets everybody wait."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lets_in, self._passes_on = True, threading.Event()
        self._passes_on.set()
        self._inside: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Cut every connection in the middle of whatever it carries, and refuse new ones."""
        with self._lock:
            self._lets_in = False
            inside = list(self._inside)
        for one in inside:
            _cut(one)

    def hush(self) -> None:
        """Take what is said, and pass nothing on."""
        self._passes_on.clear()

    def open(self) -> None:
        """Let everybody in and everything through again."""
        with self._lock:
            self._lets_in = True
        self._passes_on.set()

    def close(self) -> None:
        """End for good."""
        self.shut()
        self._passes_on.set()
        _cut(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._lead(client)

    def _lead(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        with self._lock:
            if self._lets_in:
                self._inside |= {client, server}
        if client not in self._inside:
            client.close()
            server.close()
            return
        for pair in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(CHUNK):
                self._passes_on.wait()
                sink.sendall(said)
        _cut(sink)
        source.close()
        with self._lock:
            self._inside.discard(source)


def _cut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
