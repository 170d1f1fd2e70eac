"""What mails are called that have no subject yet, and what each kind is sent for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    why: str
    """Ends "It is sent ...": to the person it goes to and to staff alike."""


KINDS: Mapping[str, Kind] = {
    "password-link": Kind("Link for a new password", "when somebody asks for a new password for this address"),
    "sign-in-link": Kind("Sign-in link", "when somebody asks for a sign-in link for this address"),
    "address-changed": Kind("Address changed", "to the old and the new address when the address of an account changes"),
    "invitation": Kind("Invitation", "when the program team puts somebody on the list of a cohort and invites them"),
    "mentor-invitation": Kind("Invitation for a mentor", "when the program team asks somebody to be a mentor"),
    "staff-invitation": Kind("Invitation for staff", "when somebody is given a role in a cohort"),
    "welcome": Kind("Place confirmed", "when somebody accepts the invitation and has a place"),
    "place-free": Kind("A place is free", "when a place becomes free for the first on the waiting list"),
    "waitlisted": Kind("On the waiting list", "when somebody accepts after the last place was taken"),
    "profile-nudge": Kind(
        "Something is missing for the match", "when the program team asks those who are not ready yet"
    ),
    "submission-receipt": Kind("Work received", "as the receipt for work that was handed in"),
    "match-offered": Kind(
        "Mentor asked about mentees", "when staff ask mentors about a match, and a working day before the answer is due"
    ),
    "match-published": Kind("Match published", "when the matches of a cohort are published"),
    "meeting-proposed": Kind("Times to meet proposed", "when one of a pair proposes times to the other"),
    "meeting-taken": Kind("Time to meet taken", "to the one who proposed it, unless the calendar says so"),
    "meeting-called-off": Kind("Times to meet called off", "when one of a pair calls off what was proposed"),
    "schedule-changed": Kind("Dates changed", "ten minutes after dates changed that concern the person"),
    "reminder": Kind("Reminder", "by a rule of the program"),
    "late-wave": Kind("Late mail waits for a decision", "to program leads when many reminders are late"),
    "rule-test": Kind("Test of a reminder", "to the member of staff who asks for it"),
    "staff-digest": Kind("What waits for staff", "to leads and facilitators on weekday mornings, when something waits"),
    "workshop-offer": Kind("A seat is offered", "when a seat becomes free for the first on the waiting list"),
    "workshop-place": Kind("Seat taken", "when somebody who waited gets a seat, or staff sign them up"),
    "no-show": Kind("Missed workshop", "when the attendance is closed and somebody was not there"),
    "extension-asked": Kind("More time asked for", "to those who decide, when somebody asks for more time"),
    "extension-granted": Kind("More time given", "when somebody is given more time"),
    "extension-declined": Kind("The date stays", "when more time was asked for and not given"),
    "calendar-request": Kind("Calendar: invitation or change", "to those who want dates as calendar invitations"),
    "calendar-cancel": Kind("Calendar: cancellation", "to those who had the date as a calendar invitation"),
}


def kind_of(template: str) -> Kind:
    return KINDS.get(template) or Kind(template.replace("-", " ").capitalize(), "for a reason that is not noted here")
