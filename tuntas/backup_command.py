"""The command line's backup and restore: the whole office in a folder, and back into an empty place."""

import sys
from pathlib import Path

import click

from storage.objects import open_store
from tuntas.backups.making import make_backup
from tuntas.backups.model import Manifest
from tuntas.backups.restoring import check_backup, restore_backup
from tuntas.config import Config
from tuntas.console import fail, office_of
from tuntas.database import make_engine, revisions
from tuntas.initial import upgrade_office

EVERY = 10_000
"""How often progress is told where no terminal shows it."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--lossy", is_flag=True, help="Go on without files that the object store has lost.")
@click.pass_obj
def backup(config: Config, folder: Path, lossy: bool) -> None:
    """Copy the running office, as of one moment, into a new FOLDER: database, deployed processes and files."""
    engine = make_engine(config.database_url)
    try:
        store = open_store(config.object_store, config.var, config.organisation)
        manifest = make_backup(engine, store, folder.absolute(), lossy=lossy, progress=_progress)
    finally:
        engine.dispose()
    click.echo(f"{_summary(manifest)} are in {folder}.")
    _tell_missing(manifest)
    click.echo("It holds personal data and password hashes: keep it where only administrators can read it.")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only read the backup and compare every file; restore nothing.")
@click.pass_obj
def restore(config: Config, folder: Path, check: bool) -> None:
    """Fill an empty database and object store from the backup in FOLDER, and prove that all of it is there."""
    if check:
        manifest = check_backup(folder, _progress)
        click.echo(f"{_summary(manifest)} of {manifest.made_at} are whole.")
        _tell_missing(manifest)
        return
    store = open_store(config.object_store, config.var, config.organisation)
    manifest, broken = restore_backup(folder, config.database_url, store, _progress)
    if manifest.schema != revisions()[0]:
        office = office_of(config)
        office.work.write(lambda session: upgrade_office(session, office.env))
        click.echo("The backup is of an older release and was migrated.")
    click.echo(f"{_summary(manifest)} of {manifest.made_at} are restored and compared.")
    _tell_missing(manifest)
    if broken:
        fail(
            f"The history of {len(broken)} cases does not prove itself, as it did not when the backup was made: "
            f"{', '.join(broken[:5])}. See docs/history.md."
        )


def _summary(manifest: Manifest) -> str:
    files = manifest.objects - len(manifest.missing)
    return f"{manifest.rows} rows and {files} files ({manifest.object_bytes} bytes)"


def _tell_missing(manifest: Manifest) -> None:
    for key in manifest.missing:
        click.echo(f"without its file: {key}", err=True)


def _progress(what: str, done: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} {what}  ", nl=False, err=True)
    elif done % EVERY == 0 and done:
        click.echo(f"{done} {what}", err=True)
