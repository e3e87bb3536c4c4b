"""Where the processor time of one completed task goes, by layer: samples of the running step, on both databases."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bench.figures import Figure, beside
from bench.place import Place
from bench.step import CASES, steps

INTERVAL = 0.001
"""Seconds of processor time between two samples."""

LAYERS = {
    "site-packages/SpiffWorkflow/": "library",
    "site-packages/psycopg": "driver",
    "site-packages/sqlalchemy/": "sqlalchemy",
    "site-packages/marshmallow/": "forms",
    "/engine/": "engine",
    "/cases/forms": "forms",
    "/cases/history": "history",
    "/cases/": "cases",
    "/storage/queries/": "statements",
    "/storage/": "storage",
    "/tuntas/": "unit_of_work",
}
"""What part of a file's path names its layer; the first one counts. C code counts for the Python that called it."""


def measure(place: Place) -> Iterator[Figure]:
    """Milliseconds of processor time a step, for each layer; what is outside the layers is the measurement itself."""
    for kind in ("sqlite", "postgresql"):
        with place.office(kind) as office, sampled() as seen:
            _, cpu = steps(office, place.some(CASES), around=sampling)
        mean = sum(cpu) / len(cpu)
        for layer, found in seen.most_common():
            yield beside(f"profile_{kind}_{layer}", mean * found / seen.total(), "ms", floor=mean)


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """Count samples by layer while ``sampling`` runs in this block."""
    seen: Counter[str] = Counter()

    def note(number: int, frame: FrameType | None) -> None:
        seen[layer_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGPROF, before)


@contextmanager
def sampling() -> Iterator[None]:
    """Take samples in this block."""
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def layer_of(frame: FrameType | None) -> str:
    """The layer of the innermost frame that has one."""
    while frame is not None:
        path = frame.f_code.co_filename
        for part, layer in LAYERS.items():
            if part in path:
                return layer
        frame = frame.f_back
    return "outside"
