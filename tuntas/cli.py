"""The command line: every command says in its help what it does and changes."""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cases.definitions import deploy as deploy_files
from cases.definitions import files_from_folder
from cases.errors import CaseError, NotFoundError
from cases.mappings import MappingError, list_mappings, load_mapping
from cases.model import SYSTEM
from cases.people import create_token
from engine.deployment import check
from engine.errors import DeploymentRefusedError
from engine.model import Files, Severity
from storage.errors import BrokenReferencesError
from storage.objects.errors import ObjectStoreError
from tuntas.alone import alone
from tuntas.backup_command import backup, restore
from tuntas.backups.model import BackupError
from tuntas.config import ROOT, Config, ConfigurationError, read_config
from tuntas.console import fail, office_of, show
from tuntas.database import make_engine
from tuntas.database import migrate as migrate_database
from tuntas.deadline_command import deadline
from tuntas.doctor import examine
from tuntas.import_file import Counts, import_file
from tuntas.incident_command import incident
from tuntas.initial import has_office, init_office, upgrade_office
from tuntas.partition_command import partition
from tuntas.receiver import receiver_of
from tuntas.ruleset_command import ruleset
from tuntas.seed import seed_office
from tuntas.worker import Worker

MAPPINGS = ROOT / "reference" / "mappings"
KINDS = {".bpmn": "bpmn", ".dmn": "dmn", ".json": "forms"}
T = TypeVar("T")


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Tuntas: case management for public-service complaints, driven by executable BPMN."""
    context.obj = context.obj or read_config(os.environ)


cli.add_command(deadline)


def main() -> None:
    """Entry point: turns what users can mend into one sentence and exit code 1."""
    try:
        cli(standalone_mode=False)
    except (ConfigurationError, MappingError, BrokenReferencesError, BackupError, ObjectStoreError) as error:
        fail(str(error))
    except DeploymentRefusedError as error:
        for finding in error.findings:
            show(finding)
        fail("nothing was deployed")
    except CaseError as error:
        fail(error.text.en)
    except OperationalError as error:
        kind = type(error.orig).__name__
        fail(f"The database does not answer ({kind}). Check TUNTAS_DATABASE_URL, then run 'tuntas doctor'.")
    except PermissionError as error:
        fail(f"{error.filename} cannot be written. Choose another folder with TUNTAS_VAR.")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


@cli.command()
@click.pass_obj
def migrate(config: Config) -> None:
    """Bring the database to the present schema, and an older office to the present rules.

    Safe to repeat, and to start from several machines at once.
    """
    migrate_database(config.database_url)
    if _is_founded(config):
        office = office_of(config)
        with alone(office.work.engine):
            upgraded = office.work.write(lambda session: upgrade_office(session, office.env))
        if upgraded:
            click.echo(
                "The office has its calendar and ruleset now; a worker counts the open deadlines anew."
            )
    click.echo("The database is current.")


@cli.command()
@click.option("--name", required=True, help="The body's name, such as 'Kabupaten Sukamaju'.")
@click.option(
    "--code",
    default="TTS",
    show_default=True,
    help="Two to eight capital letters that begin every reference.",
)
@click.option("--timezone", default="Asia/Jakarta", show_default=True)
@click.option("--admin", default="admin", show_default=True, help="User name of the first administrator.")
@click.option("--admin-name", default="Administrator", show_default=True)
@click.password_option(envvar="TUNTAS_ADMIN_PASSWORD", help="Asked for when not given.")
@click.pass_obj
def init(config: Config, /, **answers: str) -> None:
    """Set up an empty real office: schema, the body, its first administrator, the seed processes."""
    migrate_database(config.database_url)
    office = office_of(config)
    init_office(office, **answers)
    click.echo(f"{answers['name']} is ready. Sign in as {answers['admin']!r} and add units and users.")


@cli.command()
@click.option("--if-empty", is_flag=True, help="Do nothing when there is an office already.")
@click.option("--cases", default=150, show_default=True, help="How many complaints to live through.")
@click.pass_obj
def seed(config: Config, if_empty: bool, cases: int) -> None:
    """Make the living office: a fictional regency whose cases ran through the real process under a virtual clock."""
    migrate_database(config.database_url)
    if _is_founded(config):
        if if_empty:
            click.echo("There is an office already; its data stay as they are.")
            return
        fail("There is an office already. Use an empty database (TUNTAS_VAR or TUNTAS_DATABASE_URL).")
    seed_office(office_of(config), cases=cases, progress=_seed_progress)
    click.echo("")


def _is_founded(config: Config) -> bool:
    engine = make_engine(config.database_url)
    try:
        with Session(engine) as session:
            return has_office(session)
    finally:
        engine.dispose()


def _seed_progress(done: int, total: int) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    if sys.stderr.isatty() or done % 50 == 0 or done == total:
        click.echo(f"Seeding the living office: {done} of {total} complaints{end}", nl=False, err=True)


@cli.command()
@click.option("--with-worker", is_flag=True, help="Run one worker in a process of its own beside the server.")
@click.option("--threads", default=8, show_default=True)
@click.option("--seed-if-empty", is_flag=True, help="First do what 'tuntas seed --if-empty' does.")
@click.pass_context
def serve(context: click.Context, with_worker: bool, threads: int, seed_if_empty: bool) -> None:
    """Serve pages and API. For deployment behind gunicorn use ``tuntas.wsgi:application``."""
    # Pages and API are read by this command only: all others begin sooner without them.
    from tuntas.server import run_server  # noqa: PLC0415

    config: Config = context.obj
    if seed_if_empty:
        context.invoke(seed, if_empty=True)
    run_server(config, with_worker=with_worker, threads=threads)


@cli.command()
@click.pass_obj
def worker(config: Config) -> None:
    """Fire timers, carry out jobs and deliver the outbox until stopped. Several may run on PostgreSQL."""
    own = Worker(office_of(config), receiver_of(config))

    def stop(signum: int, frame: object) -> None:
        own.stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    own.run()


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def lint(paths: tuple[Path, ...]) -> None:
    """Check diagrams, decisions and forms (files or folders). Exit code 1 when something must be mended."""
    findings = check(read_set(paths))
    for finding in findings:
        show(finding)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    if errors:
        sys.exit(1)


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--note", default="", help="What changed and why.")
@click.pass_obj
def deploy(config: Config, paths: tuple[Path, ...], note: str) -> None:
    """Deploy diagrams, decisions and forms as new versions for new cases. Running cases keep theirs."""
    office = office_of(config)
    files = read_set(paths)
    views = office.work.write(lambda session: deploy_files(session, office.env, files, by=SYSTEM, note=note))
    for view in views:
        click.echo(f"{view.key} version {view.version}")


@cli.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", required=True, help=f"One of: {', '.join(list_mappings(MAPPINGS))}.")
@click.option("--open", "reopen", is_flag=True, help="Start every row in the process as received now.")
@click.pass_obj
def import_(config: Config, path: Path, mapping: str, reopen: bool) -> None:
    """Import an export of another system. A second run changes nothing; an interrupted one can run again."""
    migrate_database(config.database_url)
    office = office_of(config)
    if not office.work.read(has_office):
        init_office(office, name="Instansi", code="TTS", timezone="Asia/Jakarta")
        office = office_of(config)
    names = {category.label.id: key for key, category in office.env.reference.categories.items()}
    chosen = load_mapping(MAPPINGS, mapping, names)
    counts, reports = import_file(office, path, chosen, reopen=reopen, progress=_import_progress)
    for report in reports:
        click.echo(f"wrote {report.name} in {report.parent.name}/", err=True)
    if counts.warnings:
        click.echo(f"{counts.warnings} warnings", err=True)
    click.echo(str(counts))


def _import_progress(counts: Counts) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{counts.rows} rows", nl=False, err=True)
    elif counts.rows % 500 == 0:
        click.echo(f"{counts.rows} rows", err=True)


cli.add_command(ruleset)
cli.add_command(incident)
cli.add_command(backup)
cli.add_command(restore)
cli.add_command(partition)


@cli.group()
def token() -> None:
    """Bearer tokens for the API."""


@token.command("create")
@click.argument("username")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", default=90, show_default=True, help="How long it is valid.")
@click.pass_obj
def token_create(config: Config, username: str, name: str, days: int) -> None:
    """Make a token for a user and print it, this once."""
    office = office_of(config)
    expires_at = office.env.clock.now() + timedelta(days=days)
    try:
        secret = office.work.write(
            lambda session: create_token(
                session, office.env, username, name, by=SYSTEM, expires_at=expires_at
            )
        )
    except NotFoundError:
        fail(f"There is no active user {username!r}.")
    click.echo(secret)


@cli.command()
@click.pass_obj
def doctor(config: Config) -> None:
    """Examine the installation: what works, what does not, and what to do about it."""
    results = examine(config)
    for result in results:
        click.echo(f"{'ok  ' if result.ok else 'FAIL'} {result.name}: {result.finding}")
    if not all(result.ok for result in results):
        sys.exit(1)


def read_set(paths: tuple[Path, ...]) -> Files:
    """Files and folders of the command line as a set to deploy.

    The root of a checkout is read whole; of any other folder, every diagram, decision and form in it.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        if (path / "processes").is_dir():
            files.update(files_from_folder(path))
        elif path.is_dir():
            found = (one for one in sorted(path.rglob("*")) if one.suffix in KINDS)
            files.update({_path_in_set(one): one.read_bytes() for one in found})
        else:
            files[_path_in_set(path)] = path.read_bytes()
    return files


def _path_in_set(path: Path) -> str:
    kind = KINDS.get(path.suffix, "bpmn")
    return f"forms/{path.parent.name}/{path.name}" if kind == "forms" else f"{kind}/{path.name}"
