"""Mappings: which column means what, how dates and codes are read, and what makes a row impossible."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cases.mappings import (
    ImportedRow,
    MappingError,
    RowRejectedError,
    SourceMapping,
    list_mappings,
    load_mapping,
    row_hash,
)
from cases.reference import load_reference
from tuntas.cli import MAPPINGS
from tuntas.office import REFERENCE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "stlouis.csv"


@pytest.fixture(scope="module")
def st_louis() -> SourceMapping:
    """Return the mapping of the St. Louis export."""
    return load_mapping(MAPPINGS, "st-louis", {})


@pytest.fixture(scope="module")
def first() -> dict[str, str]:
    """Return the first row of the synthetic export."""
    with FIXTURE.open(newline="", encoding="utf-8") as stream:
        return next(csv.DictReader(stream))


def read(mapping: SourceMapping, row: dict[str, str], **changes: str) -> ImportedRow:
    """The row as a complaint, with some cells changed."""
    return mapping.read({**row, **changes}, now=NOW)


def test_the_product_ships_two_mappings() -> None:
    assert list_mappings(MAPPINGS) == ("lapor", "st-louis")


@pytest.mark.parametrize("key", ["lapor", "st-louis"])
def test_every_category_that_a_mapping_names_exists(key: str) -> None:
    categories = load_reference(REFERENCE).categories
    names = {category.label.id: code for code, category in categories.items()}
    assert set(load_mapping(MAPPINGS, key, names).categories.values()) <= set(categories)


@pytest.mark.parametrize("key", ["nowhere", "", "../clocks", "st-louis.json"])
def test_an_unknown_mapping_is_refused_with_the_known_ones(key: str) -> None:
    with pytest.raises(MappingError, match=r"There is no mapping .* Known: lapor, st-louis\."):
        load_mapping(MAPPINGS, key, {})


def test_a_column_named_twice_is_refused(st_louis: SourceMapping, first: dict[str, str]) -> None:
    with pytest.raises(MappingError, match="names the column STATUS twice"):
        st_louis.check_header([*first, "STATUS"])


def test_columns_may_come_in_any_order_and_with_others_between(
    st_louis: SourceMapping, first: dict[str, str]
) -> None:
    st_louis.check_header(["SOMETHING", *reversed(list(first))])


def test_a_row_becomes_a_complaint(st_louis: SourceMapping, first: dict[str, str]) -> None:
    row = read(st_louis, first)
    complaint = row.complaint
    assert (complaint.title, complaint.text) == (
        "Pothole in the street",
        "Pothole in the street\n\nFill the hole",
    )
    assert (complaint.category, complaint.channel.value) == ("pekerjaan_umum_jalan_berlubang", "web")
    assert (complaint.target, complaint.place) == ("STREETS", "1 EXAMPLE AV, St. Louis, 63100")
    assert (row.id, row.closed, row.status, row.warnings) == ("1001", True, "CLOSED", ())
    (reference,) = complaint.external_refs
    assert (reference.system, reference.id, reference.row_hash) == ("st-louis-csb", "1001", row_hash(first))


# (cells that change, words of the reason)
IMPOSSIBLE: list[tuple[dict[str, str], str]] = [
    ({"REQUESTID": ""}, "the id is empty"),
    ({"REQUESTID": "9" * 121}, "longer than 120"),
    ({"DATETIMEINIT": ""}, "the date of receipt is empty"),
    ({"DATETIMEINIT": "2009-02-30 08:00:00.0"}, "unreadable date"),
    ({"DATETIMEINIT": "1899-12-30 00:00:00.0"}, "impossible date"),
    ({"DATETIMEINIT": "2026-03-03 00:00:00.0"}, "impossible date"),
    ({"DATETIMECLOSED": "2009-01-02 08:26:33.9"}, "before received"),
    ({"STATUS": "PENDING"}, "unknown status 'PENDING'"),
    ({"STATUS": ""}, "unknown status ''"),
]


@pytest.mark.parametrize(("changes", "reason"), IMPOSSIBLE)
def test_an_impossible_row_is_rejected_with_the_reason(
    st_louis: SourceMapping, first: dict[str, str], changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(RowRejectedError, match=reason):
        read(st_louis, first, **changes)


@pytest.mark.parametrize("spelling", ["CANCEL", "Cancel", "cancel", " closed "])
def test_the_spelling_of_a_status_does_not_matter(
    st_louis: SourceMapping, first: dict[str, str], spelling: str
) -> None:
    assert read(st_louis, first, STATUS=spelling).closed


def test_a_closed_row_without_a_date_of_closing_is_accepted(
    st_louis: SourceMapping, first: dict[str, str]
) -> None:
    assert read(st_louis, first, DATETIMECLOSED="").closed_at is None


def test_a_row_without_any_words_is_still_somebodys_complaint(
    st_louis: SourceMapping, first: dict[str, str]
) -> None:
    empty = dict.fromkeys(
        ("PLAIN_ENGLISH_NAME_FOR_PROBLEMCODE", "DESCRIPTION", "EXPLANATION", "PROBLEMCODE"), ""
    )
    row = read(st_louis, first, **empty)
    assert (row.complaint.title, row.complaint.text) == ("st-louis-csb 1001", "st-louis-csb 1001")
    assert row.complaint.category == "unmapped"


def test_a_title_that_is_too_long_is_shortened_and_kept_whole_in_the_text(
    st_louis: SourceMapping, first: dict[str, str]
) -> None:
    complaint = read(st_louis, first, PLAIN_ENGLISH_NAME_FOR_PROBLEMCODE="x" * 500).complaint
    assert len(complaint.title) == 200
    assert complaint.text.startswith("x" * 500)


def test_the_hash_of_a_row_covers_every_cell_and_no_order(first: dict[str, str]) -> None:
    turned: dict[str, Any] = dict(reversed(list(first.items())))
    assert row_hash(turned) == row_hash(first)
    assert all(row_hash({**first, name: "changed"}) != row_hash(first) for name in first)
