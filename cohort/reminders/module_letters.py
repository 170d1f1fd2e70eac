"""Reminders about modules, workshops, assignments and check-ins."""

from datetime import timedelta

from cohort.assignments.readers import reviewer_words
from cohort.clock import city
from cohort.mail.letters import MOST_LINES, Button, Desk, Letter, Line, Things, WayOut
from cohort.programs.pack import Assessment, Assignment, Pack, Workshop
from cohort.reminders.owing import Owed
from cohort.reminders.wording_letters import agenda, countdown, due_words, host_words, why_words
from cohort.templating import capital, count, day, first_name, host_time, minutes_words, moment, span


def of_module(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    module = pack.module(owed.occasion.key)
    lessons = tuple(Line(lesson.title, minutes_words(lesson.minutes)) for lesson in module.lessons)
    minutes = sum(lesson.minutes for lesson in module.lessons)
    head = f"{count(len(lessons), 'lesson', 'lessons', words=True).capitalize()}, about {minutes_words(minutes)}"
    return Letter(
        subject=f"Open now: {module.title}",
        title=f"{module.title} is open",
        opening=module.summary.strip()[:1].lower() + module.summary.strip()[1:],
        things=(Things(head, lessons[:MOST_LINES]),) if lessons else (),
        button=Button(
            "Open the module",
            desk.links.module(desk.own_cohort.slug, module.key),
            "It says what comes first, and until when.",
        ),
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
        button=Button(
            "Open the workshop page",
            desk.links.workshop(desk.own_cohort.slug, workshop.key),
            "Tick the pre-work off there when it is done: no further reminder of it comes then.",
        ),
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
        button=Button(
            "Open the workshop page", page, "It says where it is held; a join link stands there from 24 hours before."
        )
        if owed.occasion.has_place
        else Button("Take your place", page),
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
        title=f"{assignment.title}: due {countdown(desk, owed).lower()}"
        if not is_late
        else f"{assignment.title} is late",
        opening="you can still hand it in; it counts." if is_late else "you have not handed it in yet.",
        when=(capital(fact), host_words(desk, owed)),
        paragraphs=(f"Once you hand it in, {_reader_of(assignment, owed)} looks at it first, and reminders stop.",),
        button=Button(
            "Open the assignment", desk.links.assignment(desk.own_cohort.slug, assignment.key), "Your draft is kept."
        ),
        way_out=WayOut(
            "Need more time?",
            "Ask for another day",
            desk.links.more_time(desk.own_cohort.slug, "assignment", assignment.key),
        ),
        why=why_words(owed, "you have not handed this assignment in"),
        preheader=f"{capital(fact)}.",
        is_essential=owed.is_essential,
    )


def _reader_of(assignment: Assignment, owed: Owed) -> str:
    pair = owed.occasion.pair
    return reviewer_words(assignment.reviewed_by, first_name(pair.mentor.name) if pair else "")


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
        button=Button(
            "Answer the check-in",
            desk.links.checkin(desk.own_cohort.slug, checkin.key),
            "What you write is read by your mentor.",
        ),
        why=why_words(owed, "you have not answered this check-in"),
        preheader="About five minutes.",
        is_essential=owed.is_essential,
    )


def of_assessment(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    assessment = pack.assessment(owed.occasion.key)
    return _missed(desk, owed, assessment) if owed.rule.to == "staff" else _closes(desk, owed, assessment)


def _closes(desk: Desk, owed: Owed, assessment: Assessment) -> Letter:
    due = due_words(desk, owed)
    return Letter(
        subject=f"{assessment.title}: closes {due}",
        title=f"{assessment.title} closes {countdown(desk, owed).lower()}",
        opening="you have not answered it yet. Afterwards it cannot be answered any more.",
        when=(f"Closes {due}", host_words(desk, owed)),
        button=Button("Open your home page", desk.links.home(desk.own_cohort.slug), "It is among your next steps."),
        why=why_words(owed, "you have not answered this assessment"),
        preheader=f"Closes {due}.",
        is_essential=owed.is_essential,
    )


def _missed(desk: Desk, owed: Owed, assessment: Assessment) -> Letter:
    name, due = owed.occasion.participant.name, due_words(desk, owed)
    return Letter(
        subject=f"Not answered: {assessment.title}, {name}",
        title=f"{name} has not answered “{assessment.title}”",
        opening=f"it closed {due}.",
        paragraphs=("Ask whether it can still be answered together: what comes later builds on it.",),
        button=Button("Open the cohort", desk.links.cohort(desk.own_cohort.slug)),
        why=why_words(owed, "you run this cohort"),
        preheader=f"It closed {due}.",
        is_essential=owed.is_essential,
    )
