"""Identity and mobile numbers in free text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.masking import (
    IDENTITY_MASK,
    PHONE_MASK,
    find_numbers,
    holds_identity_number,
    mask_field,
    mask_numbers,
)

MASKED = [
    # A bare number, one in groups, with dots, with dashes, and before another number.
    ("NIK 3201234567890123.", f"NIK {IDENTITY_MASK}."),
    ("3201 2345 6789 0123", IDENTITY_MASK),
    ("3201.2345.6789.0123", IDENTITY_MASK),
    ("KK:3201-2345-6789-0123!", f"KK:{IDENTITY_MASK}!"),
    ("NIK 3201234567890123 2 anak", f"NIK {IDENTITY_MASK} 2 anak"),
    ("dua 3201234567890123 3201234567890124", f"dua {IDENTITY_MASK} {IDENTITY_MASK}"),
    # Mobile numbers in the spellings people use.
    ("WA 081234567890", f"WA {PHONE_MASK}"),
    ("0812-3456-7890", PHONE_MASK),
    ("0812 3456 789", PHONE_MASK),
    ("+62 812-3456-7890", PHONE_MASK),
    ("6281234567890", PHONE_MASK),
    ("+62(0)81234567890", PHONE_MASK),
]
KEPT = [
    "Rp 1.500.000 untuk 12 orang",
    "pada 2026-03-16 pukul 10.30",
    "nomor rekening 123456789012345678",
    "RT 08 RW 12",
    "kantor 021-5551234",
    "081234",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_a_number_is_masked(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask_numbers(text) == text
    assert not holds_identity_number(text)


@given(st.text(), st.from_regex(r"[1-9][0-9]{15}", fullmatch=True), st.text())
def test_no_identity_number_survives_masking(before: str, number: str, after: str) -> None:
    text = f"{before} {number} {after}"
    assert holds_identity_number(text) or find_numbers(text)
    assert number not in mask_numbers(text)


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_numbers(text)
    assert mask_numbers(once) == once


def test_a_field_tells_only_that_it_is_there() -> None:
    assert (mask_field("Siti"), mask_field(None)) == ("***", None)
