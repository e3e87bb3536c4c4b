"""Spares what lives as long as the process the visits of the garbage collector."""

import gc
from functools import cache


@cache
def spare_the_collector() -> None:
    """Leave what was loaded at the start out of garbage collection: it lives as long as the process.

    Once in a process: frozen later, applications that are gone would never be freed.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
