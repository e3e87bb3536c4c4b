"""Keeps the report of the benchmark: a section for each subject with its command, date, machine, commit and table."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, table

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# What `make bench` measured

Every section was written by the command that it names (`REPORT=docs/bench-report.md`); `docs/benchmarks.md` says what
the figures mean, how the ratios were chosen, and why some goals are missed.
"""
_SECTION = re.compile(r"^## (\w+)\n", re.MULTILINE)


def update(
    path: Path, subject: str, figures: Sequence[Figure], *, took: float, load: float, stolen: float
) -> None:
    """Write or replace the section of a subject; the others stay as they are, in the order of their names."""
    sections = _read(path) | {subject: _section(subject, figures, took, load, stolen)}
    path.write_text("\n".join([HEAD, *(sections[name] for name in sorted(sections))]), encoding="utf-8")


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    _, *parts = _SECTION.split(path.read_text(encoding="utf-8"))
    return {name: f"## {name}\n{text.rstrip()}\n" for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _section(subject: str, figures: Sequence[Figure], took: float, load: float, stolen: float) -> str:
    missed = [figure.name for figure in figures if not figure.met]
    goals = sum(figure.goal is not None for figure in figures)
    scale = os.environ.get("SCALE") or "1"
    command = f"make bench ONLY={subject}" + ("" if scale == "1" else f" SCALE={scale}")
    lines = [
        f"## {subject}\n",
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine()};",
        f"{took:.0f} s, load before {load:.1f}, {stolen:.0%} of the processors' time taken by the host.",
        f"Met: {goals - len(missed)} of {goals} goals."
        + (f" Missed: {', '.join(missed)}." if missed else ""),
        f"\n```text\n{table(figures)}\n```\n",
    ]
    return "\n".join(lines)


def processor_time() -> tuple[int, int]:
    """How long the processors have worked for us, and how long the host kept them from it; zeros where untold."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    except OSError:
        return 0, 0
    user, nice, system, _, _, irq, soft, stolen, *_ = (int(value) for value in first[1:])
    return user + nice + system + irq + soft, stolen


def stolen_since(before: tuple[int, int]) -> float:
    """The share of the time that the host took away: clocks run on meanwhile, and the caches are cold afterwards."""
    worked, stolen = (now - then for now, then in zip(processor_time(), before, strict=True))
    return stolen / (worked + stolen) if worked + stolen else 0.0


def machine() -> str:
    """The machine in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores {platform.machine()}, {memory:.0f} GB, Python {platform.python_version()}"


def commit() -> str:
    """The commit that is measured, with a plus sign when files were changed since."""
    asked = ["git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=+"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
