"""What a participant has ticked off."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cohort.db import Base, Key


class Progress(Base):
    """Something a participant has ticked off: a lesson, or the pre-work of a workshop."""

    __tablename__ = "progress"
    __table_args__ = (UniqueConstraint("enrolment_id", "kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Key)
    """`lesson` (key: module/lesson) or `prework` (key: the workshop's)."""
    key: Mapped[str] = mapped_column(String(240))
    done_at: Mapped[datetime]
