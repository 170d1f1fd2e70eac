"""People, the browsers they are signed in with, and the one-time links they were mailed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.db import Base, choice
from cohort.people.wishes import Wishes, wishes_of


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    DEVICE = "device"


class Person(Base):
    """Somebody with an account. Rights come from dated relations; `is_admin` runs the house and reads no work."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("length(name) between 1 and 120", name="name_length"),
        CheckConstraint("seniority between 1 and 10", name="seniority_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    """The address as it is compared: see people.addresses.address_key."""
    name: Mapped[str] = mapped_column(String(120))
    company: Mapped[str] = mapped_column(default="")
    job_title: Mapped[str] = mapped_column(default="")
    seniority: Mapped[int | None]
    """1 to 10 in people.seniority's words; None when they have not said."""
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    languages: Mapped[list[str]] = mapped_column(default=list)
    theme: Mapped[Theme] = mapped_column(choice(Theme), default=Theme.DEVICE)
    mail_wishes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As people.wishes keeps them; {} for what is shipped."""
    is_admin: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None]
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None

    @property
    def wishes(self) -> Wishes:
        """What mail they want, and when; set with `mail_wishes = wishes.stored()`."""
        return wishes_of(self.mail_wishes)

    def guard(self) -> Guard:
        return Guard(person_id=self.id)


class AwayKind(StrEnum):
    AWAY = "away"
    ON_CALL = "on call"


class Away(Base):
    """Days on which somebody is away or on call, first and last included, on the calendar of their own zone."""

    __tablename__ = "away"
    __table_args__ = (
        CheckConstraint("last >= first", name="order"),
        UniqueConstraint("person_id", "kind", "first", "last"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[AwayKind] = mapped_column(choice(AwayKind))
    first: Mapped[date]
    last: Mapped[date]
    added_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return Guard(person_id=self.person_id)


class SignIn(Base):
    """One browser a person is signed in with. Deleting the row signs it out, whatever cookie it still holds."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(200), default="")
    signed_in_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105  the name of a purpose, not a secret
    SIGN_IN = "sign-in"


class Link(Base):
    """A one-time link. It is made when the mail that carries it is written; only the hash of its token is kept."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_person_id_purpose", "person_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[LinkPurpose] = mapped_column(choice(LinkPurpose))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), index=True)
    """The cohort an invitation is for; None for the other purposes."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
