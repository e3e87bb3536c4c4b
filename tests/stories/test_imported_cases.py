"""Real complaint records, imported as open, are worked to closure by a script through the public API."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.history import verify_history
from cases.mappings import load_mapping
from cases.model import SYSTEM, Kind
from cases.people import create_token
from cases.ports import FixedClock
from engine.markup import parse_markup
from storage.tables import Case, ExternalRef, HistoryEntry
from support.lint_sets import BPMN
from support.office import START, Desk, config_for
from support.processes import accepts, free_port, running
from tuntas.cli import MAPPINGS
from tuntas.config import ROOT
from tuntas.database import make_engine
from tuntas.found import OFFICE_FILE
from tuntas.import_file import import_file
from tuntas.office import Tuntas, build

SCRIPT = ROOT / "scripts" / "work_cases.py"
SYNTHETIC = ROOT / "tests" / "fixtures" / "stlouis.csv"
REAL = ROOT / (os.environ.get("TUNTAS_DATA") or "../shared/data") / "stlouis_csb_2009.csv"
ROWS = 25
USER_TASK = f"{{{BPMN}}}userTask"
WORKING = (
    "front_desk",
    "coordinating_admin",
    "unit_liaison",
    "case_worker",
    "superior",
    "inspectorate",
    "information_officer",
)


@pytest.fixture
def office(office_url: str, tmp_path: Path) -> Iterator[Tuntas]:
    """Yield an office by today's clock, which is the server's too."""
    engine = make_engine(office_url)
    yield build(config_for(office_url, tmp_path), engine)
    engine.dispose()


@pytest.fixture
def export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the first rows of the real export where the machine has it, else the synthetic one."""
    if not REAL.exists():
        with capsys.disabled():
            sys.stdout.write(
                f"\n{REAL} is not there (set TUNTAS_DATA): the synthetic export stands in for it\n"
            )
        return SYNTHETIC
    path = tmp_path / "export.csv"
    with (
        REAL.open(newline="", encoding="utf-8") as source,
        path.open("w", newline="", encoding="utf-8") as target,
    ):
        csv.writer(target).writerows(islice(csv.reader(source), ROWS + 1))
    return path


@contextmanager
def served(url: str, var: Path) -> Iterator[str]:
    """Yield the address of a server of its own on the office's database."""
    port = free_port()
    environment = {"TUNTAS_DATABASE_URL": url, "TUNTAS_VAR": str(var), "TUNTAS_PORT": str(port)}
    environment |= {"TUNTAS_LOG_LEVEL": "ERROR", "TUNTAS_OBJECT_STORE": f"file://{var / 'objects'}"}
    command = [sys.executable, "-m", "tuntas", "serve", "--threads", "2"]
    with running(command, log=var / "log", ready=lambda: accepts(port), environment=environment, seconds=90):
        yield f"http://127.0.0.1:{port}"


def write_tokens(office: Tuntas, path: Path) -> None:
    """A token for everybody who works on cases, and the units that have such people."""
    plan = json.loads(OFFICE_FILE.read_text(encoding="utf-8"))

    def make(session: Session) -> dict[str, list[str]]:
        tokens: dict[str, list[str]] = {role: [] for role in WORKING}
        for person in plan["people"]:
            role = person["roles"][0]["role"]
            if role in WORKING:
                name = person["username"]
                tokens[role].append(
                    create_token(session, office.env, name, "script", by=SYSTEM, expires_at=None)
                )
        return tokens

    staffed = {
        role["unit"] for person in plan["people"] for role in person["roles"] if role["role"] == "case_worker"
    }
    units = {category: unit for category, unit in plan["routing"].items() if unit in staffed}
    path.write_text(json.dumps({"tokens": office.work.write(make), "units": units}), encoding="utf-8")


