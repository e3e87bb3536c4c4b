"""The public reference: a slip of the tongue or the finger never leads to another case."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case_reference import CHECK_CHARACTERS, find_reference, format_reference

REFERENCES = st.builds(
    format_reference,
    st.text(string.ascii_uppercase, min_size=2, max_size=8),
    st.integers(1900, 2200),
    st.integers(1, 99_999_999),
)
SPOKEN = string.ascii_uppercase + string.digits


def test_a_reference_reads_as_documented() -> None:
    assert format_reference("TTS", 2026, 123).startswith("TTS-2026-000123-")


def test_check_characters_cannot_be_mistaken() -> None:
    assert len(set(CHECK_CHARACTERS)) == 31
    assert not set(CHECK_CHARACTERS) & set("0O1IL")


@given(REFERENCES)
def test_a_reference_is_found_however_it_is_typed(reference: str) -> None:
    for typed in (
        reference,
        reference.lower(),
        reference.replace("-", ""),
        f"  {reference.replace('-', ' ')} ",
        reference.replace("-", "/"),
        reference.replace("-", "\u2013"),
    ):
        assert find_reference(typed) == reference


@given(REFERENCES, st.data())
def test_a_single_wrong_character_is_noticed(reference: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([i for i, character in enumerate(reference) if character != "-"]))
    wrong = data.draw(st.sampled_from([character for character in SPOKEN if character != reference[at]]))
    assert find_reference(reference[:at] + wrong + reference[at + 1 :]) is None


@given(REFERENCES, st.data())
def test_two_exchanged_characters_are_noticed(reference: str, data: st.DataObject) -> None:
    compact = reference.replace("-", "")
    at = data.draw(st.integers(0, len(compact) - 2))
    swapped = compact[:at] + compact[at + 1] + compact[at] + compact[at + 2 :]
    assert swapped == compact or find_reference(swapped) is None


@pytest.mark.parametrize(
    "typed", ["", "TTS", "TTS-2026-000123", "TTS-2026-000000-V", "\u0661" * 20, "x" * 10_000]
)
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    assert find_reference(typed) is None


@pytest.mark.parametrize(("code", "year", "number"), [("T", 2026, 1), ("TT1", 2026, 1), ("TTS", 2026, 0)])
def test_a_reference_that_could_not_be_checked_is_not_made(code: str, year: int, number: int) -> None:
    with pytest.raises(ValueError, match=r"must be|holds"):
        format_reference(code, year, number)
