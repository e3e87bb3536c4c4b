"""The command line's group for rulesets: check, deploy, list and export them."""

import sys
from pathlib import Path

import click

from cases.model import SYSTEM
from cases.rules.files import ruleset_folder
from cases.rules.gate import check_ruleset, is_refused
from cases.rules.versions import deploy_ruleset, get_ruleset_files, get_ruleset_version, list_rulesets
from engine.model import Severity
from tuntas.config import ROOT, Config
from tuntas.console import fail, office_of, show

SHARED = ROOT / "processes" / "dmn"
"""Decision tables that a folder names and does not hold are those that ship."""

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("ruleset")
def ruleset() -> None:
    """Time limits, reasons and decision tables as versioned data."""


@ruleset.command("check")
@click.argument("folder", type=FOLDER)
def check(folder: Path) -> None:
    """Check a ruleset without an office: its units are looked at when it is deployed. Exit code 1 for errors."""
    findings = check_ruleset(ruleset_folder(folder, SHARED))
    for finding in findings:
        show(finding)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    if is_refused(findings):
        sys.exit(1)


@ruleset.command("deploy")
@click.argument("folder", type=FOLDER)
@click.option("--note", default="", help="What changed and why.")
@click.pass_obj
def deploy(config: Config, folder: Path, note: str) -> None:
    """Deploy a ruleset as the next version for new cases. Open cases keep theirs."""
    office = office_of(config)
    files = ruleset_folder(folder, SHARED)
    view = office.work.write(lambda session: deploy_ruleset(session, office.env, files, by=SYSTEM, note=note))
    click.echo(f"{view.key} version {view.version}")


@ruleset.command("list")
@click.pass_obj
def list_all(config: Config) -> None:
    """List every version, the newest first; the star marks the one of new cases."""
    office = office_of(config)
    for view in office.work.read(lambda session: list_rulesets(session, office.env, by=SYSTEM)):
        mark = "*" if view.in_force else " "
        click.echo(
            f"{mark} {view.key} {view.version} {view.status} {view.open_cases} open cases  {view.name}"
        )


@ruleset.command("export")
@click.argument("key")
@click.argument("version_and_folder", nargs=-1, required=True, metavar="[VERSION] FOLDER")
@click.pass_obj
def export(config: Config, key: str, version_and_folder: tuple[str, ...]) -> None:
    """Write the files of a version (default: the newest of its key) into a new or empty folder."""
    *numbers, target = version_and_folder
    if len(numbers) > 1 or not all(number.isdecimal() for number in numbers):
        raise click.UsageError("Name a key, then a version number if you want an older one, then a folder.")
    folder = Path(target)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is not empty. Name a new folder.")
    office = office_of(config)
    wanted = int(numbers[0]) if numbers else None
    view = office.work.read(lambda session: get_ruleset_version(session, office.env, key, wanted, by=SYSTEM))
    files = office.work.read(
        lambda session: get_ruleset_files(session, office.env, view.key, view.version, by=SYSTEM)
    )
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    click.echo(f"{view.key} version {view.version} in {folder}")
