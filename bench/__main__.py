"""Runs the measurements, prints a table as they end, and writes var/bench.json.

``ONLY=name`` runs one subject, ``FULL=1`` adds the million cases and the hundred thousand requests, ``SCALE=0.1``
measures a tenth (the goals are then not to be believed), ``REPORT=file`` keeps the tables for people to read. Ends with
1 when something could not be measured at all.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The tests' instruments start the servers and speak for the people of the living office.
sys.path.insert(0, str(ROOT / "tests"))

from bench.figures import Figure, table, write  # noqa: E402
from bench.place import Place, a_place  # noqa: E402
from bench.report import processor_time, stolen_since, update  # noqa: E402

SUBJECTS = ("step", "profile", "http", "trips", "timers", "idle", "rounds", "state", "importing", "volume")
FULL = ("worklists", "memory")


def main() -> int:
    """Measure; 0 when everything was measured, whatever the figures, 1 when not, 2 for an unknown subject."""
    only, full = os.environ.get("ONLY"), os.environ.get("FULL") == "1"
    if only and only not in SUBJECTS + FULL:
        print(f"ONLY is one of {', '.join(SUBJECTS + FULL)}.", file=sys.stderr)
        return 2
    subjects = (only,) if only else SUBJECTS + (FULL if full else ())
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}", flush=True)
    figures: list[Figure] = []
    failed = []
    with a_place(float(os.environ.get("SCALE") or "1")) as place:
        for subject in subjects:
            found, whole = run(subject, place)
            figures += found
            write(ROOT / "var" / "bench.json", figures)
            failed += [] if whole else [subject]
    missed = [figure for figure in figures if not figure.met]
    print(f"\nmissed: {len(missed)} of {sum(figure.goal is not None for figure in figures)} goals")
    print("\n".join(f"  {figure.name}: {figure.value:g} {figure.unit}, {figure.goal}" for figure in missed))
    print("written to var/bench.json")
    return 1 if failed else 0


def run(subject: str, place: Place) -> tuple[list[Figure], bool]:
    """Measure one subject and print its table, and whether that is all: a failure is told on standard error.

    What was measured before a failure is shown; the report has whole sections only.
    """
    began, load, before = time.monotonic(), os.getloadavg()[0], processor_time()
    found: list[Figure] = []
    whole = True
    try:
        found.extend(import_module(f"bench.{subject}").measure(place))
    except Exception:
        traceback.print_exc()
        whole = False
    seconds, stolen = time.monotonic() - began, stolen_since(before)
    print(
        f"\n{subject} ({seconds:.0f} s, load before {load:.1f}, {stolen:.0%} stolen)\n{table(found)}",
        flush=True,
    )
    if whole and (report := os.environ.get("REPORT")):
        update(ROOT / report, subject, found, took=seconds, load=load, stolen=stolen)
    return found, whole


if __name__ == "__main__":
    sys.exit(main())
