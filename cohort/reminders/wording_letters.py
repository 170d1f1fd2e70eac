"""What the letters of reminders share: dates, pages and reasons in words."""

from datetime import timedelta

from cohort.mail.letters import MOST_LINES, Desk, Line, Things
from cohort.programs.pack import AgendaPoint
from cohort.reminders.owing import Owed
from cohort.reminders.timing import when_words
from cohort.templating import clock_time, day, first_name, host_time, local, minutes_words, moment, number_words


def due_words(desk: Desk, owed: Owed) -> str:
    return moment(owed.occasion.at, desk.person.time_zone)


def host_words(desk: Desk, owed: Owed) -> str:
    there = host_time(owed.occasion.at, desk.person.time_zone, desk.own_cohort.zone)
    return f"Your time. {there}, where the program is run." if there else ""


def countdown(desk: Desk, owed: Owed) -> str:
    """How far off it is, as people say it at the moment of writing: `Tomorrow`, `Today`, `In one hour`."""
    ahead = owed.occasion.at - desk.now
    if timedelta() <= ahead <= timedelta(minutes=90):
        return (
            "In one hour"
            if ahead >= timedelta(minutes=45)
            else f"At {clock_time(owed.occasion.at, desk.person.time_zone)}"
        )
    days = (local(owed.occasion.at, desk.person.time_zone).date() - local(desk.now, desk.person.time_zone).date()).days
    named = {0: "Today", 1: "Tomorrow"}
    return named.get(days, f"In {number_words(days)} days")


def last_contact(desk: Desk, owed: Owed) -> str:
    return day(owed.occasion.day or owed.occasion.at, desk.person.time_zone, desk.now)


def other_name(desk: Desk, owed: Owed) -> str:
    """The other one of the pair, by first name."""
    pair = owed.occasion.pair
    is_participant = desk.person.id == owed.occasion.participant.person_id
    return first_name(pair.mentor.name if pair and is_participant else owed.occasion.participant.name)


def pair_pages(desk: Desk, owed: Owed) -> tuple[str, str]:
    """(where to log a session, the page of the pair) for the reader."""
    pair = owed.occasion.pair
    if pair is None:
        raise LookupError("there is no pair")
    is_participant = desk.person.id == owed.occasion.participant.person_id
    page = desk.links.mentor(desk.own_cohort.slug) if is_participant else desk.links.pair(pair.id)
    return desk.links.log_session(pair.id), page


def agenda(head: str, points: tuple[AgendaPoint, ...]) -> tuple[Things, ...]:
    lines = tuple(Line(point.title, minutes_words(point.minutes)) for point in points[:MOST_LINES])
    return (Things(head, lines),) if lines else ()


def why_words(owed: Owed, fact: str) -> str:
    """The fact first, then when the rule speaks."""
    return f"{fact}. The program sends this {when_words(owed.rule)}."
