"""Proposed times as pages show them to either of the two."""

from datetime import datetime
from typing import Any

from flask import url_for

from cohort.mentoring.meeting_proposals import starts_ahead
from cohort.mentoring.models import MeetingProposal
from cohort.people.models import Person
from cohort.templating import first_name, minutes_words, moment


def proposed_row(
    proposal: MeetingProposal | None, reader: Person, other: Person, now: datetime
) -> dict[str, Any] | None:
    """What `mentoring/_proposed.html` takes; None when nothing is open or every time has passed."""
    starts = starts_ahead(proposal, now) if proposal else []
    if proposal is None or not starts:
        return None
    return {
        "is_mine": proposal.proposed_by_id == reader.id,
        "other": first_name(other.name),
        "minutes": minutes_words(proposal.minutes),
        "off_url": url_for("mentoring.call_off_times", proposal=proposal.id),
        "take_url": url_for("mentoring.take", proposal=proposal.id),
        "starts": [
            {"value": start.isoformat(), "date": start, "words": moment(start, host=other.time_zone)}
            for start in starts
        ],
    }
