"""What the fork server does once, so that a process need not that takes a killed one's place.

Each process builds its own application all the same; only what libraries cache by themselves is there already.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import tuntas.cli  # noqa: F401 - reads every module of the product
from support.office import config_for
from tuntas.app import create_app, tuntas_of


def warm_up() -> None:
    """Build an application on no database, and forget it. Each process sets up its own log."""
    root = logging.getLogger()
    before = list(root.handlers)
    with tempfile.TemporaryDirectory() as name:
        app = create_app(config_for(f"sqlite:///{name}/nothing.db", Path(name)))
        tuntas_of(app).work.engine.dispose()
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)


warm_up()
