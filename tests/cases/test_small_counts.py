"""What may be published as a count: nothing from which one person could be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from cases.small_counts import COUNTED, SMALLEST, publishable, publishable_count
from storage.tables import Case
from support.policy_world import World, memory_engine

TABLES = st.dictionaries(st.integers(), st.integers(0, 40), max_size=8)


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, None), (4, None), (5, 5), (6, 6)])
def test_a_count_below_five_is_withheld_and_nobody_is_told_of_nobody(count: int, told: int | None) -> None:
    assert publishable_count(count) == told


def test_a_single_small_count_takes_the_next_one_with_it() -> None:
    # Otherwise it could be computed from the total.
    assert publishable({"dinkes": 3, "pupr": 40, "dlh": 12}).counts == {
        "dinkes": None,
        "pupr": 40,
        "dlh": None,
    }


def test_small_counts_that_are_small_together_take_another_with_them() -> None:
    counts = {"dinkes": 1, "pupr": 2, "dlh": 30}
    assert set(publishable(counts).counts.values()) == {None}


@given(TABLES)
def test_what_is_withheld_is_never_small_together_unless_nothing_else_is_told(counts: dict[int, int]) -> None:
    published = publishable(counts)
    held = {key for key, count in published.counts.items() if count is None}
    told = {key: count for key, count in published.counts.items() if count}
    assert all(count >= SMALLEST for count in told.values())
    difference = published.total - sum(told.values())
    assert difference == sum(counts[key] for key in held)
    if held and told:
        assert len(held) > 1
        assert difference >= SMALLEST


def test_cases_of_the_restricted_lane_are_not_counted() -> None:
    world = World(memory_engine())
    world.case()
    world.case(confidential=True)
    world.case(sensitivity="oversight", anonymous=True, confidential=True)
    world.case(case_class="oversight")
    with world.session() as session:
        assert session.scalar(select(func.count()).select_from(Case).where(COUNTED)) == 2
    world.engine.dispose()
