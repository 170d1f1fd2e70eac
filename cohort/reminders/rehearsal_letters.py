"""Letters of a rehearsal: written for their moments by the worker's writers, and nothing left behind.

Subjects and slots are looked at mail by mail. The templates are rendered once for each distinct letter and zone: the
one thing that then still differs from person to person is the name in the greeting.
"""

import logging
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from cohort.clock import standing_at
from cohort.cohorts.models import Cohort
from cohort.mail.composing import WRITERS, Composer, Shown
from cohort.mail.headers import clean_line
from cohort.mail.letters import Desk, Letter, Moot
from cohort.mail.models import Message
from cohort.people.models import Person
from cohort.programs.queries import pack_of
from cohort.reminders.faulty_letters import list_faults, list_left_over
from cohort.reminders.letters import write_about
from cohort.reminders.playing import Due
from cohort.reminders.rehearsing import Draft, Fault

log = logging.getLogger("cohort.reminders")
UNWRITTEN = "Cannot be written"
"""Stands where the subject would."""
MADE_WHEN_IT_LEAVES = "made-when-the-mail-leaves"
"""Stands in addresses where the mail that leaves has a secret of its reader."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes the mails of one rehearsal. Needs `cohort.version` loaded."""

    composer: Composer
    cohort: Cohort
    _looked_at: dict[tuple[Letter, str], tuple[Fault, ...]] = field(default_factory=dict)

    def write(self, due: Due, person: Person) -> Draft | None:
        """The subject and what is wrong; a letter that cannot be written is a fault as well. None: nothing to say."""
        desk = self._desk(due, person)
        try:
            with standing_at(due.at):
                letter = self._letter(due, desk)
                faults = (*list_faults(letter, _about(due)), *self._look_at(letter, desk))
        except Moot:
            return None
        except SQLAlchemyError:
            raise  # the database, not the letter
        except Exception as error:  # one letter that cannot be written stops no rehearsal
            log.warning("rehearsed mail %s cannot be written", due.bundle.key, exc_info=error)
            what = f"The mail cannot be written: {type(error).__name__}, {error}"
            fault = Fault(what, "Look at what it is about, and at the template of the mail.")
            return Draft(UNWRITTEN, (fault,), is_written=False)
        return Draft(clean_line(letter.subject), faults)

    def letter(self, due: Due, person: Person) -> Letter:
        """What it says, of one that can be written."""
        with standing_at(due.at):
            return self._letter(due, self._desk(due, person))

    def show(self, due: Due, person: Person) -> Shown:
        """The whole mail, for one that can be written."""
        desk = self._desk(due, person)
        with standing_at(due.at):
            return self._show(self._letter(due, desk), desk)

    def _desk(self, due: Due, person: Person) -> Desk:
        """The message is never added to the database. That it counts as written before makes no one-time link."""
        message = Message(
            dedup_key=due.bundle.key,
            person_id=person.id,
            cohort_id=self.cohort.id,
            template=due.bundle.template,
            params=dict(due.bundle.params),
            frozen=b"",
        )
        return self.composer.desk(message, person, self.cohort, now=due.at)

    def _letter(self, due: Due, desk: Desk) -> Letter:
        if due.bundle.template == "reminder":
            return write_about(desk, due.bundle.owed, pack_of(self.cohort.version))
        return WRITERS[due.bundle.template](desk)

    def _look_at(self, letter: Letter, desk: Desk) -> tuple[Fault, ...]:
        key = (letter, desk.person.time_zone)
        if key not in self._looked_at:
            self._looked_at[key] = tuple(list_left_over(self._show(letter, desk)))
        return self._looked_at[key]

    def _show(self, letter: Letter, desk: Desk) -> Shown:
        return self.composer.show(letter, desk, desk.links.unsubscribe(MADE_WHEN_IT_LEAVES))


def _about(due: Due) -> str:
    return due.bundle.owed[0].rule.about if len(due.bundle.owed) == 1 else ""
