"""Invitations by mail: what is told to whom in a round of the worker, in which sequence, and what to nobody."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from icalendar import Calendar

from cohort.calendars.choosing import choose
from cohort.calendars.invitations import count_invitations_due, list_cohorts_to_tell, tell_calendars
from cohort.calendars.models import CalendarInvitation
from cohort.cohorts.models import EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.transports import MailboxTransport
from cohort.mentoring.models import PairingState
from cohort.people.models import Person
from cohort.reminders.tick import run_tick
from cohort.workshops.models import Place, PlaceState, Sitting
from tests.build import Build
from tests.calendars.cast import EARLIER, GOLDEN, WORKSHOP, Cast, read_back
from tests.client import QueryCount

TEN = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
DOMAIN = "cohorts.example.org"


@dataclass(frozen=True)
class Told:
    """One calendar mail that left."""

    to: str
    method: str
    sequence: int
    starts: datetime


class Rounds(Cast):
    """A cast who takes invitations, and a worker."""

    def __init__(self, build: Build, settings: Settings) -> None:
        super().__init__(build)
        self.settings = settings
        self.take(self.priya)

    def take(self, person: Person, *, invitations: bool = True) -> None:
        choose(person, shows_links=False, takes_invitations=invitations)

    def plan(self) -> int:
        """What the planner queues, without sending it."""
        db.session.flush()
        return tell_calendars(self.cohort.id, domain=DOMAIN, now=self.build.now)

    def mails(self) -> list[Message]:
        """Calendar mails in the order in which they were queued."""
        mine = db.session.query(Message).filter(Message.template.like("calendar-%")).order_by(Message.id)
        return mine.populate_existing().all()

    def round(self) -> list[Told]:
        """What leaves in a whole round of the worker."""
        before = {message.id for message in self.mails() if message.state is MessageState.SENT}
        db.session.commit()
        run_tick(self.build.now, self.settings, MailboxTransport())
        return [_told(one) for one in self.mails() if one.state is MessageState.SENT and one.id not in before]

    def states(self) -> list[tuple[str, int, str, str]]:
        return [
            (one.params["uid"].split("-")[0], one.params["sequence"], one.state.value, one.reason)
            for one in self.mails()
        ]

    def move(self, by: timedelta) -> None:
        item = self.build.item(self.cohort, WORKSHOP)
        assert item.at is not None and item.ends_at is not None
        item.at, item.ends_at = item.at + by, item.ends_at + by
        item.sequence += 1
        item.changed_at = self.build.now

    def drop(self) -> None:
        item = self.build.item(self.cohort, WORKSHOP)
        item.dropped_at = item.changed_at = self.build.now
        item.sequence += 1


def mail_of(message: Message) -> EmailMessage:
    return message_from_bytes(message.frozen or b"", policy=default)


def calendar_of(message: Message) -> bytes:
    (part,) = [one for one in mail_of(message).walk() if one.get_content_type() == "text/calendar"]
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def _told(message: Message) -> Told:
    data = calendar_of(message)
    (event,) = read_back(data)
    return Told(
        str(mail_of(message)["To"].addresses[0].username),
        str(Calendar.from_ical(data)["METHOD"]),
        event["sequence"],
        event["starts"],
    )


@pytest.fixture
def rounds(build: Build, settings: Settings) -> Rounds:
    return Rounds(build, settings)


def test_place_is_told_once(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)

    assert [rounds.round(), rounds.round()] == [[Told("priya", "REQUEST", 0, TEN)], []]


def test_move_is_told_with_a_higher_sequence_then_the_end(rounds: Rounds) -> None:
    """The exact bytes stand in the golden files."""
    rounds.place(WORKSHOP, PlaceState.HELD)
    told = [rounds.round()]
    rounds.move(timedelta(hours=1))
    told.append(rounds.round())
    rounds.drop()
    told.append(rounds.round())

    assert told == [
        [Told("priya", "REQUEST", 0, TEN)],
        [Told("priya", "REQUEST", 1, TEN + timedelta(hours=1))],
        [Told("priya", "CANCEL", 2, TEN + timedelta(hours=1))],
    ]
    item_id = rounds.build.item(rounds.cohort, WORKSHOP).id
    for message, name in zip(rounds.mails(), ("sent-request", "sent-update", "sent-cancel"), strict=True):
        data = calendar_of(message).replace(f"item-{item_id}@".encode(), b"item-7@")
        assert data == (GOLDEN / f"{name}.ics").read_bytes()


def test_change_that_is_undone_before_a_round_tells_nobody(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.move(timedelta(hours=1))
    rounds.move(-timedelta(hours=1))

    assert rounds.round() == []


def test_two_moves_before_anything_left_make_one_mail(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.move(timedelta(hours=1))
    first = rounds.plan()
    rounds.move(timedelta(hours=1))

    assert (first, rounds.round()) == (1, [Told("priya", "REQUEST", 2, TEN + timedelta(hours=2))])
    assert rounds.states() == [
        ("item", 0, "sent", ""),
        ("item", 1, "cancelled", "superseded"),
        ("item", 2, "sent", ""),
    ]


def test_workshop_that_is_dropped_is_cancelled_only_for_those_who_heard_of_it(rounds: Rounds) -> None:
    fia = rounds.build.person("Fia", email="fia@example.com")
    rounds.take(fia)
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.place(WORKSHOP, PlaceState.HELD, rounds.build.enrolment(rounds.cohort, fia))
    rounds.plan()
    rounds.drop()

    assert rounds.round() == [Told("priya", "CANCEL", 1, TEN)]
    assert rounds.states()[1:] == [("item", 0, "cancelled", "superseded"), ("item", 1, "sent", "")]


def test_who_left_is_told_and_nobody_else(rounds: Rounds) -> None:
    gus = rounds.build.person("Gus", email="gus@example.com")
    rounds.take(gus)
    for enrolment in (rounds.enrolment, rounds.build.enrolment(rounds.cohort, gus)):
        rounds.place(WORKSHOP, PlaceState.HELD, enrolment)
    first = rounds.round()
    rounds.enrolment.state, rounds.enrolment.ended_at = EnrolmentState.WITHDRAWN, rounds.build.now

    assert (len(first), rounds.round(), rounds.round()) == (2, [Told("priya", "CANCEL", 1, TEN)], [])


@pytest.mark.parametrize("state", [PlaceState.LEFT, PlaceState.EXCUSED, PlaceState.WAITING])
def test_place_given_up_is_cancelled_and_taken_again_is_a_later_one(rounds: Rounds, state: PlaceState) -> None:
    place = rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    place.state = state
    gone = rounds.round()
    place.state = PlaceState.HELD

    assert (gone, rounds.round()) == ([Told("priya", "CANCEL", 1, TEN)], [Told("priya", "REQUEST", 2, TEN)])


def test_turning_invitations_off_takes_them_back(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.take(rounds.priya, invitations=False)

    assert (rounds.round(), rounds.round()) == ([Told("priya", "CANCEL", 1, TEN)], [])


def test_room_is_told_as_a_change(rounds: Rounds) -> None:
    place = rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    db.session.add(Sitting(item_id=place.item_id, room="Room 4", version=1))

    assert rounds.round() == [Told("priya", "REQUEST", 1, TEN)]
    assert read_back(calendar_of(rounds.mails()[-1]))[0]["where"] == "Room 4"


def test_who_comes_after_a_move_gets_the_current_sequence(rounds: Rounds) -> None:
    rounds.move(timedelta(hours=1))
    rounds.place(WORKSHOP, PlaceState.HELD)

    assert rounds.round() == [Told("priya", "REQUEST", 1, TEN + timedelta(hours=1))]


def test_only_who_chose_it_only_what_is_held_and_ahead(rounds: Rounds) -> None:
    other = rounds.build.enrolment(rounds.cohort)
    rounds.place(WORKSHOP, PlaceState.HELD, other)
    rounds.place(WORKSHOP, PlaceState.WAITING)
    rounds.place("workshop:kickoff", PlaceState.HELD)

    assert rounds.round() == []


def test_what_is_over_is_left_as_it_is(rounds: Rounds) -> None:
    place = rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.build.now = TEN + timedelta(hours=3)
    place.state = PlaceState.LEFT

    assert rounds.plan() == 0


def test_both_of_a_pair_are_told_of_a_meeting_without_a_name(rounds: Rounds) -> None:
    rounds.take(rounds.ruth)
    rounds.meeting(TEN, rounds.build.now - EARLIER)
    told = rounds.round()

    assert sorted((one.to, one.method, one.sequence) for one in told) == [
        ("priya", "REQUEST", 0),
        ("ruth", "REQUEST", 0),
    ]
    for message in rounds.mails():
        other = b"Ruth" if message.person_id == rounds.priya.id else b"Priya"
        assert other not in calendar_of(message)
        assert b"SUMMARY:Mentoring session (Spring Emerging Leaders)" in calendar_of(message)


def test_meeting_agreed_anew_replaces_the_old_one(rounds: Rounds) -> None:
    rounds.meeting(TEN, rounds.build.now - EARLIER)
    rounds.round()
    rounds.meeting(TEN + timedelta(days=7), rounds.build.now - timedelta(days=1))

    assert sorted((one.method, one.sequence, one.starts) for one in rounds.round()) == [
        ("CANCEL", 1, TEN),
        ("REQUEST", 0, TEN + timedelta(days=7)),
    ]


def test_end_of_a_pair_cancels_its_meeting(rounds: Rounds) -> None:
    rounds.meeting(TEN, rounds.build.now - EARLIER)
    rounds.round()
    rounds.pairing.state, rounds.pairing.closed_at = PairingState.CLOSED, rounds.build.now

    assert rounds.round() == [Told("priya", "CANCEL", 1, TEN)]


def test_paused_cohort_tells_nothing_and_afterwards_what_is_so_then(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.cohort.mail_paused_at = rounds.build.now
    rounds.move(timedelta(hours=1))
    paused = rounds.round()
    rounds.move(timedelta(hours=1))
    rounds.cohort.mail_paused_at = None

    assert (paused, rounds.round()) == ([], [Told("priya", "REQUEST", 2, TEN + timedelta(hours=2))])


def test_mail_that_says_something_older_is_not_sent(rounds: Rounds) -> None:
    """Should the planner of another process be ahead of a mail that it could not take back."""
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.plan()
    db.session.query(CalendarInvitation).one().sequence = 5
    db.session.query(CalendarInvitation).one().told_at = rounds.build.now
    rounds.round()

    assert rounds.states() == [("item", 0, "cancelled", "superseded")]


def test_second_planner_finds_nothing_left_to_do(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)

    assert (rounds.plan(), rounds.plan()) == (1, 0)


def test_preview_counts_the_mails_of_a_move_and_changes_nothing(rounds: Rounds) -> None:
    place = rounds.place(WORKSHOP, PlaceState.HELD)
    gus = rounds.build.enrolment(rounds.cohort)
    rounds.place(WORKSHOP, PlaceState.HELD, gus)
    rounds.take(gus.person)
    rounds.round()
    later, same = (TEN + timedelta(days=7), TEN + timedelta(days=7, hours=2)), (TEN, TEN + timedelta(hours=2))

    counts = [
        count_invitations_due(rounds.cohort.id, dates, domain=DOMAIN, now=rounds.build.now)
        for dates in ({place.item_id: later}, {place.item_id: same}, {place.item_id: None}, {999_999: later})
    ]

    assert counts == [2, 0, 2, 0]
    assert rounds.round() == []


@pytest.mark.parametrize("people", [1, 3])
def test_number_of_queries_does_not_grow(rounds: Rounds, queries: QueryCount, people: int) -> None:
    for _ in range(people):
        enrolment = rounds.build.enrolment(rounds.cohort)
        rounds.place(WORKSHOP, PlaceState.HELD, enrolment)
        rounds.take(enrolment.person)
    rounds.plan()

    with queries as seen:
        rounds.plan()

    assert seen.count == 4


def test_cohort_in_which_nobody_takes_invitations_is_not_looked_at(rounds: Rounds, queries: QueryCount) -> None:
    other = rounds.build.cohort(title="Another cohort")
    rounds.build.enrolment(other)

    with queries as seen:
        found = list_cohorts_to_tell([rounds.cohort.id, other.id], rounds.build.now)

    assert (found, seen.count) == ([rounds.cohort.id], 1)


def test_mail_carries_the_same_bytes_as_showing_and_as_file(rounds: Rounds) -> None:
    """I01: the parameter `method` says what the property says."""
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    mail = mail_of(rounds.mails()[0])

    assert [(part.get_content_type(), part.get_filename()) for part in mail.walk()] == [
        ("multipart/mixed", None),
        ("multipart/alternative", None),
        ("text/plain", None),
        ("text/html", None),
        ("text/calendar", None),
        ("application/ics", "invite.ics"),
    ]
    shown, attached = list(mail.walk())[-2:]
    assert (shown.get_param("method"), shown.get_content_charset()) == ("REQUEST", "utf-8")
    assert b"\r\nMETHOD:REQUEST\r\n" in shown.get_payload(decode=True)
    assert shown.get_payload(decode=True) == attached.get_payload(decode=True)
    (event,) = Calendar.from_ical(calendar_of(rounds.mails()[0])).walk("VEVENT")
    assert str(event["ORGANIZER"]) == f"mailto:{mail['From'].addresses[0].addr_spec}"
    assert str(event["ATTENDEE"]) == f"mailto:{mail['To'].addresses[0].addr_spec}"


def test_mail_says_in_words_what_its_calendar_part_says(rounds: Rounds) -> None:
    rounds.place(WORKSHOP, PlaceState.HELD)
    rounds.round()
    rounds.move(timedelta(hours=1))
    rounds.round()
    rounds.drop()
    rounds.round()

    subjects = [str(mail_of(message)["Subject"]) for message in rounds.mails()]
    body = mail_of(rounds.mails()[1]).get_body(("plain",))
    assert subjects == [
        "Workshop: Hard talks rehearsal, Wed 25 Nov, 16:00 London",
        "Changed: Workshop: Hard talks rehearsal, Wed 25 Nov, 17:00 London",
        "Off your calendar: Workshop: Hard talks rehearsal, Wed 25 Nov, 17:00 London",
    ]
    assert body is not None
    text = re.sub(r"\r\n", "\n", str(body.get_content()))
    assert "  Wed 25 Nov, 17:00–19:00 London\n  Your time. 11:00–13:00 Chicago, where the program is run.\n" in text
    assert "Turn invitations off:\n  http://localhost/calendar-settings\n" in text


def test_place_in_a_second_cohort_is_its_own_matter(rounds: Rounds) -> None:
    other = rounds.build.cohort(title="Another cohort", starts_on=rounds.cohort.starts_on)
    enrolment = rounds.build.enrolment(other, rounds.priya)
    item = rounds.build.item(other, WORKSHOP)
    db.session.add(Place(item_id=item.id, enrolment_id=enrolment.id, state=PlaceState.HELD, since=rounds.build.now))
    rounds.place(WORKSHOP, PlaceState.HELD)

    assert rounds.round() == [Told("priya", "REQUEST", 0, TEN)] * 2
    assert len({message.params["uid"] for message in rounds.mails()}) == 2
