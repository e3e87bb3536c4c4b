"""``make crash``: so many runs on one kind of database, in rounds that each end with an audit.

RUNS=1000 how many, DB=sqlite|postgresql on what, SEED=1 which faults, ROUND=50 how many runs between two audits.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crash.audit import Violation
from crash.fire import Outcome, on_fire
from support.office import config_for
from support.postgres import postgresql_server
from tuntas.config import ROOT
from tuntas.database import make_engine, migrate
from tuntas.found import found_office
from tuntas.office import build


@dataclass
class Report:
    """The sum of every round."""

    database: str
    seed: int
    runs: int = 0
    seconds: float = 0.0
    numbers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, Violation]] = field(default_factory=list)

    def add(self, seed: int, outcome: Outcome) -> None:
        """Count one round, known by its own seed."""
        self.runs += outcome.faults.total()
        self.faults += outcome.faults
        self.answers += outcome.answers
        for name in ("acknowledged", "effects", "deliveries", "swept"):
            self.numbers[name] += getattr(outcome, name)
        self.violations += [(seed, violation) for violation in outcome.violations]

    def as_text(self) -> str:
        """One line of figures; the violations follow it elsewhere."""
        told = ", ".join(f"{name} {number}" for name, number in self.numbers.items())
        return f"{self.runs} runs in {self.seconds:.0f} s: {told}, violations {len(self.violations)}"

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {
            "database": self.database,
            "seed": self.seed,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "runs": self.runs,
            "seconds": round(self.seconds),
            **self.numbers,
            "faults": self.faults,
            "answers": self.answers,
            "violations": [f"round {seed}: {violation}" for seed, violation in self.violations],
        }
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Run; 0 without a violation, 1 with one, 2 for a database that there is not."""
    kind, seed = os.environ.get("DB") or "postgresql", int(os.environ.get("SEED") or 1)
    runs, each = int(os.environ.get("RUNS") or 100), int(os.environ.get("ROUND") or 50)
    if kind not in ("sqlite", "postgresql"):
        _say("DB is sqlite or postgresql.")
        return 2
    report, began = Report(kind, seed), time.monotonic()
    with _founded(kind) as fresh:
        for start in range(0, runs, each):
            # A round by itself is repeated by its own seed: SEED=<that> RUNS=<ROUND>.
            own = seed + start // each
            with fresh() as (url, folder):
                report.add(own, _round(url, folder, own, min(each, runs - start)))
            report.seconds = time.monotonic() - began
            _say(f"{kind} seed {own}: {report.as_text()}")
            report.write(ROOT / "var" / f"crash-{kind}.json")
    for own, violation in report.violations:
        _say(f"VIOLATION in round {own}: {violation}")
    _say(f"faults {dict(report.faults)}\nanswers {dict(report.answers)}\nwritten to var/crash-{kind}.json")
    return 1 if report.violations else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _round(url: str, folder: Path, seed: int, runs: int) -> Outcome:
    with on_fire(url, folder, seed) as fire:
        began = time.monotonic()
        with fire.load():
            for _ in range(runs):
                fire.run()
        burnt = time.monotonic()
        fire.come_to_rest()
        rested = time.monotonic()
        outcome = fire.judge()
    told = time.monotonic() - rested
    _say(f"fire {burnt - began:.0f} s, rest {rested - burnt:.0f} s, audit {told:.0f} s")
    if outcome.violations:
        kept = ROOT / "var" / f"crash-{seed}.log"
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(folder / "log", kept)
    return outcome


@contextmanager
def _founded(kind: str) -> Iterator[object]:
    """Yield what makes copies of a founded office."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind == "sqlite":
            path = folder / "template.db"
            _found(f"sqlite:///{path}", folder)
            yield lambda: _sqlite_copy(path)
            return
        with postgresql_server(durable=True) as server:
            _found(server.create("template"), folder)
            server.release("template")
            yield lambda: _postgresql_copy(server)


def _found(url: str, folder: Path) -> None:
    migrate(url)
    engine = make_engine(url)
    found_office(build(config_for(url, folder), engine))
    # The last connection to an embedded database that closes moves everything into its one file.
    engine.dispose()


@contextmanager
def _sqlite_copy(template: Path) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "office.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}", Path(name)


@contextmanager
def _postgresql_copy(server: object) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as name:
        url = server.create("round", template="template")  # type: ignore[attr-defined]
        yield url, Path(name)
        server.drop("round")  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
