"""Runs of the matching, answers of mentors, people kept apart, proposed meetings, concerns.

Revision 3a0d90efddb2, after 086057ef46b0.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "3a0d90efddb2"
down_revision = "086057ef46b0"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STATES = "state in ('proposed', 'active', 'closed')"
MORE_STATES = "state in ('proposed', 'offered', 'accepted', 'active', 'closed')"
COLUMNS = (
    ("enrolment", "style", "[]"),
    ("enrolment", "wishes", "[]"),
    ("mentor", "levels", "{}"),
    ("mentor", "wishes", "[]"),
)


def upgrade() -> None:
    op.create_table(
        "match_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("outcome", JSON, nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_match_run_asked_by_id")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_match_run_cohort_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        sa.UniqueConstraint("cohort_id", "number", name=op.f("uq_match_run_cohort_id_number")),
    )
    with op.batch_alter_table("match_run") as batch:
        batch.create_index(
            "ix_match_run_waiting",
            ["state"],
            unique=False,
            sqlite_where=sa.text("state in ('queued', 'running')"),
            postgresql_where=sa.text("state in ('queued', 'running')"),
        )

    op.create_table(
        "kept_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "mentor", "participant", "staff", name="side", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_kept_apart_cohort_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_kept_apart_enrolment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentor.id"], name=op.f("fk_kept_apart_mentor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["said_by_id"], ["person.id"], name=op.f("fk_kept_apart_said_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_apart")),
        sa.UniqueConstraint(
            "mentor_id", "enrolment_id", "side", name=op.f("uq_kept_apart_mentor_id_enrolment_id_side")
        ),
    )
    with op.batch_alter_table("kept_apart") as batch:
        batch.create_index(batch.f("ix_kept_apart_cohort_id"), ["cohort_id"], unique=False)
        batch.create_index(batch.f("ix_kept_apart_enrolment_id"), ["enrolment_id"], unique=False)

    op.create_table(
        "meeting_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("starts", JSON, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_meeting_proposal_pairing_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_meeting_proposal_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_proposal")),
    )
    with op.batch_alter_table("meeting_proposal") as batch:
        batch.create_index(batch.f("ix_meeting_proposal_pairing_id"), ["pairing_id"], unique=False)

    op.create_table(
        "pair_concern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(text) between 1 and 2000", name=op.f("ck_pair_concern_text_length")),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_pair_concern_pairing_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["raised_by_id"], ["person.id"], name=op.f("fk_pair_concern_raised_by_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_pair_concern_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_concern")),
    )
    with op.batch_alter_table("pair_concern") as batch:
        batch.create_index(batch.f("ix_pair_concern_pairing_id"), ["pairing_id"], unique=False)

    for table, column, empty in COLUMNS:
        op.add_column(table, sa.Column(column, JSON, server_default=sa.text(f"'{empty}'"), nullable=False))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, server_default=None)
    with op.batch_alter_table("pairing") as batch:
        batch.add_column(sa.Column("is_locked", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch.drop_constraint(op.f("ck_pairing_pairingstate"), type_="check")
        batch.create_check_constraint(op.f("ck_pairing_pairingstate"), MORE_STATES)
    op.execute("update pairing set is_locked = true where score is null and state = 'proposed'")
    with op.batch_alter_table("pairing") as batch:
        batch.alter_column("is_locked", server_default=None)
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("seniority", sa.Integer(), nullable=True))
        batch.create_check_constraint(op.f("ck_person_seniority_range"), "seniority between 1 and 10")


def downgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint(op.f("ck_person_seniority_range"), type_="check")
        batch.drop_column("seniority")
    op.execute("update pairing set state = 'proposed' where state in ('offered', 'accepted')")
    with op.batch_alter_table("pairing") as batch:
        batch.drop_constraint(op.f("ck_pairing_pairingstate"), type_="check")
        batch.create_check_constraint(op.f("ck_pairing_pairingstate"), STATES)
        for column in ("answered_at", "answer_by", "asked_at", "is_locked"):
            batch.drop_column(column)
    for table, column, _ in reversed(COLUMNS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
    for table in ("pair_concern", "meeting_proposal", "kept_apart", "match_run"):
        op.drop_table(table)
