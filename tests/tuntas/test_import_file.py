"""Importing export files: every row is accounted for, nothing is imported twice, every refusal names its line."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from cases.case_reference import check_character
from cases.history import verify_history
from cases.importing import ImportedLot
from cases.mappings import MappingError, SourceMapping, load_mapping
from storage.tables import Case, ExternalRef, HistoryEntry, ProcessInstance
from support.needs import require
from support.office import Desk
from tuntas import import_file as module
from tuntas.cli import MAPPINGS
from tuntas.config import ROOT
from tuntas.import_file import Counts, import_file
from tuntas.office import Tuntas

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
ST_LOUIS, LAPOR = FIXTURES / "stlouis.csv", FIXTURES / "lapor.csv"
ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

# Line of the synthetic file and why it cannot become a case.
REJECTED = {
    "9": "unreadable date 'last spring' in received_at",
    "10": "closed at 2009-01-01 12:00:00 before received at 2009-01-05 07:30:00",
    "11": "21 columns instead of 22",
    "13": "unknown status 'LOST'",
    "14": "impossible date '2199-01-05 07:30:00.0' in received_at",
}


def mapping(office: Tuntas, key: str) -> SourceMapping:
    """A mapping that ships with the product."""
    names = {category.label.id: code for code, category in office.env.reference.categories.items()}
    return load_mapping(MAPPINGS, key, names)


def take(office: Tuntas, path: Path, key: str = "st-louis", **options: Any) -> Counts:
    """Import a file and answer the counts."""
    settings = {"reopen": False, "progress": lambda counts: None, **options}
    return import_file(office, path, mapping(office, key), **settings)[0]


def report(office: Tuntas, name: str) -> list[dict[str, str]]:
    """A report of the last import."""
    with (office.config.var / "imports" / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def case_of(office: Tuntas, external_id: str) -> Any:
    """The case made of a row."""
    query = select(*Case.__table__.columns).join(ExternalRef, ExternalRef.case_id == Case.id)
    return office.work.read(
        lambda session: session.execute(query.where(ExternalRef.external_id == external_id)).one()
    )


def imported_entry(office: Tuntas, case_id: str) -> dict[str, Any]:
    """What history says about the import of a case."""
    query = select(HistoryEntry.data).where(
        HistoryEntry.case_id == case_id, HistoryEntry.tag == "case:case:imported"
    )
    return dict(office.work.read(lambda session: session.scalars(query).one()))


def count(office: Tuntas, table: Any) -> int:
    """Rows of a table."""
    return office.work.read(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def real_file(year: int) -> Path:
    """The real export of a year, where the machine has it."""
    path = ROOT / (os.environ.get("TUNTAS_DATA") or "../shared/data") / f"stlouis_csb_{year}.csv"
    require(path.exists(), f"the St. Louis export of {year} (TUNTAS_DATA names its folder)", "no command")
    return path


def test_every_row_is_imported_repeated_or_rejected(office: Tuntas) -> None:
    counts = take(office, ST_LOUIS)
    assert str(counts) == "rows=12 imported=5 repeated=2 rejected=5"
    assert count(office, Case) == 5


def test_a_second_run_changes_nothing(office: Tuntas) -> None:
    take(office, ST_LOUIS)
    before = [count(office, table) for table in (Case, ExternalRef, HistoryEntry)]
    assert str(take(office, ST_LOUIS)) == "rows=12 imported=0 repeated=7 rejected=5"
    assert [count(office, table) for table in (Case, ExternalRef, HistoryEntry)] == before
    assert {row["difference"] for row in report(office, "stlouis.repeated")} == {
        "same",
        "differs from the imported row",
    }


@ON_SQLITE
def test_every_rejected_row_is_kept_whole_with_its_line_and_the_reason(office: Tuntas) -> None:
    take(office, ST_LOUIS)
    rows = report(office, "stlouis.rejects")
    assert {row["line"]: row["reason"] for row in rows} == REJECTED
    assert rows[0]["PROBADDRESS"] == "5 EXAMPLE CT"


@ON_SQLITE
def test_a_repeated_id_keeps_the_first_and_reports_the_difference(office: Tuntas) -> None:
    take(office, ST_LOUIS)
    assert [(row["line"], row["id"], row["difference"]) for row in report(office, "stlouis.repeated")] == [
        ("6", "1001", "same"),
        ("7", "1002", "CALLERTYPE: '' -> 'EMAIL'"),
    ]
    assert case_of(office, "1002").channel == "csv_import"


@ON_SQLITE
def test_an_unknown_code_is_imported_as_unmapped_with_a_warning(office: Tuntas) -> None:
    assert take(office, ST_LOUIS).warnings == 2
    assert case_of(office, "1004").category == "unmapped"
    warnings = {row["warning"] for row in report(office, "stlouis.warnings")}
    assert warnings == {"unknown category code 'Sinkhole'", "unknown channel 'telex'"}


def test_a_closed_row_becomes_a_closed_case_whose_history_says_so(desk: Desk) -> None:
    office = desk.office
    take(office, ST_LOUIS)
    case = case_of(office, "1001")
    assert (case.stage, case.status, case.channel, case.imported) == ("closed", "Selesai", "web", True)
    assert case.received_at.isoformat() == "2009-01-02T14:26:34+00:00"
    assert case.closed_at.isoformat() == "2009-02-03T17:16:34.960000+00:00"
    assert case.place == "1 EXAMPLE AV, St. Louis, 63100"
    assert desk.tags(case.id) == ["case:case:registered", "case:case:imported", "case:case:closed"]
    assert imported_entry(office, case.id)["source_status"] == "CLOSED"
    assert office.work.read(lambda session: verify_history(session, case.id)) == 3


@ON_SQLITE
def test_an_open_row_starts_in_the_process_with_its_own_date_of_receipt(desk: Desk) -> None:
    office = desk.office
    take(office, ST_LOUIS)
    case = case_of(office, "1008")
    assert (case.stage, case.received_at.year) == ("verification", 2009)
    assert desk.task(case.id, "verify_complaint").reference == case.reference
    assert count(office, ProcessInstance) == 2


def test_with_open_every_row_starts_as_received_now_and_keeps_its_dates_in_history(desk: Desk) -> None:
    office = desk.office
    take(office, ST_LOUIS, reopen=True)
    case = case_of(office, "1001")
    assert (case.stage, case.received_at) == ("verification", desk.clock.now())
    told = imported_entry(office, case.id)
    assert told["source_received_at"] == "2009-01-02T08:26:34-06:00"
    assert told["source_closed_at"] == "2009-02-03T11:16:34.960000-06:00"


@ON_SQLITE
def test_an_interrupted_import_can_run_again(office: Tuntas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)

    def interrupt(counts: Counts) -> None:
        if counts.rows == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(office, ST_LOUIS, progress=interrupt)
    assert 0 < count(office, Case) < 5
    again = take(office, ST_LOUIS)
    assert (again.rows, again.imported + again.repeated + again.rejected, again.rejected) == (12, 12, 5)
    assert count(office, Case) == 5


def test_a_batch_that_fails_leaves_nothing_of_itself(office: Tuntas, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.import_rows

    def fails_at_the_end(*args: Any, **options: Any) -> ImportedLot:
        real(*args, **options)
        raise RuntimeError("the power went out")

    monkeypatch.setattr(module, "import_rows", fails_at_the_end)
    with pytest.raises(RuntimeError):
        take(office, ST_LOUIS)
    assert count(office, Case) == count(office, ExternalRef) == 0
    monkeypatch.setattr(module, "import_rows", real)
    assert take(office, ST_LOUIS).imported == 5
    assert count(office, Case) == 5


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_a_value_that_does_not_fit_its_column_costs_its_own_row_only(office: Tuntas, tmp_path: Path) -> None:
    """The link of a row is made of its id: that of the longer id is one character too long for the column."""
    link = "https://contoh.invalid/".ljust(496, "x") + "{id}"
    path = tmp_path / "lapor.csv"
    lines = LAPOR.read_text(encoding="utf-8").splitlines()[:2]
    path.write_text("\n".join([*lines, lines[1].replace("9000001", "9001")]), encoding="utf-8")
    narrow = replace(mapping(office, "lapor"), url=link)
    counts, _ = import_file(office, path, narrow, reopen=False, progress=lambda counts: None)
    assert str(counts) == "rows=2 imported=1 repeated=0 rejected=1"
    (told,) = report(office, "lapor.rejects")
    assert told["TrackingID"] == "9000001"
    assert told["reason"].startswith("a value cannot be stored: value too long")
    assert case_of(office, "9001").reference.endswith(check_character("TTS", 2026, 1))


@ON_SQLITE
def test_a_lapor_export_is_imported_by_its_category_names(office: Tuntas) -> None:
    assert str(take(office, LAPOR, "lapor")) == "rows=5 imported=3 repeated=1 rejected=1"
    case = case_of(office, "9000001")
    assert (case.category, case.channel, case.stage) == ("pekerjaan_umum_jalan_berlubang", "lapor", "closed")
    assert case.received_at.isoformat() == "2026-01-05T02:15:00+00:00"
    assert case_of(office, "9000003").category == "unmapped"
    (repeated,) = report(office, "lapor.repeated")
    assert "Status: 'Belum' -> 'Proses'" in repeated["difference"]
    assert [row["reason"] for row in report(office, "lapor.rejects")] == [
        "unreadable date '2026-02-30 08:00:00' in received_at"
    ]


@ON_SQLITE
def test_the_right_file_with_the_wrong_mapping_is_refused_in_one_sentence(office: Tuntas) -> None:
    with pytest.raises(
        MappingError, match=r"The file has no column .*TrackingID.* Is 'lapor' the right mapping"
    ):
        take(office, ST_LOUIS, "lapor")
    assert count(office, Case) == 0


@ON_SQLITE
@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_file_is_refused_in_one_sentence(office: Tuntas, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(MappingError, match=r"empty|no column"):
        take(office, path)


@ON_SQLITE
def test_a_file_of_bytes_that_are_no_text_rejects_its_rows_and_does_not_fail(
    office: Tuntas, tmp_path: Path
) -> None:
    path = tmp_path / "noise.csv"
    head = ST_LOUIS.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(head + bytes(range(14, 256)) * 3 + b"\n\x00,\x00\n")
    counts = take(office, path)
    assert counts.rows == counts.rejected > 0


@ON_SQLITE
def test_the_real_file_of_2009_is_accounted_for_to_the_last_row(office: Tuntas) -> None:
    assert str(take(office, real_file(2009))) == "rows=802 imported=751 repeated=50 rejected=1"
    different = [row for row in report(office, "stlouis_csb_2009.repeated") if row["difference"] != "same"]
    assert len({row["id"] for row in different}) == 7
    assert all(row["difference"].startswith("CALLERTYPE: ") for row in different)


@ON_SQLITE
def test_the_real_file_of_2010_warns_about_the_codes_that_2009_does_not_have(office: Tuntas) -> None:
    counts = take(office, real_file(2010))
    assert counts.rows == 1545 == counts.imported + counts.repeated + counts.rejected
    codes = Counter(row["warning"] for row in report(office, "stlouis_csb_2010.warnings"))
    assert len(codes) == 36
    query = select(func.count()).select_from(Case).where(Case.category == "unmapped")
    assert office.work.read(lambda session: session.scalar(query)) == sum(codes.values()) == counts.warnings
