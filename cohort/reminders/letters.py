"""What reminders say: one way of saying it for each kind of occasion, several that can wait in one mail."""

from collections.abc import Callable, Mapping, Sequence

from cohort.mail.letters import Button, Desk, Letter, Moot, Things
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.reminders import cohort_letters, module_letters, pair_letters
from cohort.reminders.looking import NOTHING_LEFT
from cohort.reminders.owing import Owed
from cohort.templating import count

Say = Callable[[Desk, Owed, Pack], Letter]

SAYS: Mapping[str, Say] = {
    "cohort.start": cohort_letters.of_start,
    "module.opens": module_letters.of_module,
    "prework.due": module_letters.of_prework,
    "workshop.starts": module_letters.of_workshop,
    "workshop.ends": module_letters.of_after_workshop,
    "assignment.due": module_letters.of_assignment,
    "checkin.opens": module_letters.of_checkin,
    "checkin.closes": module_letters.of_checkin,
    "mentor_session.by": pair_letters.of_session,
    "match.published": pair_letters.of_first_meeting,
    "pair.last_contact": pair_letters.of_contact,
}
"""What is about something else has no occasions yet."""


def reminder(desk: Desk) -> Letter:
    """One reminder, or several that can wait, in one mail."""
    pack = pack_of(desk.own_cohort.version)
    if not desk.owed:
        raise Moot(NOTHING_LEFT)
    return write_about(desk, desk.owed, pack)


def write_about(desk: Desk, owed: Sequence[Owed], pack: Pack) -> Letter:
    """The mail that says all of `owed`."""
    letters = [SAYS[one.rule.about](desk, one, pack) for one in owed]
    return letters[0] if len(letters) == 1 else _together(desk, letters, owed[0])


def _together(desk: Desk, letters: list[Letter], first: Owed) -> Letter:
    lines = tuple((letter.title, letter.when[0] if letter.when else "") for letter in letters)
    cohort = desk.own_cohort
    number = count(len(letters), "thing", "things", words=True).capitalize()
    return Letter(
        subject=f"{number} for you: {' · '.join(letter.title for letter in letters)}",
        title=f"{number} in {cohort.title}",
        opening="this is what is next.",
        things=Things("Next for you", lines[:5], f"And {len(lines) - 5} more on your page." if len(lines) > 5 else ""),
        button=_to_home(desk, first),
        why=f"you are in {cohort.title}, and these were due to be told to you today.",
        preheader=", ".join(letter.title for letter in letters[1:3]),
        is_essential=False,
    )


def _to_home(desk: Desk, owed: Owed) -> Button:
    """The page on which all of it stands, for the reader's part in the cohort."""
    slug = desk.own_cohort.slug
    if desk.person.id == owed.occasion.participant.person_id:
        return Button("Open your home page", desk.links.home(slug))
    if owed.rule.to == "staff":
        return Button("Open the cohort", desk.links.cohort(slug))
    return Button("Open your mentees", desk.links.mentees(slug))
