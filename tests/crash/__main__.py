"""``make crash``: so many runs on one kind of database, in rounds that each end with an audit.

RUNS=1000 how many, DB=sqlite|postgresql on what, SEED=1 which faults, ROUND=50 how many runs between two audits,
STORE=file|s3 where files are kept, WEBS=2 and WORKERS=2 how many processes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from crash.fire import Ground, Outcome, on_fire
from crash.report import KEPT, Report
from crash.site import WEBS, WORKERS
from crash.stores import bucket
from support.office import config_for
from support.postgres import PostgresqlServer, postgresql_server
from support.radosgw import gateway
from tuntas.database import make_engine, migrate
from tuntas.found import found_office
from tuntas.office import build

DEFAULTS: dict[str, Any] = {
    "RUNS": 100,
    "DB": "postgresql",
    "STORE": "file",
    "WEBS": WEBS,
    "WORKERS": WORKERS,
    "SEED": 1,
    "ROUND": 50,
}
CROWD = 25
Grounds = Callable[[], AbstractContextManager[Ground]]


def main() -> int:
    """Run; 0 without a violation, 1 with one, 2 for what there is not."""
    asked = {name: type(value)(os.environ.get(name) or value) for name, value in DEFAULTS.items()}
    kind, store = asked["DB"], asked["STORE"]
    if kind not in ("sqlite", "postgresql") or store not in ("file", "s3"):
        _say("DB is sqlite or postgresql, STORE is file or s3.")
        return 2
    report = Report(_name(asked), asked)
    with ExitStack() as stack:
        fresh = stack.enter_context(_founded(kind))
        gate = stack.enter_context(gateway()) if store == "s3" else None
        began = time.monotonic()
        for start in range(0, asked["RUNS"], asked["ROUND"]):
            # A round by itself is repeated by its own seed: SEED=<that> RUNS=<ROUND>.
            own = asked["SEED"] + start // asked["ROUND"]
            with fresh() as ground, ExitStack() as kept:
                ground.webs, ground.workers, ground.crowd = asked["WEBS"], asked["WORKERS"], CROWD
                ground.store = kept.enter_context(bucket(gate)) if gate is not None else None
                report.add(own, _round(ground, own, min(asked["ROUND"], asked["RUNS"] - start)))
            report.seconds = time.monotonic() - began
            _say(f"{report.name} seed {own}: {report.as_text()}")
            path = report.write()
    for own, violation in report.violations:
        _say(f"VIOLATION in round {own}: {violation}")
    _say(
        f"faults {dict(report.faults)}\nanswers {dict(report.answers)}\nlog {dict(report.log)}\nwritten to {path}"
    )
    return 1 if report.violations else 0


def _name(asked: dict[str, Any]) -> str:
    """What the report is called; a run that goes on where another one ended does not replace it."""
    store = "" if asked["STORE"] == "file" else f"-{asked['STORE']}"
    return f"{asked['DB']}{store}" + (f"-from-{asked['SEED']}" if asked["SEED"] != 1 else "")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _round(ground: Ground, seed: int, runs: int) -> Outcome:
    with on_fire(ground, seed) as fire:
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
        KEPT.mkdir(exist_ok=True)
        shutil.copyfile(fire.site.log, KEPT / f"crash-{seed}.log")
    return outcome


@contextmanager
def _founded(kind: str) -> Iterator[Grounds]:
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
def _sqlite_copy(template: Path) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "office.db"
        shutil.copyfile(template, path)
        yield Ground(f"sqlite:///{path}", Path(name))


@contextmanager
def _postgresql_copy(server: PostgresqlServer) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory() as name:
        url = server.create("round", template="template")
        yield Ground(url, Path(name), crash_database=server.crash)
        server.drop("round")


if __name__ == "__main__":
    sys.exit(main())
