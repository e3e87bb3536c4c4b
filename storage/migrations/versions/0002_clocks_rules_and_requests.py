"""Calendars, rulesets, pauses and alerts of clocks, and what runs beside a complaint."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DEFAULTED = {
    "cases": ("ruleset_version", "formal", "legal_hold"),
    "deadlines": ("calendar_version", "extended"),
    "units": ("version",),
}


def upgrade() -> None:
    op.create_table(
        "calendar_versions",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("version", name="pk_calendar_versions"),
    )
    op.create_table(
        "monthly_figures",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instance_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_monthly_figures"),
        sa.UniqueConstraint("month", "unit_id", name="uq_monthly_figures_month"),
    )
    op.create_table(
        "ruleset_files",
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version", "path", name="pk_ruleset_files"),
    )
    op.create_table(
        "ruleset_versions",
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("key", "version", name="pk_ruleset_versions"),
    )
    op.create_table(
        "scheduled_starts",
        sa.Column("process_id", sa.String(length=80), nullable=False),
        sa.Column("clock", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process_id", name="pk_scheduled_starts"),
    )
    with op.batch_alter_table("scheduled_starts") as batch_op:
        batch_op.create_index("ix_scheduled_starts_due_at", ["due_at"], unique=False)

    op.create_table(
        "two_person_requests",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("requested_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_two_person_requests"),
    )
    with op.batch_alter_table("two_person_requests") as batch_op:
        batch_op.create_index("ix_two_person_requests_case_id", ["case_id"], unique=False)

    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("delegate_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["delegate_id"], ["users.id"], name="fk_delegations_delegate_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_delegations_unit_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_delegations_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
    )
    with op.batch_alter_table("delegations") as batch_op:
        batch_op.create_index("ix_delegations_delegate_id", ["delegate_id"], unique=False)
        batch_op.create_index("ix_delegations_user_id", ["user_id"], unique=False)

    op.create_table(
        "recalculations",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("after_case_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["calendar_version"], ["calendar_versions.version"], name="fk_recalculations_calendar_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recalculations"),
    )
    op.create_table(
        "case_pauses",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_pauses_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_pauses"),
    )
    with op.batch_alter_table("case_pauses") as batch_op:
        batch_op.create_index("ix_case_pauses_case_id", ["case_id"], unique=False)

    op.create_table(
        "case_requests",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("instance_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("process_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_requests_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_requests"),
    )
    with op.batch_alter_table("case_requests") as batch_op:
        batch_op.create_index("ix_case_requests_case_id", ["case_id"], unique=False)

    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attachment_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_letters_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
    )
    with op.batch_alter_table("letters") as batch_op:
        batch_op.create_index("ix_letters_case_id", ["case_id"], unique=False)

    op.create_table(
        "referrals",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("instance_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("body", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_referrals_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referrals"),
    )
    with op.batch_alter_table("referrals") as batch_op:
        batch_op.create_index("ix_referrals_case_id", ["case_id"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_team_members_case_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_team_members_user_id"),
        sa.PrimaryKeyConstraint("case_id", "user_id", name="pk_team_members"),
    )
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("ruleset_version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("accused_kind", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("formal", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("legal_hold", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("retain_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("category_version", sa.Integer(), nullable=True))

    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.add_column(sa.Column("instance_id", sa.Uuid(as_uuid=False), nullable=True))
        batch_op.add_column(sa.Column("calendar_version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("extended", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("promised_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("next_level", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("next_alert_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("due_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch_op.create_index(
            "ix_deadlines_alert",
            ["next_alert_at"],
            unique=False,
            postgresql_where=sa.text("stopped_at IS NULL"),
            sqlite_where=sa.text("stopped_at IS NULL"),
        )

    with op.batch_alter_table("process_instances") as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Uuid(as_uuid=False), nullable=True)

    with op.batch_alter_table("timers") as batch_op:
        batch_op.alter_column("due_at", existing_type=sa.DateTime(timezone=True), nullable=True)

    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    # The defaults were for the rows that existed; new rows say everything themselves.
    for table, columns in DEFAULTED.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)
