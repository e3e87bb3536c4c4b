"""What a person entered into a task that failed, and one row of figures for the whole body each month."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE_BODY = sa.text("unit_id IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("incidents") as batch_op:
        batch_op.add_column(sa.Column("submitted", sa.JSON(), nullable=True))
    # NULL is unlike NULL: two workers could freeze the whole body twice. What was frozen first is what was published.
    op.execute(
        "DELETE FROM monthly_figures WHERE unit_id IS NULL AND EXISTS (SELECT 1 FROM monthly_figures AS earlier "
        "WHERE earlier.unit_id IS NULL AND earlier.month = monthly_figures.month AND earlier.id < monthly_figures.id)"
    )
    op.create_index(
        "ix_monthly_figures_body",
        "monthly_figures",
        ["month"],
        unique=True,
        postgresql_where=WHOLE_BODY,
        sqlite_where=WHOLE_BODY,
    )
