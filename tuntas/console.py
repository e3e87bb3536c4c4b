"""What every command of the command line shares: an office for one command, and refusals in one sentence."""

import sys
from typing import NoReturn

import click

from engine.model import Finding
from tuntas.collector import spare_the_collector
from tuntas.config import Config
from tuntas.database import make_engine
from tuntas.logs import set_up_logging
from tuntas.office import Tuntas, build
from tuntas.wake import ring_on_commit


def office_of(config: Config) -> Tuntas:
    """The office for one command, without pages and API; its connections are closed when the command ends."""
    set_up_logging(config.log_level, config.log_format)
    engine = make_engine(config.database_url)
    click.get_current_context().call_on_close(engine.dispose)
    ring_on_commit(engine)
    office = build(config, engine)
    spare_the_collector()
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
