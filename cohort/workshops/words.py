"""Words about sittings that pages and mails share."""

from cohort.workshops.models import Attendance, Place, PlaceState

STANDING_MAKE_UP = (
    "Read the materials on the page of the workshop, do its pre-work, and tell your mentor in three sentences what you "
    "take from it."
)
"""What makes up for a missed sitting, unless its staff wrote something else."""

_STATE_WORDS = {
    PlaceState.HELD: "has a place",
    PlaceState.OFFERED: "a seat is kept",
    PlaceState.WAITING: "waits for a seat",
    PlaceState.EXCUSED: "excused beforehand",
    PlaceState.LEFT: "gave the place up",
}
_ATTENDANCE_WORDS = {
    Attendance.ATTENDED: "attended",
    Attendance.PART: "attended a part",
    Attendance.EXCUSED: "excused",
    Attendance.NO_SHOW: "no-show",
}


def place_words(place: Place) -> str:
    """`has a place`, `attended`, `no-show, made up for`"""
    words = _ATTENDANCE_WORDS[place.attendance] if place.attendance else _STATE_WORDS[place.state]
    return f"{words}, made up for" if place.made_up_at else words
