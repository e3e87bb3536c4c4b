"""An office is backed up while it works, restored elsewhere on either database, and works on; nothing half counts."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, inspect, select, update

from cases.attachments import Upload, add_attachment, open_attachment
from cases.ports import FixedClock
from storage.objects import open_store
from storage.tables import Attachment, Base, Case, CaseText, HistoryEntry, Letter, LoginSession, Timer, User
from support.office import START, Desk, actor_named, config_for
from support.paths import disposed, responded
from tuntas.backups.columns import kind_of
from tuntas.backups.making import PASSING, make_backup
from tuntas.backups.model import BackupError, Manifest, read_manifest
from tuntas.backups.restoring import batches, check_backup, restore_backup
from tuntas.config import ROOT
from tuntas.database import make_engine
from tuntas.office import Tuntas, build
from tuntas.worker import Worker

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 700
SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
BOTH = ("office_url", "empty_database_url")
ACROSS = pytest.mark.parametrize(BOTH, [("sqlite", "postgresql"), ("postgresql", "sqlite")], indirect=True)
ALIKE = pytest.mark.parametrize(BOTH, [("sqlite", "sqlite"), ("postgresql", "postgresql")], indirect=True)
Command = Callable[..., Any]


def quiet(what: str, done: int) -> None:
    """Nobody watches."""


def attach(desk: Desk, case_id: str, content: bytes = b"Lubangnya dalam.\n") -> str:
    """An officer gives the case a file; the id of the attachment."""
    by, env = actor_named(desk.office, "admin.instansi"), desk.office.env
    upload = Upload("catatan.txt", [content])
    view = desk.office.work.write(lambda session: add_attachment(session, env, case_id, upload, by=by))
    return view.id


def backed_up(office: Tuntas, folder: Path, **options: Any) -> Manifest:
    """A backup of the office in a new folder."""
    return make_backup(office.work.engine, office.objects, folder, **{"progress": quiet, **options})


def put_back(folder: Path, url: str, var: Path) -> tuple[Manifest, list[str]]:
    """The backup restored into a database and the file store of another installation."""
    return restore_backup(folder, url, open_store(f"file://{var / 'objects'}", var), quiet)


@contextmanager
def office_at(url: str, var: Path, clock: FixedClock) -> Iterator[Tuntas]:
    """The office of another installation."""
    engine = make_engine(url)
    try:
        yield build(config_for(url, var), engine, clock=clock)
    finally:
        engine.dispose()


def content(office: Tuntas) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a backup holds."""
    found = {}
    for name, table in Base.metadata.tables.items():
        if name not in PASSING:
            query = select(*table.c).order_by(*table.primary_key.columns)
            found[name] = office.work.read(
                lambda session, query=query: sorted(tuple(map(repr, row)) for row in session.execute(query))
            )
    return found


def test_every_column_of_every_table_has_a_portable_kind() -> None:
    assert all(kind_of(column) for table in Base.metadata.tables.values() for column in table.c)


@ACROSS
def test_a_restored_office_holds_all_that_it_held_and_works_on(
    desk: Desk, tmp_path: Path, empty_database_url: str
) -> None:
    case_id, silent = disposed(desk), responded(desk)
    file_id = attach(desk, case_id)
    Worker(desk.office).run_until_idle()
    manifest = backed_up(desk.office, tmp_path / "backup")
    assert manifest.objects == len(rows(desk.office, select(Attachment.id))) > 1
    before = content(desk.office)
    assert put_back(tmp_path / "backup", empty_database_url, tmp_path / "again") == (manifest, [])
    with office_at(empty_database_url, tmp_path / "again", desk.clock) as again:
        assert content(again) == before
        restored = Desk(again, desk.clock)
        read = (
            file_id,
            *rows(again, select(Letter.attachment_id).where(Letter.attachment_id.is_not(None)))[0],
        )
        assert [opened(again, one)[:5] for one in read] == [b"Luban", b"%PDF-"]
        restored.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
        assert "case:task:completed" in restored.tags(case_id)
        restored.secrets = desk.secrets
        assert rows(again, select(Timer.task_id).where(Timer.case_id == silent))
        restored.pass_time(desk.clock.now() + timedelta(days=20))
        assert restored.case(silent).stage == "closed"


def rows(office: Tuntas, query: Any) -> list[Any]:
    """What a query finds."""
    return office.work.read(lambda session: list(session.execute(query).all()))


def opened(office: Tuntas, file_id: str) -> bytes:
    """The content of a file as the admin of the body reads it."""
    by, env = actor_named(office, "admin.instansi"), office.env
    return b"".join(office.work.write(lambda session: open_attachment(session, env, file_id, by=by)).chunks)


@ALIKE
def test_a_backup_shows_one_moment_while_people_go_on_working(
    desk: Desk, tmp_path: Path, empty_database_url: str
) -> None:
    case_id = disposed(desk)
    before, done = content(desk.office), []

    def meanwhile(what: str, count: int) -> None:
        if not done:
            done.append(desk.register(title="Sementara itu"))
            desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")

    backed_up(desk.office, tmp_path / "backup", progress=meanwhile)
    assert put_back(tmp_path / "backup", empty_database_url, tmp_path / "again")[1] == []
    with office_at(empty_database_url, tmp_path / "again", desk.clock) as again:
        assert content(again) == before


