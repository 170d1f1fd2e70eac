"""Each person's calendar outside: the secret address of their feed, and the invitations they were sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.db import Base
from cohort.people.models import Person


class CalendarChoice(Base):
    """How a person takes their dates along. Without a row: no feed, no invitations."""

    __tablename__ = "calendar_choice"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the secret in the feed's address, which is shown once and not kept; None while there is no feed."""
    made_at: Mapped[datetime | None]
    """When the address was made."""
    shows_links: Mapped[bool] = mapped_column(default=False)
    """Join links stand in the feed."""
    takes_invitations: Mapped[bool] = mapped_column(default=False)
    """Workshops and meetings also come as invitations by mail."""

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class CalendarInvitation(Base):
    """What a person's calendar was last told about one event by mail (RFC 5546)."""

    __tablename__ = "calendar_invitation"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[str] = mapped_column(String(200), primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), index=True)
    sequence: Mapped[int] = mapped_column(default=0)
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    location: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime]
