"""Measures acts: those of workers here, and requests by the same measure; says which are slow."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cases.subject import about
from storage.tally import counting
from tuntas.config import Config
from tuntas.logs import details
from tuntas.metrics import METRICS

log = logging.getLogger("tuntas.slow")


@contextmanager
def observed(act: str, config: Config) -> Iterator[None]:
    """Measure one act of a worker."""
    about(None)
    began = time.perf_counter()
    with counting() as sent:
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            METRICS.count("tuntas_acts_total", act=act)
            METRICS.observe("tuntas_act_seconds", seconds, act=act)
            METRICS.observe("tuntas_act_statements", sent.statements, act=act)
            tell_when_slow(config, seconds, sent.statements, act=act)


def tell_when_slow(config: Config, seconds: float, statements: int, **what: Any) -> None:
    """The route, never the address: an address names a case to everybody who reads the log."""
    if config.slow_ms and seconds * 1000 >= config.slow_ms:
        log.warning(
            "slow action", extra=details(**what, milliseconds=round(seconds * 1000), statements=statements)
        )
    elif log.isEnabledFor(logging.DEBUG):
        log.debug("action", extra=details(**what, milliseconds=round(seconds * 1000), statements=statements))
