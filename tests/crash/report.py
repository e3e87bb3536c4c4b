"""What ``make crash`` found: kept as JSON in ``var/``, and written down for readers in docs/crash-report.md."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crash.fire import Outcome
from crash.violation import Violation
from tuntas.config import ROOT

PAGE = ROOT / "docs" / "crash-report.md"
KEPT = ROOT / "var"
NUMBERS = ("acknowledged", "effects", "deliveries", "swept")
CHAPTER = "## `make"
HEAD = """# Under fire

What the long runs of the [crash harness](operations.md#what-a-crash-can-do-and-how-that-is-tested) found. Each run
is one fault under continuous load; after each round everything is audited. `make crash-report` writes this page from
what `make crash` left in `var/`.
"""


@dataclass
class Report:
    """The sum of every round."""

    name: str
    settings: dict[str, Any]
    runs: int = 0
    seconds: float = 0.0
    numbers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    log: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, Violation]] = field(default_factory=list)

    def add(self, seed: int, outcome: Outcome) -> None:
        """Count one round, known by its own seed."""
        self.runs += outcome.faults.total()
        self.faults += outcome.faults
        self.answers += outcome.answers
        self.log += outcome.log
        for name in NUMBERS:
            self.numbers[name] += getattr(outcome, name)
        self.violations += [(seed, violation) for violation in outcome.violations]

    def as_text(self) -> str:
        """One line of figures; the violations follow it elsewhere."""
        told = ", ".join(f"{name} {number}" for name, number in self.numbers.items())
        each = self.seconds / max(1, self.runs)
        took = f"{self.runs} runs in {self.seconds:.0f} s ({each:.1f} s each)"
        return f"{took}: {told}, violations {len(self.violations)}"

    def write(self) -> Path:
        """Keep it as JSON; answers where."""
        path = KEPT / f"crash-{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {
            "command": " ".join(
                ["make crash", *(f"{key}={shlex.quote(str(value))}" for key, value in self.settings.items())]
            ),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
            "commit": _commit(),
            "asked": self.settings["RUNS"],
            "runs": self.runs,
            "seconds": round(self.seconds),
            **self.numbers,
            "faults": self.faults,
            "answers": self.answers,
            "log": self.log,
            "violations": [f"round {seed}: {violation}" for seed, violation in self.violations],
        }
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        return path


def as_page(kept: dict[str, Any]) -> str:
    """A chapter of the page."""
    violations = kept["violations"]
    figures = [
        ("date", kept["at"]),
        ("machine", kept["machine"]),
        ("commit", f"`{kept['commit']}`"),
        ("runs", f"{kept['runs']} of {kept['asked']} in {kept['seconds']} s"),
        ("faults", _listed(kept["faults"])),
        ("answers", _listed(kept["answers"])),
        ("acknowledged to clients", kept["acknowledged"]),
        ("effects at the receiver", f"{kept['effects']} of {kept['deliveries']} deliveries"),
        ("objects of nobody, swept", kept["swept"]),
        ("violations", len(violations)),
    ]
    lines = [f"{CHAPTER} {kept['command'].partition(' ')[2]}`", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in figures]
    return "\n".join([*lines, *(["", *(f"- {one}" for one in violations)] if violations else [])]) + "\n"


def main() -> int:
    """Write the page from every report that is kept; 1 when there is none."""
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(KEPT.glob("crash-*.json"))]
    if not kept:
        sys.stderr.write("There is no report yet: run make crash first.\n")
        return 1
    # What stands before the first chapter is written by hand.
    head = PAGE.read_text(encoding="utf-8").partition(CHAPTER)[0] if PAGE.exists() else HEAD
    PAGE.write_text("\n".join([head.rstrip() + "\n", *map(as_page, kept)]), encoding="utf-8")
    return 0


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