def run_script(address: str, tokens: Path) -> subprocess.CompletedProcess[str]:
    """The script's end, its words and its exit code."""
    command = [sys.executable, str(SCRIPT), address, str(tokens)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def imported_dates(session: Session) -> dict[str, dict[str, str | None]]:
    """What history keeps of the source, by the source's id."""
    query = (
        select(ExternalRef.external_id, HistoryEntry.data)
        .join(HistoryEntry, HistoryEntry.case_id == ExternalRef.case_id)
        .where(HistoryEntry.tag == "case:case:imported")
    )
    return {row.external_id: row.data for row in session.execute(query)}


def test_imported_cases_are_worked_to_closure_and_keep_their_dates(
    office: Tuntas, office_url: str, export: Path, tmp_path: Path
) -> None:
    mapping = load_mapping(MAPPINGS, "st-louis", {})
    counts, _ = import_file(office, export, mapping, reopen=True, progress=lambda counts: None)
    assert counts.rows == counts.imported + counts.repeated + counts.rejected
    assert counts.imported > 0
    write_tokens(office, tmp_path / "tokens.json")
    with served(office_url, tmp_path) as address:
        done = run_script(address, tmp_path / "tokens.json")
    assert (done.returncode, done.stdout) == (0, f"closed={counts.imported} stuck=0\n"), done.stderr
    office.work.read(lambda session: audit(session, export, counts.imported))


def audit(session: Session, export: Path, imported: int) -> None:
    """Every case is closed by its process, its chain is whole, and history tells the dates of the source."""
    outcomes = select(Case.stage, Case.outcome, func.count()).group_by(Case.stage, Case.outcome)
    assert [tuple(row) for row in session.execute(outcomes)] == [("closed", "resolved", imported)]
    told = imported_dates(session)
    with export.open(newline="", encoding="utf-8") as stream:
        rows = {row["REQUESTID"]: row for row in reversed(list(csv.DictReader(stream)))}
    for external_id, data in told.items():
        row = rows[external_id]
        for field, columns in (
            ("source_received_at", ("DATETIMEINIT",)),
            ("source_closed_at", ("DATETIMECLOSED", "DATECANCELLED")),
        ):
            written = next((row[name] for name in columns if row[name]), None)
            kept = data[field]
            assert (kept and datetime.fromisoformat(kept).replace(tzinfo=None)) == (
                written and datetime.fromisoformat(written)
            )
    assert len(told) == imported
    for case_id in session.scalars(select(Case.id)):
        assert verify_history(session, case_id) > 20


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_the_script_says_which_cases_are_stuck(office: Tuntas, office_url: str, tmp_path: Path) -> None:
    mapping = load_mapping(MAPPINGS, "st-louis", {})
    import_file(office, SYNTHETIC, mapping, reopen=True, progress=lambda counts: None)
    write_tokens(office, tmp_path / "tokens.json")
    given = json.loads((tmp_path / "tokens.json").read_text(encoding="utf-8"))
    given["tokens"].pop("superior")
    (tmp_path / "tokens.json").write_text(json.dumps(given), encoding="utf-8")
    with served(office_url, tmp_path) as address:
        done = run_script(address, tmp_path / "tokens.json")
    assert (done.returncode, done.stdout) == (1, "closed=0 stuck=5\n")
    assert len(done.stderr.splitlines()) == 5
    assert all("in awaiting_approval" in line for line in done.stderr.splitlines())


def test_the_script_closes_cases_of_every_class_and_an_extended_one(
    office: Tuntas, office_url: str, tmp_path: Path
) -> None:
    desk = Desk(office, FixedClock(START))
    desk.register(kind=Kind.INFORMATION_REQUEST)
    desk.complete(
        desk.register(confidential=True).id,
        "verify_complaint",
        "admin.instansi",
        decision="accept",
        case_class="oversight",
        category="topik_lainnya",
    )
    extended = desk.register().id
    desk.accept(extended)
    desk.complete(
        extended,
        "dispose_complaint",
        "admin.instansi",
        lead_unit="pupr",
        priority="normal",
        instruction="Ya.",
    )
    desk.complete(extended, "accept_disposition", "penghubung.pupr", decision="accept")
    why = {"note": "Menunggu.", "extension_days": 5, "reason": "Bahan belum tiba."}
    desk.complete(extended, "work_on_complaint", "pelaksana.pupr", decision="extension", **why)
    write_tokens(office, tmp_path / "tokens.json")
    with served(office_url, tmp_path) as address:
        done = run_script(address, tmp_path / "tokens.json")
    assert (done.returncode, done.stdout) == (0, "closed=3 stuck=0\n"), done.stderr
    outcomes = select(Case.case_class, Case.outcome).order_by(Case.case_class)
    assert [tuple(row) for row in office.work.read(lambda session: session.execute(outcomes).all())] == [
        ("information", "answered"),
        ("ordinary", "resolved"),
        ("oversight", "decided"),
    ]


def test_the_script_knows_every_task_of_the_shipped_diagrams() -> None:
    spec = importlib.util.spec_from_file_location("work_cases", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules["work_cases"] = script
    spec.loader.exec_module(script)
    del sys.modules["work_cases"]
    known = {*script.ANSWERS, *script.ROUTED, *script.VERIFIED, "choose_team"}
    diagrams = (ROOT / "processes" / "bpmn").glob("*.bpmn")
    tasks = {task.get("id") for path in diagrams for task in parse_markup(path.read_bytes()).iter(USER_TASK)}
    assert known == tasks


def test_the_script_needs_a_coordinating_admin(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text('{"tokens": {}}', encoding="utf-8")
    done = run_script("http://127.0.0.1:9", tmp_path / "tokens.json")
    assert done.returncode == 1
    assert "coordinating_admin" in done.stderr
