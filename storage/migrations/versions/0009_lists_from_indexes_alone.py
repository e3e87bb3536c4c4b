"""What lists ask of a case stands in the index that leads to it; indexes that no list reads any more go.

Dropping an index takes nothing from a process of the version before but time: it asks the same questions.
"""

from alembic import op

from storage.migrations.indexes import create_indexes, drop_unfinished

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN_CASES = "stage <> 'closed'"
OPEN_TASKS = "state = 'open'"
RESTRICTED = "sensitivity = 'oversight' OR case_class = 'oversight'"
ABOUT_SOMEBODY = "accused_user_id IS NOT NULL OR accused_unit_id IS NOT NULL"
INFORMATION = "kind = 'information_request'"
LISTED = (
    *("stage", "category", "channel", "sensitivity", "case_class", "confidential", "escalation_level"),
    *("lead_unit_id", "accused_unit_id", "accused_user_id", "due_at"),
)
INDEXES = (
    ("ix_cases_newest", "cases", ("received_at", "id"), None, LISTED),
    ("ix_cases_unit_newest", "cases", ("lead_unit_id", "received_at", "id"), None, LISTED),
    ("ix_cases_open_newest", "cases", ("received_at", "id"), OPEN_CASES, LISTED),
    ("ix_cases_open_keys", "cases", ("id",), OPEN_CASES, (*LISTED, "received_at", "title")),
    ("ix_cases_restricted_newest", "cases", ("received_at", "id"), RESTRICTED, LISTED),
    ("ix_cases_about_newest", "cases", ("received_at", "id"), ABOUT_SOMEBODY, LISTED),
    ("ix_cases_information_newest", "cases", ("received_at", "id"), INFORMATION, LISTED),
    ("ix_user_tasks_owner_cases", "user_tasks", ("owner_id", "case_id"), OPEN_TASKS, ()),
    ("ix_user_tasks_role_cases", "user_tasks", ("role", "unit_id", "case_id"), OPEN_TASKS, ()),
)
REPLACED = (
    *(("cases", f"ix_cases_{name}") for name in ("open", "open_received", "received", "lead_unit")),
    *(("cases", f"ix_cases_{name}") for name in ("unit_received", "restricted_received", "restricted_due")),
    *(("cases", f"ix_cases_{name}") for name in ("about_received", "about_due")),
    *(("cases", f"ix_cases_{name}") for name in ("information_received", "information_due")),
    *(("user_tasks", f"ix_user_tasks_{name}") for name in ("inbox", "owner")),
)


def upgrade() -> None:
    """On PostgreSQL nobody waits: each index is built and dropped beside what is written."""
    if op.get_bind().dialect.name != "postgresql":
        create_indexes(INDEXES, concurrently=False)
        _drop(concurrently=False)
        return
    with op.get_context().autocommit_block():
        drop_unfinished({name for name, *_ in INDEXES})
        create_indexes(INDEXES, concurrently=True)
        _drop(concurrently=True)
        # An index answers alone only where it is known that everybody sees the rows.
        op.execute("VACUUM (ANALYZE) cases")


def _drop(*, concurrently: bool) -> None:
    for table, name in REPLACED:
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=concurrently)
