"""The lists of cases and tasks read from indexes, at a million cases too."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.indexes import create_indexes, drop_unfinished

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN_CASES = "stage <> 'closed'"
RESTRICTED = "sensitivity = 'oversight' OR case_class = 'oversight'"
ABOUT_SOMEBODY = "accused_user_id IS NOT NULL OR accused_unit_id IS NOT NULL"
INFORMATION = "kind = 'information_request'"
INDEXES = (
    ("ix_cases_stage_received", "cases", ("stage", "received_at", "id"), None),
    ("ix_cases_unit_received", "cases", ("lead_unit_id", "received_at", "id"), None),
    ("ix_cases_unit_due", "cases", ("lead_unit_id", "due_at", "id"), None),
    ("ix_cases_category_due", "cases", ("category", "due_at", "id"), None),
    ("ix_cases_channel_received", "cases", ("channel", "received_at", "id"), None),
    ("ix_cases_channel_due", "cases", ("channel", "due_at", "id"), None),
    ("ix_cases_due", "cases", ("due_at", "id"), None),
    ("ix_cases_open", "cases", ("id",), OPEN_CASES),
    ("ix_cases_open_received", "cases", ("received_at", "id"), OPEN_CASES),
    ("ix_cases_entered", "cases", ("entered_by", "entered_at"), "entered_by IS NOT NULL"),
    ("ix_cases_restricted_received", "cases", ("received_at", "id"), RESTRICTED),
    ("ix_cases_restricted_due", "cases", ("due_at", "id"), RESTRICTED),
    ("ix_cases_about_received", "cases", ("received_at", "id"), ABOUT_SOMEBODY),
    ("ix_cases_about_due", "cases", ("due_at", "id"), ABOUT_SOMEBODY),
    ("ix_cases_information_received", "cases", ("received_at", "id"), INFORMATION),
    ("ix_cases_information_due", "cases", ("due_at", "id"), INFORMATION),
    ("ix_case_units_unit", "case_units", ("unit_id", "case_id"), None),
    ("ix_case_requests_open", "case_requests", ("case_id",), "answered_at IS NULL"),
    ("ix_user_tasks_owned", "user_tasks", ("owner_id", "state", "due_at", "created_at", "id"), None),
    ("ix_user_tasks_unit", "user_tasks", ("unit_id", "state", "due_at", "created_at", "id"), None),
    (
        "ix_user_tasks_free",
        "user_tasks",
        ("role", "unit_id", "state", "due_at", "created_at", "id"),
        "owner_id IS NULL",
    ),
    ("ix_user_tasks_urgent", "user_tasks", ("due_at", "created_at", "id"), "state = 'open'"),
)
TITLES = "ix_cases_title"


def upgrade() -> None:
    """On PostgreSQL nobody waits: the indexes are built beside what is written, each in a transaction of its own."""
    if op.get_bind().dialect.name != "postgresql":
        create_indexes(INDEXES, concurrently=False)
        return
    with op.get_context().autocommit_block():
        drop_unfinished({TITLES, *(name for name, *_ in INDEXES)})
        create_indexes(INDEXES, concurrently=True)
        _index_titles()
        # What the planner knows of the new columns together decides which of them it takes.
        for table in ("cases", "case_units", "user_tasks"):
            op.execute(f"ANALYZE {table}")


def _index_titles() -> None:
    """Parts of titles are found by pg_trgm, where the server has it and the account may have it: else by reading."""
    bind = op.get_bind()
    known = sa.text(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'"
    )
    if bind.scalar(known) is None:
        may = "SELECT has_database_privilege(current_database(), 'CREATE') FROM pg_available_extensions"
        if not bind.scalar(sa.text(may + " WHERE name = 'pg_trgm'")):
            return
        # Another organisation of the database may be doing the same at this moment.
        op.execute(
            "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;"
            " EXCEPTION WHEN unique_violation OR duplicate_object OR invalid_schema_name THEN NULL; END $$"
        )
    schema = bind.scalar(known)
    if schema is None:
        return
    op.execute(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {TITLES} ON cases USING gin (title {schema}.gin_trgm_ops)"
    )
