"""Addresses of our pages for mails: built from the configured base address, never from a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """`base` is the address people open, without a slash at its end."""

    base: str

    def home(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/home"

    def program(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/program"

    def schedule(self, slug: str) -> str:
        """A participant's own dates."""
        return f"{self.base}/cohorts/{slug}/my-schedule"

    def cohort_schedule(self, slug: str) -> str:
        """All dates of a cohort, for staff."""
        return f"{self.base}/cohorts/{slug}/schedule"

    def module(self, slug: str, key: str) -> str:
        return f"{self.base}/cohorts/{slug}/modules/{key}"

    def workshop(self, slug: str, key: str) -> str:
        return f"{self.base}/cohorts/{slug}/workshops/{key}"

    def check_in(self, slug: str, key: str) -> str:
        return f"{self.base}/cohorts/{slug}/workshops/{key}/check-in"

    def assignment(self, slug: str, key: str) -> str:
        return f"{self.base}/cohorts/{slug}/assignments/{key}"

    def checkin(self, slug: str, key: str) -> str:
        return f"{self.base}/cohorts/{slug}/check-ins/{key}"

    def more_time(self, slug: str, what: str, key: str) -> str:
        """Where a participant asks for a later date; `what`: `assignment`, `check-in` or `pre-work`."""
        return f"{self.base}/cohorts/{slug}/more-time/{what}/{key}"

    def extension_request(self, request_id: int) -> str:
        """Where a request for more time is answered."""
        return f"{self.base}/extension-requests/{request_id}"

    def mentor(self, slug: str) -> str:
        """A participant's page about the mentor."""
        return f"{self.base}/cohorts/{slug}/my-mentor"

    def own_profile(self, slug: str, step: str) -> str:
        """A step of a participant's own profile."""
        return f"{self.base}/cohorts/{slug}/my-profile/{step}"

    def mentor_profile(self, slug: str, step: str) -> str:
        """A step of a mentor's own profile."""
        return f"{self.base}/cohorts/{slug}/mentor-profile/{step}"

    def mentees(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/mentees"

    def proposals(self, slug: str) -> str:
        """Where a mentor answers about the participants proposed to them."""
        return f"{self.base}/cohorts/{slug}/proposals"

    def pair(self, pairing_id: int) -> str:
        return f"{self.base}/pairs/{pairing_id}"

    def log_session(self, pairing_id: int) -> str:
        return f"{self.base}/pairs/{pairing_id}/sessions/new"

    def cohort(self, slug: str) -> str:
        """The overview for staff."""
        return f"{self.base}/cohorts/{slug}"

    def people(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/people"

    def person(self, slug: str, enrolment_id: int) -> str:
        """A participant, for staff."""
        return f"{self.base}/cohorts/{slug}/people/{enrolment_id}"

    def extensions(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/extensions"

    def matching(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/matching"

    def concerns(self, slug: str) -> str:
        """What pairs told program leads in confidence."""
        return f"{self.base}/cohorts/{slug}/matching/concerns"

    def sitting(self, slug: str, item_id: int) -> str:
        """The run sheet of a sitting, for staff."""
        return f"{self.base}/cohorts/{slug}/sittings/{item_id}"

    def mail_room(self, slug: str) -> str:
        return f"{self.base}/cohorts/{slug}/mail-room"

    def answer(self, slug: str) -> str:
        """Where a participant answers the invitation."""
        return f"{self.base}/cohorts/{slug}/invitation"

    def invitation(self, token: str) -> str:
        return f"{self.base}/invitation/{token}"

    def password(self, token: str) -> str:
        return f"{self.base}/password/{token}"

    def sign_in(self, token: str) -> str:
        return f"{self.base}/sign-in/link/{token}"

    def profile(self) -> str:
        return f"{self.base}/profile"

    def calendar_settings(self) -> str:
        return f"{self.base}/calendar-settings"

    def feed(self, token: str) -> str:
        return f"{self.base}/calendar/{token}.ics"

    def unsubscribe(self, token: str) -> str:
        """Where the reader of a mail chooses which mail to get, without signing in."""
        return f"{self.base}/u/{token}"
