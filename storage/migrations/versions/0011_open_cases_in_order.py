"""Whoever sees few cases reads the open ones in their order; a closed case that has work left is found by itself.

A process of the version before does not note work that is left: a case that it closes while a process outlives it is
missing from the lists of those who see it for that work only, until the next task of it is opened.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations.indexes import create_indexes, drop_unfinished

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OPEN_CASES = "stage <> 'closed'"
TITLED = (
    *("stage", "category", "channel", "sensitivity", "case_class", "confidential", "escalation_level"),
    *("lead_unit_id", "accused_unit_id", "accused_user_id", "due_at", "title"),
)
BY_DUE = (*(column for column in TITLED if column != "due_at"), "received_at")
INDEXES = (
    ("ix_cases_open_by_receipt", "cases", ("received_at", "id"), OPEN_CASES, TITLED),
    ("ix_cases_open_by_due", "cases", ("due_at", "id"), OPEN_CASES, BY_DUE),
    ("ix_cases_work_left", "cases", ("received_at", "id"), "work_left", ()),
    (
        *("ix_cases_restricted_listed", "cases", ("received_at", "id")),
        *("sensitivity = 'oversight' OR case_class = 'oversight'", TITLED),
    ),
    (
        *("ix_cases_about_listed", "cases", ("received_at", "id")),
        *("accused_user_id IS NOT NULL OR accused_unit_id IS NOT NULL", TITLED),
    ),
    ("ix_cases_information_listed", "cases", ("received_at", "id"), "kind = 'information_request'", TITLED),
)
REPLACED = ("due_open", "open_newest", "open_keys", "restricted_newest", "about_newest", "information_newest")
LEFT = sa.text(
    "UPDATE cases SET work_left = true WHERE stage = 'closed' AND id IN "
    "(SELECT case_id FROM user_tasks WHERE state = 'open')"
)


def upgrade() -> None:
    """On PostgreSQL nobody waits: each index is built and dropped beside what is written."""
    if "work_left" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("cases")}:
        op.add_column("cases", sa.Column("work_left", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(LEFT)
    if op.get_bind().dialect.name != "postgresql":
        create_indexes(INDEXES, concurrently=False)
        _drop(concurrently=False)
        return
    with op.get_context().autocommit_block():
        drop_unfinished({name for name, *_ in INDEXES})
        create_indexes(INDEXES, concurrently=True)
        _drop(concurrently=True)
        op.execute("VACUUM (ANALYZE) cases")


def _drop(*, concurrently: bool) -> None:
    for name in REPLACED:
        op.drop_index(f"ix_cases_{name}", "cases", if_exists=True, postgresql_concurrently=concurrently)
