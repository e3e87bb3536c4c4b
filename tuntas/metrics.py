"""Counts what this process did, and writes it as Prometheus reads it, with the other processes of the machine."""

import json
import os
import socket
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from cases.queues import Queues

HOST = socket.gethostname()
KEPT_EVERY = 1.0
"""Seconds between two times that a process leaves its counts for the others of its machine."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
STATEMENTS = (1, 2, 4, 6, 8, 12, 20, 50)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: how it is read, what it means, and the buckets of a histogram."""

    kind: str
    help: str
    buckets: tuple[float, ...] = ()


COUNTED: Mapping[str, Family] = {
    "tuntas_requests_total": Family("counter", "Requests answered, by route, method and status."),
    "tuntas_request_seconds": Family("histogram", "Seconds to answer a request, by route.", SECONDS),
    "tuntas_request_statements": Family("histogram", "SQL statements of a request, by route.", STATEMENTS),
    "tuntas_acts_total": Family("counter", "What workers did, by act."),
    "tuntas_act_seconds": Family("histogram", "Seconds of what workers did, by act.", SECONDS),
    "tuntas_act_statements": Family("histogram", "SQL statements of what workers did, by act.", STATEMENTS),
    "tuntas_conflicts_total": Family("counter", "Transactions begun anew because somebody else was first."),
}
GAUGES: Mapping[str, tuple[str, str]] = {
    "tuntas_timers_due": ("timers_due", "Timers that are due and did not fire yet."),
    "tuntas_timers_failed": ("timers_failed", "Timers that were given up."),
    "tuntas_oldest_timer_seconds": ("oldest_timer_seconds", "For how long the oldest due timer has waited."),
    "tuntas_alerts_due": ("alerts_due", "Escalations that are due and were not raised yet."),
    "tuntas_starts_due": ("starts_due", "Processes of the office whose time has come."),
    "tuntas_jobs_due": ("jobs_due", "Jobs that nobody has taken yet."),
    "tuntas_jobs_failed": ("jobs_failed", "Jobs that were given up."),
    "tuntas_outbox_waiting": ("outbox_waiting", "Messages that could be delivered now."),
    "tuntas_outbox_failed": ("outbox_failed", "Messages that were given up."),
    "tuntas_oldest_message_seconds": (
        "oldest_message_seconds",
        "For how long the oldest message has waited.",
    ),
    "tuntas_incidents_open": ("incidents_open", "Incidents that nobody has ended yet."),
    "tuntas_recalculations_open": (
        "recalculations_open",
        "Changes of the calendar that are still counted in.",
    ),
    "tuntas_workers_alive": ("workers_alive", "Workers heard of within a minute."),
}
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """The counts of this process. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counters: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], list[float]] = {}
        self._kept_at = 0.0

    def count(self, name: str, **labels: str) -> None:
        """One more."""
        key = (name, tuple(labels.items()))
        with self._lock:
            self._counters[key] = self._counters.get(key, 0) + 1

    def observe(self, name: str, value: float, **labels: str) -> None:
        """One more value of a histogram."""
        buckets = COUNTED[name].buckets
        key = (name, tuple(labels.items()))
        with self._lock:
            found = self._histograms.get(key)
            if found is None:
                # One cell for each bucket, one for what is beyond them, and the sum.
                found = self._histograms[key] = [0.0] * (len(buckets) + 2)
            found[bisect_left(buckets, value)] += 1
            found[-1] += value

    def value(self, name: str, **labels: str) -> float:
        """A counter's value, or how many values a histogram has."""
        key = (name, tuple(labels.items()))
        with self._lock:
            return self._counters.get(key, 0) + sum(self._histograms.get(key, [0.0])[:-1])

    def as_data(self) -> dict[str, Any]:
        """Everything counted so far, as JSON can hold it."""
        with self._lock:
            return {
                "process": f"{HOST}:{os.getpid()}",
                "counters": [[name, labels, value] for (name, labels), value in self._counters.items()],
                "histograms": [
                    [name, labels, list(cells)] for (name, labels), cells in self._histograms.items()
                ],
            }

    def keep(self, folder: Path, *, at_once: bool = False) -> None:
        """Leave the counts where the other processes of this machine find them; does nothing when it just did."""
        now = time.monotonic()
        if not at_once and now - self._kept_at < KEPT_EVERY:
            return
        self._kept_at = now
        with suppress(OSError):  # Without a folder to write to, each process tells of itself only.
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{HOST}.{os.getpid()}.json"
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(self.as_data()), encoding="utf-8")
            fresh.replace(path)


METRICS = Metrics()
"""What this process counts."""


def kept_by_others(folder: Path) -> list[dict[str, Any]]:
    """What the other living processes of this machine left; what dead ones left is swept."""
    found = []
    for path in sorted(folder.glob(f"{HOST}.*.json")):
        pid = int(path.name.removeprefix(f"{HOST}.").removesuffix(".json"))
        if pid == os.getpid():
            continue
        with suppress(OSError, ValueError):
            if _is_alive(pid):
                found.append(json.loads(path.read_text(encoding="utf-8")))
            else:
                path.unlink()
    return found


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def render(queues: Queues, processes: Iterable[dict[str, Any]]) -> str:
    """The text format of Prometheus, version 0.0.4."""
    lines = []
    for name, (field, meaning) in GAUGES.items():
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {getattr(queues, field)}"]
    everything = list(processes)
    for name, family in COUNTED.items():
        samples = [line for data in everything for line in _samples(name, family, data)]
        if samples:
            lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}", *samples]
    return "\n".join(lines) + "\n"


def _samples(name: str, family: Family, data: dict[str, Any]) -> list[str]:
    process = [("process", data["process"])]
    if family.kind == "counter":
        mine = [(labels, value) for found, labels, value in data["counters"] if found == name]
        return [f"{name}{_labels([*labels, *process])} {value:g}" for labels, value in mine]
    lines = []
    for found, labels, cells in data["histograms"]:
        if found == name:
            lines += _histogram(name, family.buckets, [*labels, *process], cells)
    return lines


def _histogram(name: str, buckets: tuple[float, ...], labels: list[Any], cells: list[float]) -> list[str]:
    lines, total = [], 0.0
    for bound, number in zip([*map(str, buckets), "+Inf"], cells[:-1], strict=True):
        total += number
        lines.append(f"{name}_bucket{_labels([*labels, ('le', bound)])} {total:g}")
    return [
        *lines,
        f"{name}_sum{_labels(labels)} {cells[-1]:.6f}",
        f"{name}_count{_labels(labels)} {total:g}",
    ]


def _labels(pairs: Iterable[Any]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
