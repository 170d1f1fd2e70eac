"""Several reminders in one mail: what a person asked to have gathered, what was too much, what came together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from cohort.mail.letters import MOST_LINES, Button, Desk, Letter, Line, Things
from cohort.people.names import list_names
from cohort.people.wishes import Choice, Topic
from cohort.reminders.leaving import topic_of
from cohort.reminders.occasions import Reader
from cohort.reminders.owing import Owed
from cohort.reminders.rounds import DAILY_CAP
from cohort.reminders.wording_letters import due_words, host_words
from cohort.templating import capital, count, day, local, number_words

DUE, OPEN, HAPPENED = "What is due", "What is open", "What happened"
HEADS: Mapping[str, str] = {
    "prework.due": DUE,
    "workshop.starts": DUE,
    "assignment.due": DUE,
    "checkin.closes": DUE,
    "assessment.closes": DUE,
    "mentor_session.by": DUE,
    "feedback.owed": DUE,
    "cohort.start": OPEN,
    "module.opens": OPEN,
    "checkin.opens": OPEN,
    "match.published": OPEN,
    "pair.last_contact": OPEN,
    "workshop.ends": HAPPENED,
}
"""Under which head of a digest what is about this stands; the heads in their order."""
TOPIC_WORDS: Mapping[Topic, str] = {
    Topic.COURSEWORK: "coursework",
    Topic.WORKSHOPS: "workshops",
    Topic.CHECKINS: "check-ins",
    Topic.MENTORING: "mentoring",
    Topic.COHORT: "the cohort",
    Topic.STAFF: "what waits for staff",
}
_ORDER = (DUE, OPEN, HAPPENED)
_HOW_OFTEN: Mapping[Choice, str] = {Choice.DAILY: "once a day", Choice.WEEKLY: "once a week"}
_JUST_BACK = timedelta(days=7)


class Said(NamedTuple):
    """One reminder, and the letter that it would be by itself."""

    owed: Owed
    letter: Letter


def gather(desk: Desk, all_said: Sequence[Said]) -> Letter:
    """One mail that says all of it: what is due first, the first to come before the later."""
    said = sorted(all_said, key=lambda one: (_ORDER.index(_head(one)), one.owed.occasion.at))
    title, number = desk.own_cohort.title, count(len(said), "thing", "things", words=True)
    gathered = gathered_by(desk)
    called = "Your week in" if gathered is Choice.WEEKLY else "Your day in"
    first = next((one for one in said if _head(one) == DUE and one.owed.occasion.at > desk.now), None)
    return Letter(
        subject=f"{called} {title}: {count(len(said), 'thing', 'things')}{_first_words(desk, first)}"
        if gathered
        else f"{number.capitalize()} for you: {' · '.join(one.letter.title for one in said)}",
        title=f"{called} {title}" if gathered else f"{number.capitalize()} in {title}",
        opening=f"{number} for {'this week' if gathered is Choice.WEEKLY else 'today'}."
        if gathered
        else "this is what is next.",
        when=_when(desk, first) if first else None,
        things=_sections(said),
        button=_to_home(desk, said[0].owed),
        why=why_gathered(desk, [one.owed for one in said])
        if gathered
        else f"you are in {title}, and these were due to be told to you at the same time.",
        preheader=", ".join(one.letter.title for one in said[:3]),
        is_essential=all(one.letter.is_essential for one in said),
    )


def alone_in_its_digest(desk: Desk, said: Said) -> Letter:
    """The letter as it would have come by itself, and why it comes only now."""
    return replace(said.letter, why=f"{said.letter.why} {capital(why_gathered(desk, [said.owed]))}")


def gathered_by(desk: Desk) -> Choice | None:
    """DAILY or WEEKLY for a mail that waited for such a digest."""
    digest = desk.message.params.get("digest")
    return Choice(digest) if digest else None


def why_gathered(desk: Desk, owed: Iterable[Owed]) -> str:
    """What the reader asked for, and what kept the rest back."""
    asked: dict[Choice, set[Topic]] = defaultdict(set)
    kept_back: list[Reader] = []
    for one in owed:
        topic = topic_of(one.rule)
        choice = one.reader.wishes.choice(topic)
        if choice in _HOW_OFTEN:
            asked[choice].add(topic)
        else:
            kept_back.append(one.reader)
    reasons = [_why_asked(choice, asked[choice]) for choice in _HOW_OFTEN if choice in asked]
    reasons += [_why_kept_back(desk, reader) for reader in kept_back[:1]]
    return " ".join([*reasons[:1], *(capital(reason) for reason in reasons[1:])])


def _why_asked(choice: Choice, topics: Collection[Topic]) -> str:
    words = [TOPIC_WORDS[topic] for topic in Topic if topic in topics]
    return f"you asked for mail about {list_names(words, most=len(words))} {_HOW_OFTEN[choice]}."


def _why_kept_back(desk: Desk, reader: Reader) -> str:
    today = local(desk.now, reader.zone).date()
    if any(today - _JUST_BACK <= last < today for _, last in reader.away):
        return "you were away, so what could wait came together."
    if gathered_by(desk) is Choice.WEEKLY:
        most = number_words(reader.wishes.budget)
        return f"you get at most {most} mails a week that can wait, and what is more comes together."
    return f"you get at most {number_words(DAILY_CAP)} reminders a day, and what is more comes together."


def _head(said: Said) -> str:
    return HAPPENED if said.owed.rule.to == "staff" else HEADS[said.owed.rule.about]


def _sections(said: Sequence[Said]) -> tuple[Things, ...]:
    """Five things in all, so that the mail is read in a minute; the rest is counted."""
    return tuple(_list_sections(said[:MOST_LINES], len(said) - MOST_LINES))


def _list_sections(shown: Sequence[Said], rest: int) -> Iterator[Things]:
    last = _head(shown[-1])
    for head in _ORDER:
        lines = tuple(_line(one) for one in shown if _head(one) == head)
        if lines:
            more = f"And {number_words(rest)} more on the page below." if head == last and rest > 0 else ""
            yield Things(head, lines, more)


def _line(said: Said) -> Line:
    """What its head says already is not said again."""
    letter = said.letter
    detail = letter.when[0].removeprefix("Due ") if letter.when else letter.preheader.removesuffix(".")
    return Line(letter.title.removesuffix(" is open"), detail, letter.button.url)


def _first_words(desk: Desk, first: Said | None) -> str:
    """`, first due Fri 4 Dec`; a workshop is not due."""
    if first is None:
        return ""
    on = day(first.owed.occasion.at, desk.person.time_zone, desk.now)
    return f", first {'on' if first.owed.rule.about == 'workshop.starts' else 'due'} {on}"


def _when(desk: Desk, first: Said) -> tuple[str, str]:
    is_due = first.owed.rule.about != "workshop.starts"
    return f"First{' due' if is_due else ':'} {due_words(desk, first.owed)}", host_words(desk, first.owed)


def _to_home(desk: Desk, owed: Owed) -> Button:
    """The page on which all of it stands, for the reader's part in the cohort."""
    slug = desk.own_cohort.slug
    if desk.person.id == owed.occasion.participant.person_id:
        return Button("Open your home page", desk.links.home(slug))
    if owed.rule.to == "staff":
        return Button("Open the cohort", desk.links.cohort(slug))
    return Button("Open your mentees", desk.links.mentees(slug))
