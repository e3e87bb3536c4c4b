"""How often an alert met conflicts, and what an incident about a missing year of the calendar leaves alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    # The default was for the rows that existed; new rows say it themselves.
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.alter_column("attempts", server_default=None)

    with op.batch_alter_table("incidents") as batch_op:
        batch_op.add_column(sa.Column("task_id", sa.Uuid(as_uuid=False), nullable=True))
        batch_op.add_column(sa.Column("missing_day", sa.Date(), nullable=True))
