"""What reminders say: one way of saying it for each kind of occasion, with the person's own time first."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from cohort.mail.letters import Button, Desk, Letter, Moot, Things, WayOut
from cohort.programs.pack import AgendaPoint, Pack
from cohort.programs.queries import pack_of
from cohort.reminders.looking import still_owed
from cohort.reminders.owing import Owed
from cohort.reminders.timing import days_of
from cohort.templating import (
    clock_time,
    count,
    day,
    first_name,
    host_time,
    local,
    minutes_words,
    moment,
    number_words,
    span,
)

Say = Callable[[Desk, Owed, Pack], Letter]


def reminder(desk: Desk) -> Letter:
    """One reminder, or several that can wait, in one mail."""
    pack = pack_of(desk.hers.version)
    owed = still_owed(desk.message.id, pack, now=desk.now)
    if not owed:
        raise Moot("nothing left to say")
    letters = [SAYS[one.rule.about](desk, one, pack) for one in owed]
    return letters[0] if len(letters) == 1 else _together(desk, letters)


def _together(desk: Desk, letters: list[Letter]) -> Letter:
    lines = tuple((letter.title, letter.when[0] if letter.when else "") for letter in letters)
    cohort = desk.hers
    number = count(len(letters), "thing", "things", words=True).capitalize()
    return Letter(
        subject=f"{number} for you: {letters[0].title}, and {number_words(len(letters) - 1)} more",
        title=f"{number} in {cohort.title}",
        opening="this is what is next.",
        things=Things("Next for you", lines[:5], f"And {len(lines) - 5} more on your page." if len(lines) > 5 else ""),
        button=letters[0].button,
        why=f"you are in {cohort.title}, and these were due to be told to you today.",
        preheader=", ".join(letter.title for letter in letters[1:3]),
        is_essential=False,
    )


# --- the cohort ------------------------------------------------------------------------------------------------------


def _of_start(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    days = days_of(owed.rule)
    if owed.rule.unless == "profile-complete":
        return _profile(desk, owed)
    if days < pack.length_days - 7:
        return _starts(desk, owed)
    return _ends(desk, owed) if days < pack.length_days + 30 else _afterwards(desk, owed)


def _profile(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.hers
    starts = day(cohort.starts_on, now=desk.now)
    return Letter(
        subject=f"Your profile is not finished: {cohort.title} starts {starts}",
        title="Finish your profile",
        opening=f"{cohort.title} starts on {starts}. Your mentor is chosen by what your profile says: when you are "
        "free and what you want to grow in.",
        button=Button("Finish your profile", desk.links.home(cohort.slug), "It takes about five minutes."),
        why=_why(owed, "your profile is not complete yet"),
        preheader="It decides who your mentor is.",
        is_essential=owed.is_essential,
    )


def _starts(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.hers
    days = (cohort.starts_on - local(desk.now, desk.person.time_zone).date()).days
    when = "today" if days == 0 else f"on {day(cohort.starts_on, now=desk.now)}"
    return Letter(
        subject=f"{cohort.title} starts {when}",
        title=f"{cohort.title} starts {when}",
        opening="your home page says what is next, how long it takes and until when.",
        button=Button("Open your home page", desk.links.home(cohort.slug)),
        why=_why(owed, "you are enrolled"),
        preheader="What is next, how long it takes, until when.",
        is_essential=owed.is_essential,
    )


def _ends(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.hers
    return Letter(
        subject=f"{cohort.title} is done",
        title=f"{cohort.title} is done",
        opening="this was the last day of the program. Everything you wrote stays where it is.",
        button=Button("Look at what you did", desk.links.program(cohort.slug)),
        why=_why(owed, "you took part"),
        preheader="Everything you wrote stays where it is.",
        is_essential=owed.is_essential,
    )


def _afterwards(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.hers
    return Letter(
        subject=f"What has lasted since {cohort.title}?",
        title=f"What has lasted since {cohort.title}?",
        opening="it has been a while. Look at what you set out to do, and at what you do differently now.",
        button=Button("Look at what you did", desk.links.program(cohort.slug)),
        why=_why(owed, "you took part"),
        preheader="A look back.",
        is_essential=owed.is_essential,
    )


# --- modules and workshops -------------------------------------------------------------------------------------------


def _module(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    module = pack.module(owed.occasion.key)
    lessons = tuple((lesson.title, minutes_words(lesson.minutes)) for lesson in module.lessons)
    minutes = sum(lesson.minutes for lesson in module.lessons)
    head = f"{count(len(lessons), 'lesson', 'lessons', words=True).capitalize()}, about {minutes_words(minutes)}"
    return Letter(
        subject=f"Open now: {module.title}",
        title=f"{module.title} is open",
        opening=module.summary.strip()[:1].lower() + module.summary.strip()[1:],
        things=Things(head, lessons[:5]) if lessons else None,
        button=Button("Open the module", desk.links.module(desk.hers.slug, module.key)),
        why=_why(owed, "a module of your program opened"),
        preheader=head,
        is_essential=owed.is_essential,
    )


def _prework(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    workshop = pack.workshop(owed.occasion.key)
    due = _due(desk, owed)
    return Letter(
        subject=f"Pre-work for {workshop.title}: due {due}",
        title=f"Pre-work for {workshop.title}",
        opening="the workshop builds on it.",
        when=(f"Due {due}", _host(desk, owed)),
        paragraphs=(workshop.prework.strip(),) if workshop.prework else (),
        button=Button("Open the workshop page", desk.links.workshop(desk.hers.slug, workshop.key)),
        why=_why(owed, "you have not ticked the pre-work off"),
        preheader=f"Due {due}.",
        is_essential=owed.is_essential,
    )


def _workshop(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    workshop = pack.workshop(owed.occasion.key)
    zone, host = desk.person.time_zone, desk.hers.zone
    starts = owed.occasion.at
    ends = starts + timedelta(minutes=workshop.minutes)
    there = host_time(starts, zone, host, ends)
    when = moment(starts, zone)
    head = f"{day(starts, zone, desk.now)}, {span(starts, ends, zone)} {when.rsplit(' ', 1)[-1]}"
    said = _countdown(desk, owed)
    return Letter(
        subject=f"{said}: {workshop.title}, {when}",
        title=f"{said}: {workshop.title}",
        opening=f"we meet {said[:1].lower() + said[1:]} for {minutes_words(workshop.minutes)}.",
        when=(head, f"Your time. {there} where it is held." if there else ""),
        things=_agenda("What happens", workshop.agenda),
        button=Button("Open the workshop page", desk.links.workshop(desk.hers.slug, workshop.key)),
        way_out=WayOut(
            "Cannot come?",
            "Tell the program team on the workshop page",
            desk.links.workshop(desk.hers.slug, workshop.key),
        ),
        why=_why(owed, "the workshop is part of your program"),
        preheader=f"{head}.",
        is_essential=owed.is_essential,
    )


def _after_workshop(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    workshop = pack.workshop(owed.occasion.key)
    module = next(one for one in pack.modules if one.workshop is workshop)
    return Letter(
        subject=f"After {workshop.title}: what comes next",
        title=f"After {workshop.title}",
        opening="note one thing you will do differently while it is fresh.",
        when=("Next: " + module.assignment.title, "The assignment of this module.") if module.assignment else None,
        button=Button("Open the module", desk.links.module(desk.hers.slug, module.key)),
        why=_why(owed, "the workshop is over"),
        preheader="Note one thing you will do differently.",
        is_essential=owed.is_essential,
    )


# --- work ------------------------------------------------------------------------------------------------------------


def _assignment(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    assignment = pack.assignment(owed.occasion.key)
    due = _due(desk, owed)
    is_late = desk.now >= owed.occasion.at
    fact = f"was due {due}" if is_late else f"due {due}"
    return Letter(
        subject=f"{assignment.title}: {fact}",
        title=f"{assignment.title}: {_countdown(desk, owed).lower()}" if not is_late else f"{assignment.title} is late",
        opening="you can still hand it in; it counts." if is_late else "you have not handed it in yet.",
        when=(fact[:1].upper() + fact[1:], _host(desk, owed)),
        button=Button(
            "Open the assignment", desk.links.assignment(desk.hers.slug, assignment.key), "Your draft is kept."
        ),
        way_out=WayOut("Cannot make it?", "Ask the program team for more time", desk.links.home(desk.hers.slug)),
        why=_why(owed, "you have not handed this assignment in"),
        preheader=f"{fact[:1].upper()}{fact[1:]}.",
        is_essential=owed.is_essential,
    )


def _checkin(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    checkin = pack.checkin(owed.occasion.key)
    title = owed.occasion.title
    is_open = owed.rule.about == "checkin.opens"
    due = _due(desk, owed)
    questions = count(len(checkin.questions), "question", "questions", words=True)
    return Letter(
        subject=f"{title} is open" if is_open else f"{title} closes {due}",
        title=f"{title} is open" if is_open else f"{title} closes {_countdown(desk, owed).lower()}",
        opening=f"what became of your promise, how it goes, {questions}, and a new promise. It takes about five "
        "minutes.",
        when=None if is_open else (f"Closes {due}", _host(desk, owed)),
        button=Button("Answer the check-in", desk.links.checkin(desk.hers.slug, checkin.key)),
        why=_why(owed, "you have not answered this check-in"),
        preheader="About five minutes.",
        is_essential=owed.is_essential,
    )


# --- mentoring -------------------------------------------------------------------------------------------------------


def _session(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    session = pack.mentor_session(owed.occasion.key)
    other = _other(desk, owed)
    due = _due(desk, owed)
    is_over = desk.now >= owed.occasion.at
    log, page = _pair_pages(desk, owed)
    return Letter(
        subject=f"Log your meeting with {other}: {session.title}"
        if is_over
        else f"{session.title} with {other}: by {due}",
        title=f"Have you met {other}?" if is_over else f"Meet {other}: {session.title}",
        opening=f"“{session.title}” was to be held by {due}, and no session is logged."
        if is_over
        else f"“{session.title}” is the next meeting of your program and takes about {minutes_words(session.minutes)}.",
        when=None if is_over else (f"By {due}", _host(desk, owed)),
        things=_agenda("What to talk about", session.agenda),
        button=Button("Log the session", log, "It takes less than a minute.")
        if is_over
        else Button("Open the page of your pair", page),
        why=_why(owed, "no session is logged" if is_over else "no date is noted for this meeting"),
        preheader=f"By {due}.",
        is_essential=owed.is_essential,
    )


def _first_meeting(desk: Desk, owed: Owed, _pack: Pack) -> Letter:
    other = _other(desk, owed)
    _, page = _pair_pages(desk, owed)
    return Letter(
        subject=f"Your first meeting with {other} has no date yet",
        title=f"Find a first date with {other}",
        opening=f"you and {other} were matched on {day(owed.occasion.at, desk.person.time_zone, desk.now)}. Propose "
        "two times; the first meeting may be short.",
        button=Button("Open the page of your pair", page),
        why=_why(owed, "no meeting is noted for the two of you"),
        preheader="Propose two times.",
        is_essential=owed.is_essential,
    )


def _contact(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    return _quiet_pair(desk, owed) if owed.rule.to == "staff" else _quiet(desk, owed, pack)


def _quiet(desk: Desk, owed: Owed, _pack: Pack) -> Letter:
    other = _other(desk, owed)
    log, page = _pair_pages(desk, owed)
    return Letter(
        subject=f"When do you and {other} meet next?",
        title=f"When do you and {other} meet next?",
        opening=f"no next date is noted, and your last contact was {_last_contact(desk, owed)}.",
        button=Button("Open the page of your pair", page),
        way_out=WayOut("Have you met since?", "Log it in a minute", log),
        why=_why(owed, "no next meeting is noted"),
        preheader="No next date is noted.",
        is_essential=owed.is_essential,
    )


def _quiet_pair(desk: Desk, owed: Owed) -> Letter:
    pair = owed.occasion.pair
    mentor = pair.mentor.name if pair else ""
    names = f"{owed.occasion.participant.name} and {mentor}"
    return Letter(
        subject=f"Not in contact since {_last_contact(desk, owed)}: {names}",
        title=f"{names} have not met",
        opening=f"their last contact was {_last_contact(desk, owed)}, and no next meeting is noted.",
        paragraphs=("A short personal note often helps more than another reminder.",),
        button=Button("Open the cohort", desk.links.cohort(desk.hers.slug)),
        why=_why(owed, "you run this cohort"),
        preheader="No next meeting is noted.",
        is_essential=owed.is_essential,
    )


SAYS: Mapping[str, Say] = {
    "cohort.start": _of_start,
    "module.opens": _module,
    "prework.due": _prework,
    "workshop.starts": _workshop,
    "workshop.ends": _after_workshop,
    "assignment.due": _assignment,
    "checkin.opens": _checkin,
    "checkin.closes": _checkin,
    "mentor_session.by": _session,
    "match.published": _first_meeting,
    "pair.last_contact": _contact,
}
"""What is about something else has no occasions yet."""


# --- words that several share ----------------------------------------------------------------------------------------


def _due(desk: Desk, owed: Owed) -> str:
    return moment(owed.occasion.at, desk.person.time_zone)


def _host(desk: Desk, owed: Owed) -> str:
    there = host_time(owed.occasion.at, desk.person.time_zone, desk.hers.zone)
    return f"Your time. {there} where the program is run." if there else ""


def _countdown(desk: Desk, owed: Owed) -> str:
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


def _last_contact(desk: Desk, owed: Owed) -> str:
    return day(owed.occasion.day or owed.occasion.at, desk.person.time_zone, desk.now)


def _other(desk: Desk, owed: Owed) -> str:
    """The other one of the pair, by first name."""
    pair = owed.occasion.pair
    is_participant = desk.person.id == owed.occasion.participant.person_id
    return first_name(pair.mentor.name if pair and is_participant else owed.occasion.participant.name)


def _pair_pages(desk: Desk, owed: Owed) -> tuple[str, str]:
    """(where to log a session, the page of the pair) for the reader."""
    pair = owed.occasion.pair
    if pair is None:
        raise LookupError("there is no pair")
    is_participant = desk.person.id == owed.occasion.participant.person_id
    page = desk.links.mentor(desk.hers.slug) if is_participant else desk.links.pair(pair.id)
    return desk.links.log_session(pair.id), page


def _agenda(head: str, points: tuple[AgendaPoint, ...]) -> Things | None:
    return Things(head, tuple((point.title, minutes_words(point.minutes)) for point in points[:5])) if points else None


def _why(owed: Owed, fact: str) -> str:
    """The fact first, then when the rule speaks."""
    days = days_of(owed.rule)
    if owed.rule.offset.endswith("h"):
        size = count(abs(round(days * 24)), "hour", "hours", words=True)
    else:
        size = count(abs(int(days)), "day", "days", words=True)
    when = "on the day" if days == 0 else f"{size} {'before' if days < 0 else 'after'}"
    return f"{fact}. The program sends this {when}."
