"""Time that passes for the load to go on."""

from __future__ import annotations

import threading

_PAUSE = threading.Event()


def rest(seconds: float) -> None:
    """Do nothing for so long."""
    _PAUSE.wait(seconds)
