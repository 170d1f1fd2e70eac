"""Reminders about the cohort itself: its profile, its first day, its end, and after."""

from cohort.mail.letters import Button, Desk, Letter
from cohort.programs.pack import Pack
from cohort.reminders.owing import Owed
from cohort.reminders.timing import days_of
from cohort.reminders.wording_letters import why_words
from cohort.templating import day, local


def of_start(desk: Desk, owed: Owed, pack: Pack) -> Letter:
    days = days_of(owed.rule)
    if owed.rule.unless == "profile-complete":
        return _profile(desk, owed)
    if days < pack.length_days - 7:
        return _starts(desk, owed)
    return _ends(desk, owed) if days < pack.length_days + 30 else _afterwards(desk, owed)


def _profile(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.own_cohort
    starts = day(cohort.starts_on, now=desk.now)
    return Letter(
        subject=f"Your profile is not finished: {cohort.title} starts {starts}",
        title="Finish your profile",
        opening=f"{cohort.title} starts on {starts}. Your mentor is chosen by what your profile says: when you are "
        "free and what you want to grow in.",
        button=Button("Finish your profile", desk.links.home(cohort.slug), "It takes about five minutes."),
        why=why_words(owed, "your profile is not complete yet"),
        preheader="It decides who your mentor is.",
        is_essential=owed.is_essential,
    )


def _starts(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.own_cohort
    days = (cohort.starts_on - local(desk.now, desk.person.time_zone).date()).days
    when = "today" if days == 0 else f"on {day(cohort.starts_on, now=desk.now)}"
    return Letter(
        subject=f"{cohort.title} starts {when}",
        title=f"{cohort.title} starts {when}",
        opening="your home page says what is next, how long it takes and until when.",
        button=Button("Open your home page", desk.links.home(cohort.slug)),
        why=why_words(owed, "you are enrolled"),
        preheader="What is next, how long it takes, until when.",
        is_essential=owed.is_essential,
    )


def _ends(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.own_cohort
    return Letter(
        subject=f"{cohort.title} is done",
        title=f"{cohort.title} is done",
        opening="this was the last day of the program. Everything you wrote stays where it is.",
        button=Button("Look at what you did", desk.links.program(cohort.slug)),
        why=why_words(owed, "you took part"),
        preheader="Everything you wrote stays where it is.",
        is_essential=owed.is_essential,
    )


def _afterwards(desk: Desk, owed: Owed) -> Letter:
    cohort = desk.own_cohort
    return Letter(
        subject=f"What has lasted since {cohort.title}?",
        title=f"What has lasted since {cohort.title}?",
        opening="it has been a while. Look at what you set out to do, and at what you do differently now.",
        button=Button("Look at what you did", desk.links.program(cohort.slug)),
        why=why_words(owed, "you took part"),
        preheader="A look back.",
        is_essential=owed.is_essential,
    )
