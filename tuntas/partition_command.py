"""The command line's partitioning: big tables of PostgreSQL in monthly pieces."""

from datetime import UTC, datetime

import click
from sqlalchemy.exc import OperationalError

from tuntas.alone import alone
from tuntas.config import Config
from tuntas.console import fail
from tuntas.database import make_engine
from tuntas.partitions import KEYS, carry_out, is_partitioned, plan_for

LOCK_NOT_AVAILABLE = "55P03"


@click.command()
@click.option("--dry-run", is_flag=True, help="Print the statements, and change nothing.")
@click.option(
    "--copy",
    is_flag=True,
    help="Move the rows of the past into months too; stop web and workers first. Without it they stay one piece.",
)
@click.pass_obj
def partition(config: Config, dry_run: bool, copy: bool) -> None:
    """Turn the history into monthly partitions (PostgreSQL), or make those of the coming months. Safe to repeat."""
    engine = make_engine(config.database_url)
    try:
        if engine.dialect.name != "postgresql":
            fail("Only PostgreSQL has partitions. A SQLite file works without them.")
        with alone(engine):
            for table in KEYS:
                with engine.connect() as connection:
                    whole = not is_partitioned(connection, table)
                    steps = plan_for(connection, table, datetime.now(UTC), copy=copy)
                if dry_run:
                    _show(steps)
                    continue
                carry_out(engine, steps)
                click.echo(f"{table} is in monthly partitions{' now' if whole else ''}: {len(steps)} steps.")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        fail("Others used the table for ten seconds without a break, so nothing was changed. Run it again.")
    finally:
        engine.dispose()


def _show(steps: list[tuple[str, ...]]) -> None:
    for step in steps:
        click.echo("\n".join(["BEGIN;", *(f"{statement};" for statement in step), "COMMIT;"]))
