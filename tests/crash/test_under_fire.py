"""Whatever is killed, cut, filled or paused, nothing acknowledged is lost and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from crash.faults import (
    cut_connections,
    drawn,
    fill_disk,
    kill_everything,
    kill_web,
    kill_worker,
    pause_worker,
)
from crash.faulty import sabotage
from crash.fire import Fire, on_fire
from support.processes import wait_until

FAULTS = (kill_web, kill_worker, cut_connections, fill_disk, pause_worker, kill_everything)
ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
SEED = 7


@contextmanager
def burning(
    url: str, folder: Path, *, acknowledged: int, faults: Callable[[], None] | None = None
) -> Iterator[Fire]:
    """An office under load that has told its clients of so many things already; audited at the end of the block."""
    with on_fire(url, folder, SEED, sabotage=faults) as fire:
        with fire.load():
            wait_until(lambda: fire.ledger.acknowledged >= acknowledged, "the clients", seconds=90)
            yield fire
        fire.come_to_rest()
        fire.judge()


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice_under_fire(
    office_url: str, tmp_path: Path
) -> None:
    with burning(office_url, tmp_path, acknowledged=3) as fire:
        for fault in FAULTS:
            before = fire.ledger.acknowledged
            fault(fire.site, fire.rng)
            wait_until(lambda before=before: fire.ledger.acknowledged > before + 2, "the clients", seconds=90)
        fire.hurry_timers()
    assert fire.outcome.violations == []
    assert fire.outcome.acknowledged > 3 * len(FAULTS)
    assert fire.outcome.effects > 0


@ON_SQLITE
def test_the_audit_names_a_lost_commit_a_double_effect_and_an_orphan_object(
    office_url: str, tmp_path: Path
) -> None:
    with burning(office_url, tmp_path, acknowledged=30, faults=sabotage) as fire:
        fire.sweeps = False
    named = {violation.kind for violation in fire.outcome.violations}
    assert {"lost", "double effect", "orphan object"} <= named


def test_the_same_seed_repeats_the_same_faults() -> None:
    def sequence(seed: int) -> list[str]:
        rng = Random(seed)
        return [drawn(rng).__name__ for _ in range(50)]

    assert sequence(SEED) == sequence(SEED) != sequence(SEED + 1)
    assert set(sequence(SEED)) == {fault.__name__ for fault in FAULTS}
