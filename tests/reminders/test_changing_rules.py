"""Changing the rules of a cohort: what staff may say, that nothing is sent twice for it, and two editors at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import AT_ONCE, Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person
from cohort.people.wishes import AS_SHIPPED
from cohort.programs.combining import FITTING, list_mistakes
from cohort.programs.pack import ReminderRule
from cohort.reminders.models import CohortRule, Reminder, ReminderState
from cohort.reminders.rule_changing import (
    MOST_OWN,
    RuleChanged,
    add_rule,
    change_rule,
    find_mistakes,
    put_back,
    turn_off,
    turn_on,
)
from cohort.reminders.rule_foreseeing import Expected, foresee_rule
from cohort.reminders.ruling import RuleOfCohort, find_rule, list_rules, rules_of
from cohort.reminders.tick import run_tick
from cohort.schedule.extending import grant_extension
from tests.build import Build

SOON = "assignment-soon"
DUE = "assignment.due:three-conversations"
"""On Friday 4 December, 17:00 in Chicago."""


def rule_of(cohort: Cohort, key: str = SOON) -> RuleOfCohort:
    found = find_rule(cohort, key)
    assert found
    return found


def changed(cohort: Cohort, by: Person, now: datetime, key: str = SOON, **values: str | None) -> ReminderRule:
    """The rule with other values, saved."""
    found = rule_of(cohort, key)
    rule = replace(found.rule, **values)  # type: ignore[arg-type]
    change_rule(cohort, rule, seen=found.state, by=by, now=now)
    return rule


@pytest.fixture
def cohort(build: Build) -> Cohort:
    cohort = build.cohort(launched_at=build.now - timedelta(days=80))
    db.session.commit()
    return cohort


@pytest.fixture
def dana(build: Build) -> Person:
    return build.person("Dana Whitfield")


def test_rule_is_changed_for_one_cohort_and_the_planner_looks_at_once(
    build: Build, cohort: Cohort, dana: Person
) -> None:
    other = build.cohort(version=cohort.version)
    cohort.look_at = build.now + timedelta(hours=1)
    db.session.flush()

    rule = changed(cohort, dana, build.now, offset="-5d", at="10:00", kind="critical", subject="Bring {title}")

    db.session.refresh(cohort)
    assert cohort.look_at == AT_ONCE
    assert rule in rules_of(cohort) and rule not in rules_of(other)
    found = rule_of(cohort)
    assert found.is_changed and found.change
    assert (found.change.changed_by, found.change.changed_at) == (dana, build.now)
    assert [one.key for one in rules_of(cohort)] == [one.key for one in rules_of(other)]


def test_rule_is_turned_off_and_on(build: Build, cohort: Cohort, dana: Person) -> None:
    before = rule_of(cohort)

    turn_off(cohort, SOON, seen=before.state, by=dana, now=build.now)
    off = rule_of(cohort)
    assert off.is_off and SOON not in {one.key for one in rules_of(cohort)}

    turn_on(cohort, SOON, seen=off.state, by=dana, now=build.now)
    assert before.rule in rules_of(cohort)
    assert db.session.query(CohortRule).count() == 0


def test_changed_rule_that_was_off_comes_back_as_it_was_changed(build: Build, cohort: Cohort, dana: Person) -> None:
    rule = changed(cohort, dana, build.now, offset="-5d")
    turn_off(cohort, SOON, seen=rule_of(cohort).state, by=dana, now=build.now)
    turn_on(cohort, SOON, seen=rule_of(cohort).state, by=dana, now=build.now)

    assert rule_of(cohort).rule == rule and not rule_of(cohort).is_off


def test_rule_is_put_back_to_the_programs(build: Build, cohort: Cohort, dana: Person) -> None:
    before = rule_of(cohort)
    changed(cohort, dana, build.now, text="In our words.")
    turn_off(cohort, SOON, seen=rule_of(cohort).state, by=dana, now=build.now)

    put_back(cohort, SOON, seen=rule_of(cohort).state, by=dana, now=build.now)

    assert rule_of(cohort) == before
    assert db.session.query(CohortRule).count() == 0


def test_rule_that_is_changed_to_what_the_program_says_is_the_programs(
    build: Build, cohort: Cohort, dana: Person
) -> None:
    changed(cohort, dana, build.now, offset="-5d")
    changed(cohort, dana, build.now, offset="-3d")

    assert not rule_of(cohort).is_changed and rule_of(cohort).change is None


def test_own_rules_get_keys_of_their_own(build: Build, cohort: Cohort, dana: Person) -> None:
    rule = ReminderRule("", "workshop.starts", "-2d", "attendees", "digest", at="18:00", text="Bring your laptop.")
    names = ("Bring your laptop!", "Bring your laptop", "笔记本", "x" * 300)

    keys = [add_rule(cohort, rule, name=name, by=dana, now=build.now).key for name in names]

    assert keys == ["own-bring-your-laptop", "own-bring-your-laptop-2", "own-workshop-starts", "own-" + "x" * 40]
    assert [one.rule.key for one in list_rules(cohort) if one.program is None] == keys
    assert rules_of(cohort)[-4:] == tuple(replace(rule, key=key) for key in keys)
    with pytest.raises(DomainError, match="the cohort’s own"):
        put_back(cohort, keys[0], seen=rule_of(cohort, keys[0]).state, by=dana, now=build.now)


def test_own_rules_have_a_limit(build: Build, cohort: Cohort, dana: Person) -> None:
    stored = {"key": "", "about": "module.opens", "offset": "+1d", "to": "participant", "kind": "digest", "at": "09:00"}
    for number in range(MOST_OWN):
        values = {"rule": {**stored, "key": f"own-{number}"}, "changed_at": build.now, "changed_by_id": dana.id}
        db.session.add(CohortRule(cohort_id=cohort.id, key=f"own-{number}", **values))
    db.session.flush()

    with pytest.raises(DomainError, match="at most 100 rules"):
        add_rule(cohort, ReminderRule(**stored), name="One more", by=dana, now=build.now)


def test_second_of_two_editors_changes_nothing(build: Build, cohort: Cohort, dana: Person) -> None:
    seen = rule_of(cohort)
    first = changed(cohort, dana, build.now, offset="-5d")

    for deed in (turn_off, put_back):
        with pytest.raises(RuleChanged):
            deed(cohort, SOON, seen=seen.state, by=dana, now=build.now)
    with pytest.raises(RuleChanged):
        change_rule(cohort, replace(seen.rule, offset="-7d"), seen=seen.state, by=dana, now=build.now)

    assert rule_of(cohort).rule == first


def test_archived_cohort_keeps_its_rules(build: Build, cohort: Cohort, dana: Person) -> None:
    seen = rule_of(cohort)
    cohort.state = CohortState.ARCHIVED
    db.session.flush()

    with pytest.raises(Conflict, match="archived"):
        turn_off(cohort, SOON, seen=seen.state, by=dana, now=build.now)


def test_mail_of_a_published_match_is_not_a_rule_to_change(build: Build, cohort: Cohort, dana: Person) -> None:
    seen = rule_of(cohort, "match-published")

    with pytest.raises(DomainError, match="leaves when a match is published"):
        turn_off(cohort, "match-published", seen=seen.state, by=dana, now=build.now)


def test_rule_stays_about_what_it_is_about(build: Build, cohort: Cohort, dana: Person) -> None:
    seen = rule_of(cohort)
    rule = ReminderRule(SOON, "module.opens", "+1d", "participant", "digest", at="09:00")

    with pytest.raises(DomainError, match="about the same thing"):
        change_rule(cohort, rule, seen=seen.state, by=dana, now=build.now)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"about": "the.weather"}, "about"),
        ({"offset": "soon"}, "offset"),
        ({"offset": "-366d"}, "offset"),
        ({"offset": "-241h", "at": None}, "offset"),
        ({"at": None}, "at"),
        ({"offset": "-2h"}, "at"),
        ({"to": "mentor"}, "to"),
        ({"to": "everybody"}, "to"),
        ({"unless": "booked"}, "unless"),
        ({"kind": "urgent"}, "kind"),
        ({"subject": "Hi {nobody}"}, "subject"),
        ({"subject": "{link}"}, "subject"),
        ({"subject": "Two\nlines"}, "subject"),
        ({"subject": "x" * 121}, "subject"),
        ({"text": "{"}, "text"),
        ({"text": "x" * 2001}, "text"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    build: Build, cohort: Cohort, dana: Person, values: dict[str, str | None], field: str
) -> None:
    rule = replace(rule_of(cohort).rule, **values)  # type: ignore[arg-type]

    assert [mistake.field for mistake in find_mistakes(rule)] == [field]
    with pytest.raises(DomainError) as refusal:
        add_rule(cohort, rule, name="Odd", by=dana, now=build.now)
    assert refusal.value.field == field


def test_edges_of_offsets_are_allowed() -> None:
    rule = ReminderRule("key", "assignment.due", "-365d", "participant", "digest", at="00:00")

    assert list(list_mistakes(rule)) == list(list_mistakes(replace(rule, offset="+240h", at=None))) == []


def test_what_a_program_says_may_stay_however_odd() -> None:
    odd = ReminderRule("key", "workshop.starts", "-1d", "participant", "digest", at="09:00", unless="done")

    assert {mistake.field for mistake in list_mistakes(odd)} == {"to", "unless"}
    assert list(list_mistakes(replace(odd, offset="-2d"), before=odd)) == []


def test_every_rule_of_the_shipped_program_fits(cohort: Cohort) -> None:
    rules = [one.rule for one in list_rules(cohort) if one.rule.key != "match-published"]

    assert [(rule.key, list(list_mistakes(rule))) for rule in rules if list(list_mistakes(rule))] == []
    assert {rule.about for rule in rules} <= set(FITTING)


class Two:
    """Ada in New York and Bea in London, an assignment that is due at the same moment for both."""

    def __init__(self, build: Build, cohort: Cohort, settings: Settings) -> None:
        self.build, self.cohort, self.settings = build, cohort, settings
        self.ada = build.person("Ada", time_zone="America/New_York")
        self.bea = build.person("Bea", time_zone="Europe/London")
        self.of_ada, self.of_bea = (build.enrolment(cohort, person) for person in (self.ada, self.bea))
        self.dana = build.staff(cohort, build.person("Dana Whitfield")).person
        build.item(cohort, DUE).at = datetime(2026, 12, 4, 23, 59, tzinfo=UTC)
        db.session.commit()

    def tick(self, moment: datetime) -> None:
        run_tick(moment, self.settings, MailboxTransport())

    def got(self, person: Person) -> list[datetime]:
        """When the rule spoke to them about the assignment."""
        rows = db.session.query(Reminder).filter_by(person_id=person.id, rule_key=SOON, subject=DUE)
        return [row.due_at for row in rows if row.state is ReminderState.QUEUED]


@pytest.fixture
def two(build: Build, cohort: Cohort, settings: Settings) -> Two:
    return Two(build, cohort, settings)


def test_edited_offset_sends_nothing_again_and_moves_what_is_not_sent(two: Two) -> None:
    """P12: two days before becomes three days before, after Ada got hers."""
    changed(two.cohort, two.dana, two.build.now, offset="-2d")
    sent = {"rule_key": SOON, "subject": DUE, "anchor_at": two.build.item(two.cohort, DUE).at}
    at = {"due_at": two.build.now, "decided_at": two.build.now, "state": ReminderState.QUEUED}
    db.session.add(Reminder(cohort_id=two.cohort.id, enrolment_id=two.of_ada.id, person_id=two.ada.id, **sent, **at))

    changed(two.cohort, two.dana, two.build.now, offset="-3d")
    db.session.commit()
    for hour in range(0, 96, 4):
        two.tick(datetime(2026, 12, 1, 9, 0, tzinfo=UTC) + timedelta(hours=hour))

    assert two.got(two.ada) == [two.build.now]
    assert two.got(two.bea) == [datetime(2026, 12, 1, 9, 0, tzinfo=UTC)]


def test_later_offset_says_it_later_to_those_alone_who_did_not_get_it(two: Two) -> None:
    changed(two.cohort, two.dana, two.build.now, offset="-2d")
    db.session.commit()
    two.tick(datetime(2026, 12, 2, 9, 0, tzinfo=UTC))
    assert (two.got(two.bea), two.got(two.ada)) == ([datetime(2026, 12, 2, 9, 0, tzinfo=UTC)], [])

    changed(two.cohort, two.dana, datetime(2026, 12, 2, 9, 1, tzinfo=UTC), offset="-1d")
    db.session.commit()
    for hour in range(0, 72, 4):
        two.tick(datetime(2026, 12, 2, 10, 0, tzinfo=UTC) + timedelta(hours=hour))

    assert two.got(two.bea) == [datetime(2026, 12, 2, 9, 0, tzinfo=UTC)]
    assert two.got(two.ada) == [datetime(2026, 12, 3, 14, 0, tzinfo=UTC)]


def test_earlier_offset_is_caught_up_on_for_those_who_did_not_get_it(two: Two) -> None:
    changed(two.cohort, two.dana, two.build.now, offset="-1d")
    two.tick(datetime(2026, 12, 2, 8, 0, tzinfo=UTC))

    changed(two.cohort, two.dana, datetime(2026, 12, 2, 8, 1, tzinfo=UTC), offset="-2d", at="08:00")
    db.session.commit()
    two.tick(datetime(2026, 12, 2, 8, 2, tzinfo=UTC))
    two.tick(datetime(2026, 12, 2, 13, 0, tzinfo=UTC))

    assert two.got(two.bea) == [datetime(2026, 12, 2, 8, 0, tzinfo=UTC)]
    assert two.got(two.ada) == [datetime(2026, 12, 2, 13, 0, tzinfo=UTC)]


def test_rule_that_is_off_sends_nothing_and_speaks_again_when_it_is_on(two: Two) -> None:
    turn_off(two.cohort, SOON, seen=rule_of(two.cohort).state, by=two.dana, now=two.build.now)
    db.session.commit()
    two.tick(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
    assert two.got(two.bea) == []

    now = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    turn_on(two.cohort, SOON, seen=rule_of(two.cohort).state, by=two.dana, now=now)
    db.session.commit()
    two.tick(now)

    assert two.got(two.bea) == [datetime(2026, 12, 1, 9, 0, tzinfo=UTC)]


def test_mail_that_leaves_says_it_in_the_words_of_staff(two: Two) -> None:
    changed(two.cohort, two.dana, two.build.now, subject="{title}: bring it by {due}", text="{days} it is due.")
    db.session.commit()
    two.tick(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))

    mails = db.session.query(Message).filter_by(person_id=two.bea.id, template="reminder")
    mail = next(mail for mail in mails if mail.subject.startswith("Three"))
    assert mail.subject == "Three conversations: bring it by Fri 4 Dec, 23:59 London"
    body = message_from_bytes(mail.frozen or b"", policy=default).get_body(("plain",))
    assert body and "in three days it is due." in body.get_content()


def by_name(cohort: Cohort, rule: ReminderRule, now: datetime, key: str = DUE) -> dict[str, tuple[str, str]]:
    """Of one occasion: who -> (when in UTC, why not)."""
    told = next(one for one in foresee_rule(cohort, rule, now=now).told if one.key == key)

    def row(one: Expected) -> tuple[str, str]:
        return (f"{one.at:%d %H:%M}" if one.at else "", one.reason)

    return {one.reader.name: row(one) for one in (*told.gets, *told.gets_not)}


def test_preview_names_everybody_with_time_or_reason(build: Build, two: Two) -> None:
    names = ("Done", "Extended", "Off", "Withdrawn")
    people = {name: build.person(name) for name in names}
    places: dict[str, Enrolment] = {name: build.enrolment(two.cohort, person) for name, person in people.items()}
    people["Off"].mail_wishes = AS_SHIPPED.without(None).stored()
    places["Withdrawn"].state, places["Withdrawn"].ended_at = EnrolmentState.WITHDRAWN, build.now
    hand_in(places["Done"], build.now)
    item, until = build.item(two.cohort, DUE), datetime(2026, 12, 11, 23, 59, tzinfo=UTC)
    grant_extension(places["Extended"], item, until=until, reason="", by=two.dana, now=build.now)
    db.session.commit()
    two.tick(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))  # Bea gets hers

    rule = replace(rule_of(two.cohort).rule, offset="-2d")

    assert by_name(two.cohort, rule, datetime(2026, 12, 1, 10, 0, tzinfo=UTC)) == {
        "Ada": ("02 14:00", ""),
        "Extended": ("09 15:00", ""),
        "Bea": ("01 09:00", "sent already"),
        "Done": ("", "submitted"),
        "Off": ("", "turned off"),
    }


def test_preview_says_what_comes_too_late(build: Build, two: Two) -> None:
    build.enrolment(two.cohort, build.person("Late"), answered_at=datetime(2026, 12, 2, 16, 0, tzinfo=UTC))
    rule = replace(rule_of(two.cohort).rule, offset="-2d")

    within_hours = by_name(two.cohort, rule, datetime(2026, 12, 2, 17, 0, tzinfo=UTC))
    after_days = by_name(two.cohort, rule, datetime(2026, 12, 4, 12, 0, tzinfo=UTC))

    assert (within_hours["Ada"], within_hours["Bea"]) == (("02 17:00", ""), ("", "too late"))
    assert within_hours["Late"] == after_days["Late"] == ("", "joined after its time")
    assert after_days["Ada"] == ("", "too late")


def hand_in(place: Enrolment, now: datetime) -> None:
    values = {"assignment_key": "three-conversations", "reviewed_by": "mentor", "saved_at": now, "submitted_at": now}
    db.session.add(Submission(enrolment_id=place.id, state=SubmissionState.SUBMITTED, **values))
    db.session.flush()


def test_preview_is_what_the_next_rounds_do(two: Two) -> None:
    rule = replace(rule_of(two.cohort).rule, offset="-4d", at="07:30")
    now = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    foreseen = by_name(two.cohort, rule, now)

    changed(two.cohort, two.dana, now, offset="-4d", at="07:30")
    db.session.commit()
    for minute in range(0, 480, 30):
        two.tick(now + timedelta(minutes=minute))

    assert {name: when for name, (when, _) in foreseen.items()} == {
        "Ada": f"{two.got(two.ada)[0]:%d %H:%M}",
        "Bea": f"{two.got(two.bea)[0]:%d %H:%M}",
    }


def test_preview_says_who_has_no_mentor_to_tell(build: Build, two: Two) -> None:
    luis = build.person("Luis")
    build.pairing(build.mentor(two.cohort, luis), two.of_ada)
    rule = replace(rule_of(two.cohort, "session-due").rule, to="mentor")

    told = next(one for one in foresee_rule(two.cohort, rule, now=build.now).told if one.gets)

    assert [(one.reader.name, one.of) for one in told.gets] == [("Luis", "Ada")]
    assert [(one.reader.name, one.reason) for one in told.gets_not] == [("Bea", "no mentor yet")]


def test_preview_of_a_draft_takes_everybody_invited_as_joined(build: Build) -> None:
    draft = build.cohort(state=CohortState.DRAFT, starts_on=date(2026, 12, 14))
    rule = rule_of(draft).rule

    example = foresee_rule(draft, rule, now=build.now)
    build.enrolment(draft, build.person("Ben"), state=EnrolmentState.INVITED, answered_at=None)
    invited = foresee_rule(draft, rule, now=build.now)

    assert (example.is_example, example.people) == (True, 1)
    assert [one.reader.name for one in invited.told[0].gets] == ["Ben"]
    assert foresee_rule(build.cohort(state=CohortState.ARCHIVED), rule, now=build.now).told == ()


def test_mails_to_come_are_counted_once_when_they_carry_several_things(build: Build, two: Two) -> None:
    build.item(two.cohort, "assignment.due:one-real-handover").at = datetime(2026, 12, 4, 23, 59, tzinfo=UTC)
    db.session.flush()

    foreseen = foresee_rule(two.cohort, rule_of(two.cohort).rule, now=build.now)

    reminders = sum(len(one.gets) for one in foreseen.told)
    assert (foreseen.mails, foreseen.people) == (reminders - 2, 2)
