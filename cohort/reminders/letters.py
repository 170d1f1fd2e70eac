"""What reminders say: one way of saying it for each kind of occasion, several that can wait in one mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cohort.mail.letters import Desk, Letter, Moot
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.reminders import cohort_letters, module_letters, pair_letters
from cohort.reminders.digest_letters import Said, alone_in_its_digest, gather, gathered_by
from cohort.reminders.looking import NOTHING_LEFT
from cohort.reminders.owing import Owed
from cohort.reminders.own_words_letters import in_own_words

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
    "feedback.owed": pair_letters.of_feedback,
    "assessment.closes": module_letters.of_assessment,
}
"""By what the rule is about. Feedback and assessments have no occasions yet: nothing can be given or answered."""


def reminder(desk: Desk) -> Letter:
    """One reminder, or several that can wait, in one mail."""
    pack = pack_of(desk.own_cohort.version)
    if not desk.owed:
        raise Moot(NOTHING_LEFT)
    return write_about(desk, desk.owed, pack)


def write_about(desk: Desk, owed: Sequence[Owed], pack: Pack) -> Letter:
    """The mail that says all of `owed`."""
    said = [Said(one, in_own_words(SAYS[one.rule.about](desk, one, pack), desk, one)) for one in owed]
    if len(said) > 1:
        return gather(desk, said)
    occasion = owed[0].occasion
    letter = alone_in_its_digest(desk, said[0]) if gathered_by(desk) else said[0].letter
    return replace(letter, thread=f"{occasion.enrolment_id}:{occasion.subject}")
