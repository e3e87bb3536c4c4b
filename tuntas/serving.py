"""Listens with waitress until it is told to stop, and then answers what was asked before it ends."""

import signal
import threading
import time
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

SECONDS = 20.0
"""How long answers may take once nobody new is let in; services are killed some time after they were told to stop."""


def serve(app: Flask, **settings: Any) -> None:
    """Serve until SIGTERM or Ctrl-C. From then on nobody connects any more, and whoever was heard is answered.

    waitress by itself would end with answers in its hands: the change is kept, and whoever asked hears nothing.
    """
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, **settings)
    ears = [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]
    told = threading.Event()

    def stop(signum: int, frame: object) -> None:
        told.set()
        for ear in ears:
            ear.pull_trigger()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    while not told.is_set():
        _look(sockets, seconds=1.0)
    for ear in ears:
        # Only its socket: its trigger still wakes this loop when an answer is ready.
        wasyncore.dispatcher.close(ear)
    _answer_the_rest(sockets)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(sockets)


def _answer_the_rest(sockets: dict[int, Any]) -> None:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        _look(sockets, seconds=0.1)
        people = [one for one in sockets.values() if isinstance(one, HTTPChannel)]
        if not people:
            return
        for one in people:
            if not (one.requests or one.request or one.total_outbufs_len):
                one.handle_close()


def _look(sockets: dict[int, Any], *, seconds: float) -> None:
    wasyncore.loop(timeout=seconds, use_poll=True, map=sockets, count=1)