@SQLITE
def test_nobody_but_its_account_may_read_a_backup(desk: Desk, tmp_path: Path) -> None:
    attach(desk, desk.register().id)
    backed_up(desk.office, tmp_path / "backup")
    found = [tmp_path / "backup", *(tmp_path / "backup").rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_dir()} == {0o700}


@SQLITE
def test_a_signed_in_browser_is_not_in_a_backup(desk: Desk, tmp_path: Path) -> None:
    now = desk.clock.now()
    user_id = rows(desk.office, select(User.id).limit(1))[0].id
    row = {"secret_hash": "x", "user_id": user_id, "created_at": now, "seen_at": now, "expires_at": now}
    desk.office.work.write(lambda session: session.execute(insert(LoginSession).values(**row)))
    manifest = backed_up(desk.office, tmp_path / "backup")
    assert PASSING.isdisjoint(table.name for table in manifest.tables)


@SQLITE
def test_a_lost_file_stops_the_backup_unless_it_may_be_lossy(desk: Desk, tmp_path: Path) -> None:
    attach(desk, desk.register().id)
    ((key,),) = rows(desk.office, select(Attachment.object_key))
    desk.office.objects.put(key=key, chunks=[b"something else"], media_type="text/plain")
    with pytest.raises(BackupError, match=f"1 files are lost or damaged .* {key}"):
        backed_up(desk.office, tmp_path / "backup")
    assert list(tmp_path.glob("backup*")) == []
    assert backed_up(desk.office, tmp_path / "backup", lossy=True).missing == (key,)
    manifest, _ = put_back(tmp_path / "backup", f"sqlite:///{tmp_path / 'again.db'}", tmp_path / "again")
    assert manifest.missing == (key,)


@SQLITE
def test_a_file_that_is_erased_during_the_backup_does_not_stop_it(desk: Desk, tmp_path: Path) -> None:
    attach(desk, desk.register().id)
    ((key,),) = rows(desk.office, select(Attachment.object_key))

    def erase(what: str, count: int) -> None:
        desk.office.work.write(lambda session: session.execute(delete(Attachment)))
        desk.office.objects.delete(key)

    assert backed_up(desk.office, tmp_path / "backup", progress=erase).missing == (key,)


