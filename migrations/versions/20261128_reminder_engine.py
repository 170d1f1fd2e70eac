"""Rules of cohorts, wishes for mail, what holds mail up.

Revision 086057ef46b0, after f805895703f5.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "086057ef46b0"
down_revision = "f805895703f5"
branch_labels = None
depends_on = None

TOPICS = ("coursework", "workshops", "check-ins", "mentoring", "cohort", "staff")
NOTHING_THAT_CAN_WAIT = [[topic, "off"] for topic in TOPICS]


def upgrade() -> None:
    op.create_table(
        "lane",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_lane")),
    )
    op.create_table(
        "suppression",
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "bounce", "complaint", name="suppressionreason", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_suppression")),
    )
    op.create_table(
        "cohort_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_cohort_rule_changed_by_id")),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_rule_cohort_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_rule")),
        sa.UniqueConstraint("cohort_id", "key", name=op.f("uq_cohort_rule_cohort_id_key")),
    )
    op.drop_table("look")
    op.add_column(
        "cohort", sa.Column("look_at", sa.DateTime(timezone=True), server_default="1970-01-01 00:00:00", nullable=False)
    )
    op.add_column("cohort", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        op.f("ix_cohort_look_at"),
        "cohort",
        ["look_at"],
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.add_column("message", sa.Column("topic", sa.String(length=32), server_default="", nullable=False))
    op.add_column("message", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("lost_leases", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        op.f("ix_message_failed"),
        "message",
        ["cohort_id", "due_at"],
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.add_column("message", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("person", sa.Column("mail_wishes", json, server_default=sa.text("'{}'"), nullable=False))
    person = sa.table("person", sa.column("digest_mail"), sa.column("mail_wishes", json))
    takes_none = person.c.digest_mail == "off"
    op.execute(person.update().where(takes_none).values(mail_wishes={"choices": NOTHING_THAT_CAN_WAIT}))
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint(op.f("ck_person_digestmail"), type_="check")
        batch.drop_column("digest_mail")


def downgrade() -> None:
    op.add_column("person", sa.Column("digest_mail", sa.String(length=32), server_default="now", nullable=False))
    with op.batch_alter_table("person") as batch:
        batch.create_check_constraint(op.f("ck_person_digestmail"), "digest_mail in ('now', 'off')")
        batch.drop_column("mail_wishes")
    op.drop_index(op.f("ix_message_failed"), "message")
    op.drop_column("message", "begun_at")
    op.drop_column("message", "lost_leases")
    op.drop_column("message", "held_at")
    op.drop_column("message", "topic")
    op.drop_index(op.f("ix_cohort_look_at"), "cohort")
    op.drop_column("cohort", "looked_at")
    op.drop_column("cohort", "look_at")
    op.create_table(
        "look",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_look_cohort_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("cohort_id", name=op.f("pk_look")),
    )
    op.drop_table("cohort_rule")
    op.drop_table("suppression")
    op.drop_table("lane")
