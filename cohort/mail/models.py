"""The outbox: one row per mail to one person. It is written in the transaction of the deed that causes it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.db import Base, Key, choice
from cohort.people.models import Person


class MessageState(StrEnum):
    PENDING = "pending"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


IS_PENDING = text("message.state = 'pending'")
IS_UNDER_WAY = text("message.state in ('leased', 'sending')")
HAS_FAILED = text("message.state = 'failed'")
"""Written out, because SQLite uses a partial index only where a statement repeats its condition word for word."""


class Message(Base):
    """One mail. `template` and `params` are what it says; its bytes are frozen at the first attempt and stay."""

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_due",
            "due_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_message_leased",
            "lease_until",
            sqlite_where=text("state in ('leased', 'sending')"),
            postgresql_where=text("state in ('leased', 'sending')"),
        ),
        Index(
            "ix_message_failed",
            "cohort_id",
            "due_at",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
        Index("ix_message_cohort_id_due_at", "cohort_id", "due_at"),
        Index("ix_message_person_id_due_at", "person_id", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)
    """What makes this mail the same mail: a second row with the key is refused by the database."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    template: Mapped[str] = mapped_column(Key)
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids and keys only, never text that people wrote and never a secret; and the `address` that a mail goes to when it
    is not the person's own any more."""
    topic: Mapped[str] = mapped_column(String(32), default="")
    """Of mail that can wait: a Topic, DIGEST or SEVERAL of people.wishes. '' for what is always sent."""
    state: Mapped[MessageState] = mapped_column(choice(MessageState), default=MessageState.PENDING)
    reason: Mapped[str] = mapped_column(default="")
    """Why it failed, was cancelled or is being tried again."""
    due_at: Mapped[datetime]
    """The next moment to look at it: when it shall leave, or when to try again."""
    not_after: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    held_at: Mapped[datetime | None]
    """Since when, late as it was, it waits for somebody to decide; the lateness it has gained since is forgiven."""
    lost_leases: Mapped[int] = mapped_column(default=0)
    """How often a process ended while it held the mail, without having begun to send it."""
    begun_at: Mapped[datetime | None]
    """When it was first written to be handed over: the Date it bears, from which on it is tried for a day."""
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    to_address: Mapped[str | None] = mapped_column(String(320))
    subject: Mapped[str | None]
    message_id: Mapped[str | None] = mapped_column(String(200), index=True)
    frozen: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    @property
    def recipient(self) -> str:
        """The address it goes to; needs `person` loaded."""
        address: str = self.params.get("address") or self.person.email
        return address

    def guard(self) -> Guard:
        """Staff's business: it is not the business of the person it goes to, who has the mail."""
        return Guard(cohort_id=self.cohort_id)


class SuppressionReason(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class Suppression(Base):
    """An address to which nothing leaves but what its owner asks for: mail came back from it, or was reported."""

    __tablename__ = "suppression"

    address_key: Mapped[str] = mapped_column(String(320), primary_key=True)
    """As people.addresses.address_key gives it."""
    reason: Mapped[SuppressionReason] = mapped_column(choice(SuppressionReason))
    evidence: Mapped[str] = mapped_column(default="")
    """The words of the server, or of whoever noted it."""
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """None: until the address is changed or somebody lifts it."""


class Lane(Base):
    """The road that mail takes: all of it (ALL), or the mail to one domain. Shared by every worker."""

    __tablename__ = "lane"

    ALL = "*"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    paused_at: Mapped[datetime | None]
    """Since when no mail leaves at all, because somebody said so or a fault asks for it."""
    blocked_until: Mapped[datetime | None]
    """Nothing is tried before: the other side asked for patience, or does not answer."""
    failures: Mapped[int] = mapped_column(default=0)
    """In a row; each doubles the wait."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it is paused or blocked, in the server's words where it has any."""
    tokens: Mapped[float] = mapped_column(Float, default=0)
    """Mails that may leave at once, as counted at `refilled_at`."""
    refilled_at: Mapped[datetime | None]
