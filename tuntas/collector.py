"""Keeps the visits of the garbage collector short: everybody in the process waits while it is there."""

import gc
from functools import cache


@cache
def spare_the_collector() -> None:
    """Leave what was loaded at the start out of garbage collection: it lives as long as the process.

    Once in a process: frozen later, applications that are gone would never be freed.
    """
    gc.collect()
    gc.freeze()
    # A completed task leaves it nothing, a page some hundred objects of libraries. The young are looked at while they
    # are few enough for the processor's cache: 5,000 keep everybody waiting for 2 ms, 20,000 for 10 to 20. What was in
    # use at that moment grows old, and is let go before long (with 50,000, 20, 20 a process gained 0.8 kB a request).
    gc.set_threshold(5_000, 5, 5)
