"""What every command of the command line shares: an office for one command, and refusals in one sentence."""

import sys
from typing import NoReturn

import click

from engine.model import Finding
from tuntas.app import create_app, tuntas_of
from tuntas.config import Config
from tuntas.office import Tuntas


def office_of(config: Config) -> Tuntas:
    """The office for one command; its connections are closed when the command ends."""
    office = tuntas_of(create_app(config))
    click.get_current_context().call_on_close(office.work.engine.dispose)
    return office


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    click.echo(f"tuntas: {message}", err=True)
    sys.exit(1)


def show(finding: Finding) -> None:
    """Print a finding: where, how grave, what, and what to do."""
    place = ":".join(str(part) for part in (finding.file, finding.line) if part)
    element = f" [{finding.element_id}]" if finding.element_id else ""
    click.echo(
        f"{place}{element} {finding.severity.value} {finding.rule}: {finding.message.en} {finding.remedy.en}"
    )
