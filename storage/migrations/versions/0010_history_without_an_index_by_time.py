"""The history loses its index by time: no query asks for it, and it was a tenth of what a case weighs."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_history_at", "history_entries"


def upgrade() -> None:
    """On PostgreSQL nobody waits; the index of a partitioned history can only be dropped with everybody waiting."""
    connection = op.get_bind()
    plain = sa.text("SELECT relkind = 'i' FROM pg_class WHERE oid = to_regclass(:index)")
    if connection.dialect.name == "postgresql" and connection.scalar(plain, {"index": INDEX}):
        with op.get_context().autocommit_block():
            op.drop_index(INDEX, TABLE, if_exists=True, postgresql_concurrently=True)
    else:
        op.drop_index(INDEX, TABLE, if_exists=True)
