"""Whatever a list asks and searches stands in the index of its order; what is closed has no deadline."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.indexes import create_indexes, drop_unfinished

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN_CASES, OPEN_TASKS = "stage <> 'closed'", "state = 'open'"
LISTED = (
    *("stage", "category", "channel", "sensitivity", "case_class", "confidential", "escalation_level"),
    *("lead_unit_id", "accused_unit_id", "accused_user_id", "due_at", "title"),
)
OF_OPEN = (*LISTED, "kind", "entered_by", "entered_at")
OF_OPEN_BY_DUE = (*(column for column in OF_OPEN if column != "due_at"), "received_at")
INDEXES = (
    ("ix_cases_listed", "cases", ("received_at", "id"), None, LISTED),
    ("ix_cases_unit_listed", "cases", ("lead_unit_id", "received_at", "id"), None, LISTED),
    ("ix_cases_open_listed", "cases", ("received_at", "id"), OPEN_CASES, OF_OPEN),
    ("ix_cases_open_listed_by_due", "cases", ("due_at", "id"), OPEN_CASES, OF_OPEN_BY_DUE),
    (
        *("ix_user_tasks_open_listed", "user_tasks", ("due_at", "created_at", "id"), OPEN_TASKS),
        ("owner_id", "role", "case_id"),
    ),
)
REPLACED = (
    ("ix_cases_newest", "cases"),
    ("ix_cases_unit_newest", "cases"),
    ("ix_cases_open_by_receipt", "cases"),
    ("ix_cases_open_by_due", "cases"),
    ("ix_user_tasks_urgent", "user_tasks"),
)
# Nearly all tasks that nobody has are open, and few of all are either: taken apart, far fewer are expected than found.
TOGETHER = "CREATE STATISTICS IF NOT EXISTS user_tasks_free (mcv) ON owner_id, state FROM user_tasks"
CLOSED = sa.text(
    "UPDATE cases SET due_at = NULL, due_clock = NULL WHERE stage = 'closed' AND due_at IS NOT NULL"
)


def upgrade() -> None:
    """On PostgreSQL nobody waits: each index is built and dropped beside what is written."""
    op.execute(CLOSED)
    if op.get_bind().dialect.name != "postgresql":
        create_indexes(INDEXES, concurrently=False)
        _drop(concurrently=False)
        return
    op.execute(TOGETHER)
    with op.get_context().autocommit_block():
        drop_unfinished({name for name, *_ in INDEXES})
        create_indexes(INDEXES, concurrently=True)
        _drop(concurrently=True)
        op.execute("VACUUM (ANALYZE) cases, user_tasks")


def _drop(*, concurrently: bool) -> None:
    for name, table in REPLACED:
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=concurrently)
