"""Offices that earlier releases left behind are migrated with all that they hold, and every case comes to its end."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from cases.attachments import open_attachment
from cases.history import verify_history
from cases.ports import FixedClock
from storage.objects import open_store
from storage.tables import Attachment, Case, Incident, Timer
from support.office import Desk, actor_named, config_for
from support.walker import Walker, everybody
from tuntas.backups.model import Manifest
from tuntas.backups.restoring import restore_backup
from tuntas.database import differences, is_current, make_engine
from tuntas.initial import upgrade_office
from tuntas.office import build

OFFICES = sorted((Path(__file__).parent / "offices").glob("*.tar.xz"))
PATIENCE = 250
"""Steps after which cases that were always worked on must have come to their ends."""


class Moved:
    """An office of an earlier release, in the hands of this one."""

    def __init__(self, archive: Path, url: str, folder: Path) -> None:
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "backup", filter="data")
        self.known = json.loads((folder / "backup" / "known.json").read_text())
        self.clock = FixedClock(datetime.fromisoformat(self.known["now"]))
        config = config_for(url, folder)
        self.manifest, self.broken = self._restore(folder, url)
        self.engine = make_engine(url)
        self.office = build(config, self.engine, clock=self.clock)
        self.office.work.write(lambda session: upgrade_office(session, self.office.env))
        self.desk = Desk(self.office, self.clock)
        self.desk.secrets = {case_id: tuple(pair) for case_id, pair in self.known["secrets"].items()}

    def _restore(self, folder: Path, url: str) -> tuple[Manifest, list[str]]:
        store = open_store(f"file://{folder / 'objects'}", folder)
        return restore_backup(folder / "backup", url, store, lambda what, done: None)

    def rows(self, query: Any) -> list[Any]:
        return self.office.work.read(lambda session: list(session.execute(query).all()))


@pytest.fixture(params=OFFICES, ids=[path.name.partition(".")[0] for path in OFFICES])
def moved(request: pytest.FixtureRequest, empty_database_url: str, tmp_path: Path) -> Iterator[Moved]:
    """Yield an office that was migrated from an earlier release."""
    found = Moved(request.param, empty_database_url, tmp_path)
    yield found
    found.engine.dispose()


def test_there_is_an_office_of_every_landed_schema() -> None:
    assert [path.name for path in OFFICES] == ["issue-2.tar.xz", "issue-3.tar.xz"]


def test_an_office_of_an_earlier_release_is_migrated_whole_and_every_case_is_finished(moved: Moved) -> None:
    assert is_current(moved.engine)
    assert differences(moved.engine) == []
    assert moved.broken == []
    assert len(moved.rows(select(Timer.task_id))) >= 3
    _read_the_file(moved)
    walker = _finish(moved)
    assert moved.rows(select(Incident.cause)) == []
    assert moved.rows(select(Timer.task_id).where(Timer.failed)) == []
    assert walker.unended() == []
    query = select(Case.title, Case.outcome).where(Case.id.in_(walker.cases))
    assert [row.title for row in moved.rows(query) if row.outcome is None] == []
    for case_id in walker.cases:
        entries = moved.office.work.read(lambda session, case_id=case_id: verify_history(session, case_id))
        assert entries > 3


def _read_the_file(moved: Moved) -> None:
    """The officer opens the file that was given to a case before the upgrade."""
    ((attachment_id,),) = moved.rows(select(Attachment.id))
    by, env = actor_named(moved.office, "admin.instansi"), moved.office.env
    opened = moved.office.work.write(lambda session: open_attachment(session, env, attachment_id, by=by))
    assert b"".join(opened.chunks) == b"Lubangnya sedalam lutut.\n"


def _finish(moved: Moved) -> Walker:
    """People work, complainants answer and time passes until none of the cases is open.

    Each database finishes every other one: where a case stands is nothing that a database knows.
    """
    walker = Walker(moved.desk, Random(7).choice, everybody(moved.desk))
    cases = [row.id for row in moved.rows(select(Case.id).order_by(Case.reference))]
    walker.cases = cases[moved.engine.dialect.name == "postgresql" :: 2]
    walker.secrets = {case_id: moved.desk.complainant(case_id) for case_id in walker.cases}
    for _ in range(PATIENCE):
        if not walker.open_cases():
            break
        if not walker.work() and not walker.say():
            walker.rest(250)
    assert walker.open_cases() == [], walker.story()
    return walker