@SQLITE
def test_a_backup_is_not_written_over_another_one(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(BackupError, match="is there already"):
        backed_up(desk.office, tmp_path / "backup")
    (tmp_path / "other.partial").mkdir()
    with pytest.raises(BackupError, match="another backup is being made, or was interrupted"):
        backed_up(desk.office, tmp_path / "other")


@pytest.fixture(scope="module")
def made_backup(sqlite_office: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the backup of an office with a case and a file, only copied."""
    folder = tmp_path_factory.mktemp("backup")
    shutil.copyfile(sqlite_office, folder / "office.db")
    clock = FixedClock(START)
    with office_at(f"sqlite:///{folder / 'office.db'}", folder, clock) as office:
        desk = Desk(office, clock)
        attach(desk, desk.register().id)
        backed_up(office, folder / "backup")
    return folder / "backup"


@pytest.fixture
def backup(made_backup: Path, tmp_path: Path) -> Path:
    """Return a copy of the backup that the test may harm."""
    return shutil.copytree(made_backup, tmp_path / "backup")


def test_an_office_that_is_there_is_never_restored_over(
    backup: Path, office_url: str, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="The database is not empty: "):
        put_back(backup, office_url, tmp_path / "again")


def test_files_that_are_there_are_never_mixed_with_restored_ones(backup: Path, tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path / 'again' / 'objects'}", tmp_path)
    store.put(key="uploads/other", chunks=[b"x"], media_type="text/plain")
    with pytest.raises(BackupError, match="The object store is not empty"):
        put_back(backup, f"sqlite:///{tmp_path / 'again.db'}", tmp_path / "again")


def tables_with_rows(engine: Engine) -> list[str]:
    """What of the product's is in a database."""
    with engine.connect() as connection:
        stored = set(inspect(connection).get_table_names())
        tables = [table for table in Base.metadata.tables.values() if table.name in stored]
        return [table.name for table in tables if connection.execute(select(table).limit(1)).first()]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("part", "harm", "said"),
    [
        ("manifest.json", Path.unlink, "no finished backup"),
        ("manifest.json", cut, "damaged"),
        ("tables/cases.ndjson.zst", cut, "damaged"),
        ("tables/cases.ndjson.zst", Path.unlink, "missing"),
        ("objects.ndjson.zst", cut, "damaged"),
        ("objects/*/*", cut, "damaged"),
        ("objects/*/*", Path.unlink, "missing"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused_and_restores_nothing(
    backup: Path, tmp_path: Path, part: str, harm: Callable[[Path], None], said: str
) -> None:
    harm(next(backup.glob(part)))
    with pytest.raises(BackupError, match=said):
        check_backup(backup, quiet)
    url = f"sqlite:///{tmp_path / 'again.db'}"
    with pytest.raises(BackupError, match=said):
        put_back(backup, url, tmp_path / "again")
    engine = make_engine(url)
    assert tables_with_rows(engine) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("schema", "9999", "of a newer release"), ("format", 99, "this release reads 1")],
)
def test_a_backup_of_a_newer_release_is_refused(
    backup: Path, tmp_path: Path, name: str, value: object, said: str
) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps({**manifest, name: value}))
    with pytest.raises(BackupError, match=said):
        put_back(backup, f"sqlite:///{tmp_path / 'again.db'}", tmp_path / "again")


@SQLITE
def test_a_history_that_was_changed_is_named_by_the_restore(desk: Desk, tmp_path: Path) -> None:
    case_id = desk.register().id
    changed = update(HistoryEntry).where(HistoryEntry.seq == 1).values(actor_name="Orang lain")
    desk.office.work.write(lambda session: session.execute(changed))
    backed_up(desk.office, tmp_path / "backup")
    broken = put_back(tmp_path / "backup", f"sqlite:///{tmp_path / 'again.db'}", tmp_path / "again")[1]
    assert broken == [case_id]


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.objects import open_store
from tuntas.backups.making import make_backup
from tuntas.backups.restoring import batches, check_backup, restore_backup
from tuntas.database import make_engine
act, moment, folder, url, objects = sys.argv[1:]
store = open_store("file://" + objects, Path("."))
def progress(what, done):
    if what == moment and done:
        os.kill(os.getpid(), signal.SIGKILL)
if act == "backup":
    make_backup(make_engine(url), store, Path(folder), progress=progress)
else:
    restore_backup(Path(folder), url, store, progress)
"""


def killed(*words: str | Path) -> int:
    """How a process ended that killed itself at a moment of its work."""
    command = [sys.executable, "-c", KILLED, *map(str, words)]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=120).returncode


@SQLITE
def test_a_backup_that_is_killed_never_has_the_name_of_a_whole_one(
    desk: Desk, office_url: str, tmp_path: Path
) -> None:
    attach(desk, desk.register().id)
    words = ("backup", "files", tmp_path / "backup", office_url, tmp_path / "objects")
    assert killed(*words) == -signal.SIGKILL
    assert not (tmp_path / "backup").exists()
    with pytest.raises(BackupError, match="no finished backup"):
        read_manifest(tmp_path / "backup.partial")


def test_a_restore_that_is_killed_leaves_no_row_and_can_be_repeated(
    backup: Path, clock: FixedClock, empty_database_url: str, tmp_path: Path
) -> None:
    var = tmp_path / "again"
    words = ("restore", "rows", backup, empty_database_url, var / "objects")
    assert killed(*words) == -signal.SIGKILL
    engine = make_engine(empty_database_url)
    assert tables_with_rows(engine) == []
    engine.dispose()
    assert put_back(backup, empty_database_url, var)[1] == []
    with office_at(empty_database_url, var, clock) as again:
        assert len(rows(again, select(Case.id))) == 1


@SQLITE
def test_memory_does_not_grow_with_the_office(desk: Desk, tmp_path: Path) -> None:
    case_id, now = desk.register().id, desk.clock.now()
    note = {"case_id": case_id, "kind": "note", "visibility": "internal", "at": now, "author_kind": "user"}
    notes = [{**note, "id": desk.office.env.new_id(), "text": str(at) * 1000} for at in range(1000, 3500)]
    desk.office.work.write(lambda session: session.execute(insert(CaseText), list(notes)))
    notes.clear()
    backed_up(desk.office, tmp_path / "first")
    tracemalloc.start()
    try:
        backed_up(desk.office, tmp_path / "backup")
        table = next(
            table for table in read_manifest(tmp_path / "backup").tables if table.name == "case_texts"
        )
        assert sum(len(rows) for rows in batches(tmp_path / "backup", table)) == table.rows >= 2500
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000  # 10 MB of notes passed through, twice.


@SQLITE
def test_the_commands_say_what_they_did(tuntas: Command, desk: Desk, office_url: str, tmp_path: Path) -> None:
    attach(desk, desk.register().id)
    settings = {"TUNTAS_DATABASE_URL": office_url, "TUNTAS_OBJECT_STORE": f"file://{tmp_path / 'objects'}"}
    ended = tuntas("backup", tmp_path / "backup", **settings)
    assert (ended.code, "and 1 files (17 bytes) are in" in ended.out) == (0, True), ended
    ended = tuntas("restore", "--check", tmp_path / "backup")
    assert (ended.code, ended.out.endswith("are whole.\n")) == (0, True), ended
    ended = tuntas("restore", tmp_path / "backup", **settings)
    assert (ended.code, ended.err.startswith("tuntas: The database is not empty")) == (1, True), ended
    ended = tuntas("restore", tmp_path / "backup", TUNTAS_VAR=str(tmp_path / "again"))
    assert (ended.code, ended.out.endswith("are restored and compared.\n")) == (0, True), ended
