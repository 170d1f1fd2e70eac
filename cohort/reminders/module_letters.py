"""Reminders about modules, workshops, assignments and check-ins."""

from datetime import timedelta

from cohort.clock import city
from cohort.mail.letters import Button, Desk, Letter, Things, WayOut
from cohort.programs.pack import Pack, Workshop
from cohort.reminders.owing import Owed
from cohort.reminders.wording_letters import agenda, countdown, due_words, host_words, why_words
from cohort.templating import count, day, host_time, minutes_words, moment, span


def of_module(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    module = pack.module(owed.occasion.key)
    lessons = tuple((lesson.title, minutes_words(lesson.minutes)) for lesson in module.lessons)
    minutes = sum(lesson.minutes for lesson in module.lessons)
    head = f"{count(len(lessons), 'lesson', 'lessons', words=True).capitalize()}, about {minutes_words(minutes)}"
    return Letter(
        subject=f"Open now: {module.title}",
        title=f"{module.title} is open",
        opening=module.summary.strip()[:1].lower() + module.summary.strip()[1:],
        things=Things(head, lessons[:5]) if lessons else None,
        button=Button("Open the module", desk.links.module(desk.own_cohort.slug, module.key)),
        why=why_words(owed, "a module of your program opened"),
        preheader=head,
        is_essential=owed.is_essential,
    )


def of_prework(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    workshop = pack.workshop(owed.occasion.key)
    due = due_words(desk, owed)
    return Letter(
        subject=f"Pre-work for {workshop.title}: due {due}",
        title=f"Pre-work for {workshop.title}",
        opening="the workshop builds on it.",
        when=(f"Due {due}", host_words(desk, owed)),
        paragraphs=(workshop.prework.strip(),) if workshop.prework else (),
        button=Button("Open the workshop page", desk.links.workshop(desk.own_cohort.slug, workshop.key)),
        why=why_words(owed, "you have not ticked the pre-work off"),
        preheader=f"Due {due}.",
        is_essential=owed.is_essential,
    )


def of_workshop(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    workshop = pack.workshop(owed.occasion.key)
    zone, host = desk.person.time_zone, desk.own_cohort.zone
    starts = owed.occasion.at
    ends = starts + timedelta(minutes=workshop.minutes)
    there = host_time(starts, zone, host, ends)
    head = f"{day(starts, zone, desk.now)}, {span(starts, ends, zone)} {city(zone)}"
    said = countdown(desk, owed)
    page = desk.links.workshop(desk.own_cohort.slug, workshop.key)
    return Letter(
        subject=f"{said}: {workshop.title}, {moment(starts, zone)}",
        title=f"{said}: {workshop.title}",
        opening=f"we meet {said[:1].lower() + said[1:]}.",
        when=(head, f"Your time. {there}, where it is held." if there else ""),
        things=agenda("What happens", workshop.agenda),
        button=Button("Open the workshop page" if owed.occasion.has_place else "Take your place", page),
        paragraphs=_about_the_place(owed, workshop),
        way_out=WayOut("Cannot come?", "Say so or take another sitting", page),
        why=why_words(owed, "the workshop is part of your program"),
        preheader=f"{head}.",
        is_essential=owed.is_essential,
    )


def _about_the_place(owed: Owed, workshop: Workshop) -> tuple[str, ...]:
    if owed.occasion.has_place:
        return ()
    sitting = "this sitting or another" if workshop.alternative else "it"
    return (f"You have not taken a place yet: say on the page of the workshop whether you come to {sitting}.",)


def of_after_workshop(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    workshop = pack.workshop(owed.occasion.key)
    module = next(one for one in pack.modules if one.workshop is workshop)
    return Letter(
        subject=f"After {workshop.title}: what comes next",
        title=f"After {workshop.title}",
        opening="note one thing you will do differently while it is fresh.",
        when=("Next: " + module.assignment.title, "The assignment of this module.") if module.assignment else None,
        button=Button("Open the module", desk.links.module(desk.own_cohort.slug, module.key)),
        why=why_words(owed, "the workshop is over"),
        preheader="Note one thing you will do differently.",
        is_essential=owed.is_essential,
    )


def of_assignment(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    assignment = pack.assignment(owed.occasion.key)
    due = due_words(desk, owed)
    is_late = desk.now >= owed.occasion.at
    fact = f"was due {due}" if is_late else f"due {due}"
    return Letter(
        subject=f"{assignment.title}: {fact}",
        title=f"{assignment.title}: {countdown(desk, owed).lower()}" if not is_late else f"{assignment.title} is late",
        opening="you can still hand it in; it counts." if is_late else "you have not handed it in yet.",
        when=(fact[:1].upper() + fact[1:], host_words(desk, owed)),
        button=Button(
            "Open the assignment", desk.links.assignment(desk.own_cohort.slug, assignment.key), "Your draft is kept."
        ),
        way_out=WayOut(
            "Need more time?",
            "Ask for another day",
            desk.links.more_time(desk.own_cohort.slug, "assignment", assignment.key),
        ),
        why=why_words(owed, "you have not handed this assignment in"),
        preheader=f"{fact[:1].upper()}{fact[1:]}.",
        is_essential=owed.is_essential,
    )


def of_checkin(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    checkin = pack.checkin(owed.occasion.key)
    title = owed.occasion.title
    is_open = owed.rule.about == "checkin.opens"
    due = due_words(desk, owed)
    questions = count(len(checkin.questions), "question", "questions", words=True)
    return Letter(
        subject=f"{title} is open" if is_open else f"{title} closes {due}",
        title=f"{title} is open" if is_open else f"{title} closes {countdown(desk, owed).lower()}",
        opening=f"what became of your promise, how it goes, {questions}, and a new promise. It takes about five "
        "minutes.",
        when=None if is_open else (f"Closes {due}", host_words(desk, owed)),
        button=Button("Answer the check-in", desk.links.checkin(desk.own_cohort.slug, checkin.key)),
        why=why_words(owed, "you have not answered this check-in"),
        preheader="About five minutes.",
        is_essential=owed.is_essential,
    )
