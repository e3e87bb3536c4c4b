"""What an incident knows and how it ended, suspended cases and definitions, and acts on many cases at once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = sa.text("resolved_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspended_for", sa.Uuid(as_uuid=False), nullable=True))
    with op.batch_alter_table("process_definitions") as batch_op:
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    # Processes of the release before go on inserting for a while and do not know the column: the default stays.
    for table in ("timers", "jobs"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("incidents") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("error", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("subject", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("process_id", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("data", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("stack", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("resolution", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("resolved_by", sa.Uuid(as_uuid=False), nullable=True))
        batch_op.add_column(sa.Column("resolved_by_name", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=True))
        batch_op.create_index("ix_incidents_open", ["kind", "id"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_table(
        "operations",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("incident_kind", sa.String(length=64), nullable=True),
        sa.Column("definition_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("asked_by_name", sa.String(length=200), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("position", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("until", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
    )
