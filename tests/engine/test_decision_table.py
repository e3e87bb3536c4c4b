"""Decision tables answer without a process: hit policies are kept, and what rows cover together is found out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decision_table import (
    DecisionFailedError,
    DecisionRefusedError,
    DecisionTable,
    evaluate,
    load,
)
from engine.lint.decision_cover import OTHER, Cover, TooMuchError
from support.diagram_text import dmn

LEVELS = [['"low"', "1"], ['"high"', "2"], ["", "0"]]


def table(rules: list[list[str]], policy: str = "FIRST", inputs: int = 1) -> DecisionTable:
    """A table over ``a``, ``b`` ... that answers ``level``."""
    names = "abcdef"[:inputs]
    return load(dmn("levels", dict(zip(names, names, strict=True)), ["level"], rules, policy))


def test_the_first_row_that_matches_answers():
    assert evaluate(table(LEVELS), {"a": "high"}) == {"level": 2}
    assert evaluate(table(LEVELS), {"a": "unheard of"}) == {"level": 0}


def test_an_input_is_read_by_its_name_and_as_a_fact_of_the_case():
    read_as_fact = load(dmn("levels", {"a": "case.a"}, ["level"], LEVELS, "FIRST"))
    assert evaluate(read_as_fact, {"a": "low"}) == evaluate(table(LEVELS), {"a": "low"}) == {"level": 1}


def test_two_rows_of_unique_that_match_together_are_refused():
    with pytest.raises(DecisionFailedError, match=r"the rules 1, 2 of .* match together"):
        evaluate(table([["> 1", "1"], ["> 2", "2"]], "UNIQUE"), {"a": 3})


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY"])
def test_no_row_that_matches_is_refused(policy: str):
    with pytest.raises(DecisionFailedError, match="no rule"):
        evaluate(table([['"low"', "1"]], policy), {"a": "high"})


def test_rows_of_any_may_match_together_while_they_agree():
    assert evaluate(table([["> 1", "1"], ["> 2", "1"]], "ANY"), {"a": 3}) == {"level": 1}
    with pytest.raises(DecisionFailedError, match="different answers"):
        evaluate(table([["> 1", "1"], ["> 2", "2"]], "ANY"), {"a": 3})


def test_collect_answers_every_row_that_matches_also_when_there_is_none():
    collecting = table([["> 1", "1"], ["> 2", "2"]], "COLLECT")
    assert evaluate(collecting, {"a": 3}) == {"level": [1, 2]}
    assert evaluate(collecting, {"a": 0}) == {"level": []}


def test_an_input_that_is_missing_is_named():
    with pytest.raises(DecisionFailedError, match="a is missing"):
        evaluate(table(LEVELS), {})


def test_an_input_that_no_cell_asks_for_may_be_missing():
    assert evaluate(table([['"x"', "", "1"]], inputs=2), {"a": "x"}) == {"level": 1}


@pytest.mark.parametrize(
    "content",
    [b"<broken", dmn("x", {"a": "a"}, ["b"], [["1", "__import__('os')"]]), b"<definitions/>"],
    ids=["broken", "hostile", "empty"],
)
def test_a_file_without_a_table_that_can_be_computed_is_refused(content: bytes):
    with pytest.raises(DecisionRefusedError):
        load(content)


def test_the_same_bytes_are_compiled_once():
    content = dmn("levels", {"a": "a"}, ["level"], LEVELS, "FIRST")
    assert load(content) is load(bytes(content))


CELLS = ["", '"x"', '"y"', '"x", "y"', 'not in ("x",)', "> 1", "2", "< 2", "is None", "True", "? != 2"]
Row = tuple[str, str]


def takes(row: Row, a: object, b: object) -> bool:
    """Whether a table of this one row has an answer; a comparison that makes no sense is none."""
    try:
        return evaluate(table([[*row, "1"]], "COLLECT", inputs=2), {"a": a, "b": b}) == {"level": [1]}
    except DecisionFailedError:
        return False


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(CELLS)), min_size=1, max_size=5))
def test_what_rows_cover_is_what_trying_every_value_shows(rows: list[Row]):
    """The search for gaps against the plainest one: every combination of values, asked of every row."""
    cover = Cover(table([[*row, "1"] for row in rows], inputs=2))
    tried = [
        {number for number, row in enumerate(rows, start=1) if takes(row, a, b)}
        for a, b in product(*cover.samples)
    ]
    assert (cover.hole() is None) == all(tried)
    together = {(min(pair), max(pair)) for hit in tried for pair in product(hit, hit) if len(set(pair)) == 2}
    assert {(one.first, one.second) for one in cover.overlaps()} == together
    used = {min(hit) for hit in tried if hit}
    assert set(cover.unreachable()) == set(range(1, len(rows) + 1)) - used


def test_a_column_that_names_nothing_still_has_a_value():
    assert Cover(table([["", "1"]])).samples == [[OTHER]]


def test_a_row_that_computes_is_not_called_simple():
    assert Cover.is_simple(table(LEVELS))
    assert not Cover.is_simple(table([["len(?) > 1", "1"], ["", "0"]]))
    assert not Cover.is_simple(table([['in "abc"', "1"], ["", "0"]]))


def test_a_table_that_names_too_many_values_is_not_examined():
    cells = [", ".join(f'"{row} {number}"' for number in range(20)) for row in range(240)]
    with pytest.raises(TooMuchError):
        Cover(table([[cell, "1"] for cell in cells]))
