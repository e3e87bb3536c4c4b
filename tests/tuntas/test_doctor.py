"""The doctor says what is wrong and what to do, and is quiet about a healthy installation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from cases.deadlines.calendars import store_calendar
from storage.tables import CalendarVersion, Deadline, Office, OutboxMessage, ProcessDefinition
from support.office import Desk, config_for
from tuntas.config import Config
from tuntas.doctor import examine
from tuntas.office import Tuntas

NAMES = [
    "python",
    "browser assets",
    "object store",
    "database",
    "schema",
    "office",
    "calendar",
    "processes",
    "incidents",
    "queues",
    "workers",
]


def told(config: Config) -> dict[str, tuple[bool, str]]:
    """What the doctor says, by what was examined."""
    return {result.name: (result.ok, result.finding) for result in examine(config)}


def change(office: Tuntas, statement: object) -> None:
    """Break something."""
    office.work.write(lambda session: session.execute(statement))


def test_a_healthy_office_is_healthy_in_every_part(office: Tuntas) -> None:
    results = told(office.config)
    assert list(results) == NAMES
    # Whether the browser assets are built is a matter of this working copy, not of the office.
    assert {name for name, (ok, _) in results.items() if not ok} <= {"browser assets"}


def test_an_empty_database_lacks_its_schema(empty_database_url: str, tmp_path: Path) -> None:
    assert told(config_for(empty_database_url, tmp_path))["schema"] == (False, "behind; run 'tuntas migrate'")


def test_a_migrated_database_lacks_an_office_and_processes(database_url: str, tmp_path: Path) -> None:
    results = told(config_for(database_url, tmp_path))
    assert results["schema"][0]
    assert results["office"] == (False, "none; run 'tuntas init' or 'tuntas seed'")
    assert results["processes"] == (False, "not deployed: complaint, intake; run 'tuntas deploy .'")


def test_a_database_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    results = told(config_for("postgresql://u:secret-word@127.0.0.1:9/d", tmp_path))
    assert results["database"][0] is False
    assert "TUNTAS_DATABASE_URL" in results["database"][1]
    assert "secret-word" not in str(results)


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (delete(Office), "office"),
        (
            update(ProcessDefinition).where(ProcessDefinition.key == "intake").values(status="retired"),
            "processes",
        ),
    ],
)
def test_what_an_office_lacks_is_told(office: Tuntas, statement: object, name: str) -> None:
    change(office, statement)
    assert [key for key, (ok, _) in told(office.config).items() if not ok and key != "browser assets"] == [
        name
    ]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("left", "healthy"),
    [(timedelta(days=364), False), (timedelta(days=0), False), (timedelta(days=366), True)],
)
def test_a_calendar_that_ends_within_a_year_is_told(office: Tuntas, left: timedelta, healthy: bool) -> None:
    last = datetime.now(UTC).date() + left

    def shorten(session: Session) -> None:
        old = office.env.calendars.current(session)
        short = replace(old, version=2, last=last)
        store_calendar(session, short, reason="uji", at=office.env.clock.now(), created_by=None)

    office.work.write(shorten)
    ok, finding = told(office.config)["calendar"]
    assert ok is healthy
    assert finding.startswith(f"ends {last.isoformat()}")
    assert (f"add the year {last.year + 1}" in finding) is not healthy


def test_an_office_without_a_calendar_is_told_to_migrate(office: Tuntas) -> None:
    change(office, delete(CalendarVersion))
    assert told(office.config)["calendar"] == (False, "none; run 'tuntas migrate'")


def test_alerts_that_failed_are_told(desk: Desk) -> None:
    desk.register()
    change(desk.office, update(Deadline).values(next_level=2, next_alert_at=None))
    ok, finding = told(desk.office.config)["queues"]
    assert not ok
    assert "3 failed alerts" in finding


def test_undeliverable_messages_are_told(desk: Desk) -> None:
    now = desk.clock.now()
    lost = {"topic": "t", "payload": {}, "created_at": now, "run_at": now, "failed": True}
    change(desk.office, insert(OutboxMessage).values(id=desk.office.env.new_id(), attempts=12, **lost))
    assert told(desk.office.config)["queues"] == (
        False,
        "0 failed timers, 0 failed alerts, 1 undeliverable messages",
    )


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "address", ["s3+http://127.0.0.1:9/bucket", "gopher://x", "s3+http://key:secret@127.0.0.1:9/b"]
)
def test_an_object_store_that_cannot_be_used_is_told(office: Tuntas, tmp_path: Path, address: str) -> None:
    results = told(config_for(office.config.database_url, tmp_path, object_store=address))
    assert results["object store"][0] is False
    assert "TUNTAS_OBJECT_STORE" in results["object store"][1]


def test_the_command_fails_when_something_is_broken(tuntas, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ended = tuntas("doctor")
    assert ended.code == 1
    assert "FAIL schema: behind; run 'tuntas migrate'" in ended.out
    assert "ok   python:" in ended.out
