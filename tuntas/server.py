"""Serves with waitress, and on request keeps one worker in a process of its own beside it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import select

from cases.errors import UnavailableError
from storage.tables import Office
from tuntas.app import create_app, tuntas_of
from tuntas.config import Config, ConfigurationError
from tuntas.found import PASSWORD, demonstration_logins
from tuntas.office import Tuntas
from tuntas.serving import serve

STOP_SECONDS = 10


def run_server(config: Config, *, with_worker: bool, threads: int) -> None:
    """Serve until Ctrl-C or SIGTERM, answer what was asked before, then stop the worker too."""
    app = create_app(config)
    _announce(config, tuntas_of(app))
    _require_free(config)
    with _worker() if with_worker else nullcontext():
        serve(
            app,
            host=config.host,
            port=config.port,
            threads=threads,
            ident="tuntas",
            max_request_body_size=config.max_upload_bytes * 3,
            # The application judges them: TUNTAS_TRUSTED_PROXIES says whose word counts, and metrics are not for
            # whom a proxy passed on. waitress would take them away unseen.
            clear_untrusted_proxy_headers=False,
        )
    print("\nStopped.", flush=True)  # noqa: T201


def _require_free(config: Config) -> None:
    """Refuse a port that somebody else listens on, before a worker is started beside nothing."""
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise ConfigurationError(
                f"{config.host}:{config.port} cannot be listened on ({error.strerror}). Choose another TUNTAS_PORT."
            ) from error


@contextmanager
def _worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "tuntas", "worker"])
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _announce(config: Config, office: Tuntas) -> None:
    lines = ["", f"  Tuntas serves http://{config.host}:{config.port}/", ""]
    if _is_demonstration(office):
        lines.append(f"  Logins of the living office (fictional), all with the password {PASSWORD}")
        lines.extend(f"    {username:<22} {role}" for username, role in demonstration_logins())
        lines.append("")
    print("\n".join(lines), flush=True)  # noqa: T201


def _is_demonstration(office: Tuntas) -> bool:
    """Whether logins may be shown; not while the database is away, which keeps no server from starting."""
    try:
        return bool(office.work.read(lambda session: session.scalar(select(Office.demonstration))))
    except UnavailableError:
        return False
