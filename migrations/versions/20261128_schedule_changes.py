"""Changes of a schedule, workshops with sign-up, calendars, time away.

Revision f805895703f5, after a7cb59b62313.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f805895703f5"
down_revision = "a7cb59b62313"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("away", "on call", name="awaykind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last >= first", name=op.f("ck_away_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_away_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
        sa.UniqueConstraint("person_id", "kind", "first", "last", name=op.f("uq_away_person_id_kind_first_last")),
    )
    op.create_table(
        "calendar_choice",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows_links", sa.Boolean(), nullable=False),
        sa.Column("takes_invitations", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_choice_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_choice")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_choice_token_hash")),
    )
    op.create_table(
        "calendar_invitation",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=200), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_calendar_invitation_cohort_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_invitation_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "uid", name=op.f("pk_calendar_invitation")),
    )
    with op.batch_alter_table("calendar_invitation") as batch:
        batch.create_index(batch.f("ix_calendar_invitation_cohort_id"), ["cohort_id"], unique=False)

    op.create_table(
        "schedule_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("moves", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_schedule_change_cohort_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_schedule_change_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_change")),
    )
    with op.batch_alter_table("schedule_change") as batch:
        batch.create_index(batch.f("ix_schedule_change_cohort_id"), ["cohort_id"], unique=False)

    op.create_table(
        "extension_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_extension_request_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_extension_request_enrolment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["dated_item.id"], name=op.f("fk_extension_request_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
    )
    with op.batch_alter_table("extension_request") as batch:
        batch.create_index(batch.f("ix_extension_request_enrolment_id"), ["enrolment_id"], unique=False)
        batch.create_index(
            "uq_extension_request_open",
            ["item_id", "enrolment_id"],
            unique=True,
            sqlite_where=sa.text("decided_at is null"),
            postgresql_where=sa.text("decided_at is null"),
        )

    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "waiting",
                "offered",
                "excused",
                "left",
                name="placestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.Column("above_reason", sa.Text(), nullable=False),
        sa.Column("confirm_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "attendance",
            sa.Enum(
                "attended",
                "part",
                "excused",
                "no-show",
                name="attendance",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.CheckConstraint("state <> 'offered' or offered_until is not null", name=op.f("ck_place_offer_ends")),
        sa.CheckConstraint("stars is null or stars between 1 and 3", name=op.f("ck_place_stars_range")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_place_enrolment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["dated_item.id"], name=op.f("fk_place_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("item_id", "enrolment_id", name=op.f("uq_place_item_id_enrolment_id")),
    )
    with op.batch_alter_table("place") as batch:
        batch.create_index(batch.f("ix_place_enrolment_id"), ["enrolment_id"], unique=False)

    op.create_table(
        "sitting",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("join_url", sa.Text(), nullable=False),
        sa.Column("facilitator_id", sa.Integer(), nullable=True),
        sa.Column("materials", sa.Text(), nullable=False),
        sa.Column("make_up", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity is null or capacity between 1 and 10000", name=op.f("ck_sitting_capacity_range")),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["person.id"], name=op.f("fk_sitting_facilitator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["dated_item.id"], name=op.f("fk_sitting_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_sitting")),
    )
    with op.batch_alter_table("dated_item") as batch:
        batch.add_column(sa.Column("override", sa.Text(), nullable=True))
        batch.add_column(sa.Column("days", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("clock", sa.Time(), nullable=True))
        batch.add_column(sa.Column("pinned_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("is_added", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("minutes", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("dated_item") as batch:
        for name in ("days", "reason", "is_added", "sequence"):
            batch.alter_column(name, server_default=None)

    with op.batch_alter_table("extension") as batch:
        batch.add_column(sa.Column("times", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("extension") as batch:
        batch.alter_column("times", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("extension") as batch:
        batch.drop_column("times")

    with op.batch_alter_table("dated_item") as batch:
        batch.drop_column("changed_at")
        batch.drop_column("sequence")
        batch.drop_column("dropped_at")
        batch.drop_column("minutes")
        batch.drop_column("is_added")
        batch.drop_column("reason")
        batch.drop_column("pinned_on")
        batch.drop_column("clock")
        batch.drop_column("days")
        batch.drop_column("override")

    op.drop_table("sitting")
    with op.batch_alter_table("place") as batch:
        batch.drop_index(batch.f("ix_place_enrolment_id"))

    op.drop_table("place")
    with op.batch_alter_table("extension_request") as batch:
        batch.drop_index(
            "uq_extension_request_open",
            sqlite_where=sa.text("decided_at is null"),
            postgresql_where=sa.text("decided_at is null"),
        )
        batch.drop_index(batch.f("ix_extension_request_enrolment_id"))

    op.drop_table("extension_request")
    with op.batch_alter_table("schedule_change") as batch:
        batch.drop_index(batch.f("ix_schedule_change_cohort_id"))

    op.drop_table("schedule_change")
    with op.batch_alter_table("calendar_invitation") as batch:
        batch.drop_index(batch.f("ix_calendar_invitation_cohort_id"))

    op.drop_table("calendar_invitation")
    op.drop_table("calendar_choice")
    op.drop_table("away")
