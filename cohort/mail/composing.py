"""Writing a mail: the letter for its kind, as text and as HTML, and the bytes that leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cohort.calendars import letters as calendar_letters
from cohort.clock import standing_at
from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import db
from cohort.mail import account_letters, cohort_letters
from cohort.mail.headers import Envelope, clean_line, message_id_for, to_bytes
from cohort.mail.letters import Desk, Letter, Writer
from cohort.mail.links import Links
from cohort.mail.models import Message
from cohort.mail.unsubscribing import make_token, scope_of
from cohort.mentoring import letters as mentoring_letters
from cohort.mentoring import nudge_letters
from cohort.people.models import Person
from cohort.reminders import letters as reminder_letters
from cohort.reminders import rule_letters, staff_letters, wave_letters
from cohort.reminders.owing import Owed
from cohort.schedule import extension_letters
from cohort.schedule import letters as schedule_letters
from cohort.workshops import letters as workshop_letters

WRITERS: Mapping[str, Writer] = {
    "password-link": account_letters.password_link,
    "sign-in-link": account_letters.sign_in_link,
    "address-changed": account_letters.address_changed,
    "invitation": cohort_letters.invitation,
    "mentor-invitation": cohort_letters.mentor_invitation,
    "staff-invitation": cohort_letters.staff_invitation,
    "welcome": cohort_letters.welcome,
    "waitlisted": cohort_letters.waitlisted,
    "place-free": cohort_letters.place_free,
    "profile-nudge": nudge_letters.profile_nudge,
    "submission-receipt": cohort_letters.submission_receipt,
    "match-offered": mentoring_letters.offered,
    "match-published": mentoring_letters.match_published,
    "meeting-proposed": mentoring_letters.meeting_proposed,
    "meeting-taken": mentoring_letters.meeting_taken,
    "meeting-called-off": mentoring_letters.meeting_called_off,
    "schedule-changed": schedule_letters.schedule_changed,
    "reminder": reminder_letters.reminder,
    "late-wave": wave_letters.late_wave,
    "rule-test": rule_letters.rule_test,
    "staff-digest": staff_letters.staff_digest,
    "workshop-offer": workshop_letters.place_offered,
    "workshop-place": workshop_letters.place_got,
    "no-show": workshop_letters.missed,
    "extension-asked": extension_letters.asked,
    "extension-granted": extension_letters.granted,
    "extension-declined": extension_letters.declined,
    "calendar-request": calendar_letters.calendar_request,
    "calendar-cancel": calendar_letters.calendar_cancel,
}


@dataclass(frozen=True, slots=True)
class Written:
    """A mail ready to leave."""

    subject: str
    message_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in a mail, in its two showings."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes mails of this installation."""

    settings: Settings
    templates: Environment

    def compose(
        self, message: Message, *, now: datetime, cohort: Cohort | None = None, owed: Sequence[Owed] = ()
    ) -> Written:
        """The mail as it leaves now; needs `message.person` loaded. Raises Moot when it has nothing to say any more.

        `cohort`: the one of the mail, where it is loaded already, with its version. `owed`: what a reminder has to say.
        """
        desk = self.desk(message, message.person, cohort or _cohort_of(message), now=now, owed=owed)
        with standing_at(now):
            return self._write(WRITERS[message.template](desk), desk)

    def look_again(
        self, message: Message, *, now: datetime, cohort: Cohort | None = None, owed: Sequence[Owed] = ()
    ) -> None:
        """Raises Moot when a mail that was written before has nothing to say any more."""
        WRITERS[message.template](self.desk(message, message.person, cohort or _cohort_of(message), now=now, owed=owed))

    def desk(
        self, message: Message, person: Person, cohort: Cohort | None, *, now: datetime, owed: Sequence[Owed] = ()
    ) -> Desk:
        """Where `message` is written for `person`; needs `cohort.version` loaded."""
        return Desk(
            message=message,
            person=person,
            cohort=cohort,
            links=Links(self.settings.base_url),
            organisation=self.settings.organisation,
            reply_to=self.settings.support_address,
            now=now,
            sender_address=self.settings.mail_from,
            owed=owed,
        )

    def show(self, letter: Letter, desk: Desk, settings_url: str) -> Shown:
        """The text and the HTML of a letter. `settings_url`: where the reader chooses mail without signing in."""
        return Shown(
            self._render("email/letter.txt", letter, desk, settings_url),
            self._render("email/letter.html", letter, desk, settings_url),
        )

    def _write(self, letter: Letter, desk: Desk) -> Written:
        """To an address that is not the reader's any more goes no way to their settings."""
        token = make_token(desk.person.id, scope_of(desk.message.topic), self.settings.signing_keys)
        settings_url = desk.links.unsubscribe(token) if "address" not in desk.message.params else ""
        envelope = self._envelope(letter, desk, settings_url)
        shown = self.show(letter, desk, settings_url)
        calendar = (letter.calendar.method, letter.calendar.data) if letter.calendar else None
        data = to_bytes(letter.subject, shown.text, shown.html, envelope, calendar)
        return Written(clean_line(letter.subject), envelope.message_id, data)

    def _envelope(self, letter: Letter, desk: Desk, settings_url: str) -> Envelope:
        domain, message, cohort = self.settings.mail_domain, desk.message, desk.cohort
        thread = message_id_for(f"thread:{desk.person.id}:{letter.thread}", domain) if letter.thread else ""
        return Envelope(
            sender_name=desk.sender,
            sender=self.settings.mail_from,
            to_name=desk.person.name,
            to=desk.message.params.get("address") or desk.person.email,
            message_id=message_id_for(message.dedup_key, domain),
            at=desk.now,
            unsubscribe=None if letter.is_essential else settings_url,
            reply_to=desk.reply_to,
            thread=thread,
            list_id=f"{cohort.slug}.{domain}" if cohort else "",
            feedback=f"{cohort.id if cohort else ''}:{message.topic}:{message.template}:cohort",
        )

    def _render(self, template: str, letter: Letter, desk: Desk, settings_url: str) -> str:
        return self.templates.get_template(template).render(
            letter=letter,
            reader=desk.person.name,
            sender=desk.sender,
            organisation=desk.organisation,
            zone=desk.person.time_zone,
            settings_url=settings_url,
            always_sent=letter.is_essential,
        )


def _cohort_of(message: Message) -> Cohort | None:
    if message.cohort_id is None:
        return None
    return db.session.scalar(select(Cohort).options(joinedload(Cohort.version)).where(Cohort.id == message.cohort_id))
