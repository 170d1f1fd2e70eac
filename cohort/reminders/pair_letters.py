"""Reminders about two people: meetings to hold, to log, and pairs that have gone quiet."""

from cohort.mail.letters import Button, Desk, Letter, WayOut
from cohort.programs.pack import Pack
from cohort.reminders.owing import Owed
from cohort.reminders.wording_letters import (
    agenda,
    due_words,
    host_words,
    last_contact,
    other_name,
    pair_pages,
    why_words,
)
from cohort.templating import day, first_name, minutes_words, moment


def of_session(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    session = pack.mentor_session(owed.occasion.key)
    other = other_name(desk, owed)
    due = due_words(desk, owed)
    is_over = desk.now >= owed.occasion.at
    log, page = pair_pages(desk, owed)
    return Letter(
        subject=f"Log your meeting with {other}: {session.title}"
        if is_over
        else f"{session.title} with {other}: by {due}",
        title=f"Have you met {other}?" if is_over else f"Meet {other}: {session.title}",
        opening=f"“{session.title}” was to be held by {due}, and no session is logged."
        if is_over
        else f"“{session.title}” is the next meeting of your program and takes about {minutes_words(session.minutes)}.",
        when=None if is_over else (f"By {due}", host_words(desk, owed)),
        things=agenda("What to talk about", session.agenda),
        button=Button("Log the session", log, "It takes less than a minute.")
        if is_over
        else Button("Open the page of your pair", page, "Note the date there, and log the meeting afterwards."),
        why=why_words(owed, "no session is logged" if is_over else "no date is noted for this meeting"),
        preheader="No session is logged yet." if is_over else f"By {due}.",
        is_essential=owed.is_essential,
    )


def of_first_meeting(desk: Desk, owed: Owed, _pack: Pack) -> Letter:
    other = other_name(desk, owed)
    _, page = pair_pages(desk, owed)
    return Letter(
        subject=f"Your first meeting with {other} has no date yet",
        title=f"Find a first date with {other}",
        opening=f"you and {other} were matched on {day(owed.occasion.at, desk.person.time_zone, desk.now)}. Propose "
        "two times; the first meeting may be short.",
        button=Button("Open the page of your pair", page, "Note the date there: then these reminders stop."),
        why=why_words(owed, "no meeting is noted for the two of you"),
        preheader="Propose two times.",
        is_essential=owed.is_essential,
    )


def of_contact(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    return _quiet_pair(desk, owed) if owed.rule.to == "staff" else _quiet(desk, owed, pack)


def _quiet(desk: Desk, owed: Owed, _pack: Pack) -> Letter:
    other = other_name(desk, owed)
    log, page = pair_pages(desk, owed)
    return Letter(
        subject=f"When do you and {other} meet next?",
        title=f"When do you and {other} meet next?",
        opening=f"no next date is noted, and your last contact was {last_contact(desk, owed)}.",
        button=Button("Open the page of your pair", page, "Note the next date there: then these reminders stop."),
        way_out=WayOut("Have you met since?", "Log it in a minute", log),
        why=why_words(owed, "no next meeting is noted"),
        preheader="No next date is noted.",
        is_essential=owed.is_essential,
    )


def _quiet_pair(desk: Desk, owed: Owed) -> Letter:
    pair = owed.occasion.pair
    mentor = pair.mentor.name if pair else ""
    names = f"{owed.occasion.participant.name} and {mentor}"
    return Letter(
        subject=f"Not in contact since {last_contact(desk, owed)}: {names}",
        title=f"{names} have not met",
        opening=f"their last contact was {last_contact(desk, owed)}, and no next meeting is noted.",
        paragraphs=("A short personal note often helps more than another reminder.",),
        button=Button("Open the cohort", desk.links.cohort(desk.own_cohort.slug)),
        why=why_words(owed, "you run this cohort"),
        preheader="No next meeting is noted.",
        is_essential=owed.is_essential,
    )


def of_feedback(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    title, name = pack.assignment(owed.occasion.key).title, first_name(owed.occasion.participant.name)
    handed_in = moment(owed.occasion.at, desk.person.time_zone)
    _, page = pair_pages(desk, owed)
    return Letter(
        subject=f"{name} waits for your feedback: {title}, handed in {handed_in}",
        title=f"{name} waits for your feedback",
        opening=f"“{title}” was handed in, and you look at it first.",
        when=(f"Handed in {handed_in}", host_words(desk, owed)),
        paragraphs=("A few sentences are enough: what works, and what to try next.",),
        button=Button("Open the page of your pair", page),
        why=why_words(owed, "this work has no feedback yet"),
        preheader=f"Handed in {handed_in}.",
        is_essential=owed.is_essential,
    )
