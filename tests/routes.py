"""What the address of each route names, and whose it is: written out here, so that a wrong look-up shows.

A new route without an entry fails `test_every_route_that_asks_the_policy_is_tried`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from cohort.access import Guard
from cohort.gate import MARK
from tests.world import BEGUN, CHECKIN, CHECKIN_BEGUN, EXTENDED, HANDED_IN, WORKSHOP, Belongings, World

About = Callable[[World, str], Guard | None]
"""World and name of the actor -> what the policy needs to know of the object; None where there is none for them."""
MODULE = {"module": "starting-line"}


def house(_: World, __: str) -> Guard:
    return Guard()


def account(world: World, who: str) -> Guard:
    return Guard(person_id=world.cast[who].id)


def account_of_owner(world: World, _: str) -> Guard:
    return Guard(person_id=world.cast["owner"].id)


def the_cohort(world: World, _: str) -> Guard:
    return Guard(cohort_id=world.cohort.id)


def own_place(world: World, who: str) -> Guard | None:
    enrolment = world.enrolments.get(who)
    if enrolment is None:
        return None
    place = Guard(cohort_id=world.cohort.id, person_id=world.cast[who].id, enrolment_id=enrolment.id)
    return replace(place, withdrawn_at=enrolment.ended_at)


def place_taken(world: World, who: str) -> Guard | None:
    """Of those only who take part or did."""
    return None if who == "invited" else own_place(world, who)


def page(world: World, who: str) -> Guard:
    """A page of everybody in the cohort; who takes part reads it as their own."""
    return place_taken(world, who) or the_cohort(world, who)


def of_its_staff(world: World, who: str) -> Guard | None:
    """To everybody else it does not exist."""
    return the_cohort(world, who) if who in ("facilitator", "lead", "observer") else None


def account_in_the_cohort(world: World, _: str) -> Guard:
    """Of the owner, as the mail room names it."""
    return Guard(cohort_id=world.cohort.id, person_id=world.cast["owner"].id)


def own_mentor_place(world: World, who: str) -> Guard | None:
    is_mentor = who in ("mentor", "other mentor", "asked mentor")
    return Guard(cohort_id=world.cohort.id, person_id=world.cast[who].id) if is_mentor else None


def place_of_owner(world: World, _: str) -> Guard:
    return Guard(cohort_id=world.cohort.id, person_id=world.cast["owner"].id, enrolment_id=world.owner.enrolment.id)


def owners(world: World, who: str) -> Guard:
    """Work that the mentor reads, as the assignment said."""
    return replace(place_of_owner(world, who), is_declared=True)


def owners_draft(world: World, who: str) -> Guard:
    return replace(owners(world, who), is_draft=True)


def place_of_who_left(world: World, _: str) -> Guard:
    return Guard(
        cohort_id=world.cohort.id,
        person_id=world.cast["withdrawn"].id,
        enrolment_id=world.left.enrolment.id,
        withdrawn_at=world.left.enrolment.ended_at,
    )


def of_who_left(world: World, who: str) -> Guard:
    return replace(place_of_who_left(world, who), is_declared=True)


def draft_of_who_left(world: World, who: str) -> Guard:
    return replace(of_who_left(world, who), is_draft=True)


def ended_pair(world: World, who: str) -> Guard:
    return replace(of_who_left(world, who), enrolment_id=None)


def kept_by_other_mentor(world: World, _: str) -> Guard:
    """The own words in a pair that has ended."""
    return Guard(cohort_id=world.cohort.id, person_id=world.cast["other mentor"].id)


def asked_of_other_mentor(world: World, _: str) -> Guard:
    """What only this mentor is asked, of people who do not know."""
    return Guard(cohort_id=world.cohort.id, person_id=world.cast["other mentor"].id)


@dataclass(frozen=True)
class Try:
    """One object of a route: the values of its address, and whose it is."""

    values: Callable[[World], Mapping[str, Any]]
    about: About


def with_slug(about: About, **values: Any) -> list[Try]:
    return [Try(lambda world: {"slug": world.cohort.slug, **values}, about)]


def with_key(about: About, **values: Any) -> list[Try]:
    return [Try(lambda world: {"key": world.program, **values}, about)]


def of_both(values: Callable[[Belongings], Mapping[str, Any]], about: About, after: About) -> list[Try]:
    """Something of the owner's, and the same of somebody who left."""
    return [Try(lambda world: values(world.owner), about), Try(lambda world: values(world.left), after)]


PERSON = [
    Try(lambda world: {"slug": world.cohort.slug, "enrolment_id": world.owner.enrolment.id}, place_of_owner),
    Try(lambda world: {"slug": world.cohort.slug, "enrolment_id": world.left.enrolment.id}, place_of_who_left),
]
PAIR = [
    *of_both(lambda of: {"pair": of.pairing.id}, owners, ended_pair),
    Try(lambda world: {"pair": world.proposed.id}, of_its_staff),
    Try(lambda world: {"pair": world.offered.id}, of_its_staff),
    Try(lambda world: {"pair": world.refused.id}, of_its_staff),
]
OFFER = [
    Try(lambda world: {"pair": world.proposed.id}, lambda *_: None),
    Try(lambda world: {"pair": world.offered.id}, asked_of_other_mentor),
    Try(lambda world: {"pair": world.refused.id}, asked_of_other_mentor),
]
FORMER = [
    Try(lambda world: {"pair": world.left.pairing.id}, kept_by_other_mentor),
    *(
        Try(lambda world, name=name: {"pair": getattr(world, name).id}, lambda *_: None)
        for name in ("proposed", "offered", "refused")
    ),
    Try(lambda world: {"pair": world.owner.pairing.id}, lambda *_: None),
]
VETO = [Try(lambda world: {"slug": world.cohort.slug, "apart_id": world.veto.id}, of_its_staff)]
RUN = [Try(lambda world: {"slug": world.cohort.slug, "number": world.run.number}, of_its_staff)]
SITTING = [Try(lambda world: {"slug": world.cohort.slug, "sitting": world.place.item_id}, the_cohort)]
OWN_SITTING = [
    Try(lambda world: {"slug": world.cohort.slug, "workshop": WORKSHOP, "sitting": world.place.item_id}, page)
]
MAILED = [
    Try(lambda world: {"slug": world.cohort.slug, "person": world.cast["owner"].id}, the_cohort),
    Try(lambda world: {"slug": world.cohort.slug, "person": world.cast["stranger"].id}, lambda *_: None),
]
WHY = [
    Try(
        lambda world: {
            "slug": world.cohort.slug,
            "person": world.cast["owner"].id,
            "what": f"mail:{world.message.id}",
        },
        the_cohort,
    ),
    Try(
        lambda world: {"slug": world.cohort.slug, "person": world.cast["peer"].id, "what": f"mail:{world.message.id}"},
        lambda *_: None,
    ),
]
REHEARSED = [
    Try(lambda world: {"slug": world.cohort.slug, "mail": world.rehearsed}, the_cohort),
]
TRIED: Mapping[str, list[Try]] = {
    "assignments.autosave": with_slug(page, assignment=BEGUN),
    "assignments.download": [
        *of_both(lambda of: {"submission_id": of.work.id, "file_id": of.file.id}, owners, of_who_left),
        *of_both(
            lambda of: {"submission_id": of.draft.id, "file_id": of.draft_file.id}, owners_draft, draft_of_who_left
        ),
        Try(lambda world: {"submission_id": world.left.work.id, "file_id": world.owner.file.id}, lambda *_: None),
    ],
    "assignments.read": [
        *of_both(lambda of: {"submission_id": of.work.id}, owners, of_who_left),
        *of_both(lambda of: {"submission_id": of.draft.id}, owners_draft, draft_of_who_left),
    ],
    "assignments.save": with_slug(page, assignment=BEGUN),
    "assignments.show": with_slug(page, assignment=HANDED_IN) + with_slug(page, assignment=BEGUN),
    "assignments.withdraw": with_slug(page, assignment=HANDED_IN),
    "calendars.agenda": with_slug(own_mentor_place),
    "calendars.cohort_month": with_slug(the_cohort),
    "calendars.make": [Try(lambda _: {}, account)],
    "calendars.mentor_month": with_slug(own_mentor_place),
    "calendars.my_month": with_slug(place_taken),
    "calendars.remove": [Try(lambda _: {}, account)],
    "calendars.settings": [Try(lambda _: {}, account)],
    "checkins.autosave": with_slug(place_taken, checkin=CHECKIN_BEGUN),
    "checkins.read": [
        *of_both(lambda of: {"answer_id": of.answer.id}, owners, of_who_left),
        *of_both(lambda of: {"answer_id": of.draft_answer.id}, owners_draft, draft_of_who_left),
    ],
    "checkins.save": with_slug(place_taken, checkin=CHECKIN_BEGUN),
    "checkins.show": with_slug(place_taken, checkin=CHECKIN) + with_slug(place_taken, checkin=CHECKIN_BEGUN),
    "cohorts.answer_invitation": with_slug(own_place),
    "cohorts.autosave_profile_step": with_slug(own_place, step="hours"),
    "cohorts.choose_import": with_slug(the_cohort),
    "cohorts.create": [Try(lambda _: {}, house)],
    "cohorts.enrol_person": PERSON,
    "cohorts.extend": PERSON,
    "cohorts.extend_several": with_slug(the_cohort),
    "cohorts.extensions": with_slug(the_cohort),
    "cohorts.give_several": with_slug(the_cohort),
    "cohorts.import_template": with_slug(the_cohort, kind="participant"),
    "cohorts.invitation": with_slug(own_place),
    "cohorts.invite": with_slug(the_cohort),
    "cohorts.launch_cohort": with_slug(the_cohort),
    "cohorts.leave": with_slug(own_place),
    "cohorts.overview": [Try(lambda _: {}, account)],
    "cohorts.people": with_slug(the_cohort),
    "cohorts.people_csv": with_slug(the_cohort),
    "cohorts.person": PERSON,
    "cohorts.profile": with_slug(own_place),
    "cohorts.profile_step": with_slug(own_place, step="wishes"),
    "cohorts.save_profile_step": with_slug(own_place, step="you"),
    "cohorts.schedule": with_slug(the_cohort),
    "cohorts.schedule_csv": with_slug(the_cohort),
    "cohorts.send_invitations": with_slug(the_cohort),
    "cohorts.settings": with_slug(the_cohort),
    "cohorts.show": with_slug(the_cohort),
    "cohorts.take_import": with_slug(the_cohort),
    "cohorts.withdraw_person": PERSON,
    "cohorts.wizard": [Try(lambda _: {}, house)],
    "learning.check_in_page": with_slug(page, workshop=WORKSHOP),
    "learning.check_oneself_in": with_slug(page, workshop=WORKSHOP),
    "learning.claim": OWN_SITTING,
    "learning.confirm_date": OWN_SITTING,
    "learning.excuse_oneself": OWN_SITTING,
    "learning.give_stars": OWN_SITTING,
    "extensions.answer": of_both(lambda of: {"request_id": of.request.id}, owners, of_who_left),
    "extensions.ask": with_slug(place_taken, what="assignment", key=BEGUN)
    + with_slug(place_taken, what="assignment", key=EXTENDED),
    "extensions.decide": of_both(lambda of: {"request_id": of.request.id}, owners, of_who_left)
    + of_both(lambda of: {"request_id": of.declined.id}, owners, of_who_left),
    "extensions.send_request": with_slug(place_taken, what="check-in", key=CHECKIN_BEGUN),
    "extensions.take_request_back": with_slug(place_taken, what="assignment", key=BEGUN),
    "learning.home": with_slug(place_taken),
    "learning.leave": OWN_SITTING,
    "learning.lesson": with_slug(page, **MODULE, lesson="two-jobs-one-calendar"),
    "learning.mentor": with_slug(place_taken),
    "learning.module": with_slug(page, **MODULE),
    "learning.program": with_slug(page),
    "learning.schedule": with_slug(place_taken),
    "learning.take": OWN_SITTING,
    "learning.tick_lesson": with_slug(page, **MODULE, lesson="two-jobs-one-calendar"),
    "learning.tick_make_up": OWN_SITTING,
    "learning.tick_prework": with_slug(page, workshop="kickoff"),
    "learning.workshop": with_slug(page, workshop="kickoff"),
    "mailroom.add_rule": with_slug(the_cohort),
    "mailroom.change_rule": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.new_rule": with_slug(the_cohort),
    "mailroom.pause": with_slug(the_cohort),
    "mailroom.put_rule_back": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.drop_late": with_slug(the_cohort),
    "mailroom.fix_address": [
        Try(lambda world: {"slug": world.cohort.slug, "person": world.cast["owner"].id}, account_in_the_cohort),
        Try(lambda world: {"slug": world.cohort.slug, "person": world.cast["stranger"].id}, lambda *_: None),
    ],
    "mailroom.forecast_csv": with_slug(the_cohort),
    "mailroom.pause_all": with_slug(the_cohort),
    "mailroom.person": MAILED,
    "mailroom.rehearsal": with_slug(the_cohort),
    "mailroom.rehearsed_html": REHEARSED,
    "mailroom.rehearsed_mail": REHEARSED,
    "mailroom.resume": with_slug(the_cohort),
    "mailroom.rule": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.rule_example": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.rules": with_slug(the_cohort),
    "mailroom.resume_all": with_slug(the_cohort),
    "mailroom.send_again": [
        Try(lambda world: {"slug": world.cohort.slug, "message": world.message.id}, the_cohort),
    ],
    "mailroom.send_late": with_slug(the_cohort),
    "mailroom.send_urgent": with_slug(the_cohort),
    "mailroom.show": with_slug(the_cohort),
    "mailroom.test_rule": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.turn_rule_off": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.turn_rule_on": with_slug(the_cohort, rule="assignment-soon"),
    "mailroom.typed_example": with_slug(the_cohort),
    "mailroom.why": WHY,
    "matching.allow_pair": VETO,
    "matching.certificate": RUN,
    "matching.choose_person": with_slug(the_cohort),
    "matching.confirm_veto": VETO,
    "matching.files": RUN,
    "matching.keep_apart": with_slug(the_cohort),
    "matching.lock_pair": PAIR,
    "matching.pair": with_slug(the_cohort),
    "matching.pairs_csv": with_slug(the_cohort),
    "matching.run_matching": with_slug(the_cohort),
    "matching.runs": with_slug(the_cohort),
    "matching.show": with_slug(the_cohort),
    "matching.take_away": PAIR,
    "matching.turn_down_veto": VETO,
    "matching.unlock_pair": PAIR,
    "matching.why": [PERSON[0]],
    "mentoring.answer_invitation": with_slug(own_mentor_place),
    "mentoring.autosave_profile_step": with_slug(own_mentor_place, step="hours"),
    "mentoring.accept_proposal": OFFER,
    "mentoring.call_off_times": of_both(lambda of: {"proposal": of.meeting.id}, owners, ended_pair),
    "mentoring.concern": PAIR,
    "mentoring.concerns": with_slug(the_cohort),
    "mentoring.decline_proposal": OFFER,
    "mentoring.end": PAIR,
    "mentoring.invitation": with_slug(own_mentor_place),
    "mentoring.log": PAIR,
    "mentoring.log_it": PAIR,
    "mentoring.meeting": PAIR,
    "mentoring.mentees": with_slug(own_mentor_place),
    "mentoring.mine": FORMER,
    "mentoring.pair": PAIR,
    "mentoring.profile_step": with_slug(own_mentor_place, step="wishes"),
    "mentoring.save_profile_step": with_slug(own_mentor_place, step="help"),
    "mentoring.proposals": with_slug(own_mentor_place),
    "mentoring.propose": PAIR,
    "mentoring.send_concern": PAIR,
    "mentoring.settle": [Try(lambda world: {"concern": world.concern.id}, the_cohort)],
    "mentoring.take": of_both(lambda of: {"proposal": of.meeting.id}, owners, ended_pair),
    "mentoring.tick": of_both(lambda of: {"promise": of.promise.id}, owners, ended_pair),
    "people.add_days": [Try(lambda _: {}, account)],
    "people.away": [Try(lambda _: {}, account)],
    "people.change_password": [Try(lambda _: {}, account)],
    "people.confirm": [Try(lambda _: {}, account)],
    "people.home": [Try(lambda _: {}, account)],
    "people.keep_days": [Try(lambda _: {}, account)],
    "people.mail_history": [Try(lambda _: {}, account)],
    "people.mail_settings": [Try(lambda _: {}, account)],
    "people.mail_why": [
        Try(
            lambda world: {"what": f"mail:{world.message.id}"},
            lambda world, who: account(world, who) if who == "owner" else None,
        )
    ],
    "people.profile": [Try(lambda _: {}, account)],
    "people.read_file": [Try(lambda _: {}, account)],
    "people.remove_days": [Try(lambda world: {"away_id": world.away.id}, account_of_owner)],
    "programs.edit_dates": with_key(house),
    "programs.edit_text": with_key(house),
    "programs.export": with_key(house),
    "programs.import_program": [Try(lambda _: {}, house)],
    "programs.module": with_key(house, **MODULE),
    "programs.overview": [Try(lambda _: {}, house)],
    "programs.show": with_key(house),
    "publishing.ask": with_slug(the_cohort),
    "publishing.preview": with_slug(the_cohort),
    "publishing.publish_pairs": with_slug(the_cohort),
    "readiness.preview": with_slug(the_cohort),
    "readiness.send": with_slug(the_cohort),
    "readiness.show": with_slug(the_cohort),
    "publishing.send_questions": with_slug(the_cohort),
    "publishing.stop_asking": PAIR,
    "schedule.change_cohort": with_slug(the_cohort, deed="shift"),
    "schedule.change_item": with_slug(the_cohort, item_id="workshop:kickoff", deed="move"),
    "schedule.changes": with_slug(the_cohort),
    "schedule.item": with_slug(the_cohort, item_id="workshop:kickoff"),
    "schedule.undo": [
        Try(lambda world: {"slug": world.cohort.slug, "change_id": world.change.id}, the_cohort),
        Try(lambda world: {"slug": world.cohort.slug, "change_id": 999_999}, lambda *_: None),
    ],
    "workshops.above": SITTING,
    "workshops.add_walk_in": SITTING,
    "workshops.choose_import": SITTING,
    "workshops.close": SITTING,
    "workshops.code": SITTING,
    "workshops.make_code": SITTING,
    "workshops.overview": with_slug(the_cohort),
    "workshops.reopen": SITTING,
    "workshops.settings": SITTING,
    "workshops.sign_up": SITTING,
    "workshops.sitting": SITTING,
    "workshops.take_attendance": SITTING,
    "workshops.take_import": SITTING,
    "workshops.take_out": [
        Try(
            lambda world: {"slug": world.cohort.slug, "sitting": world.place.item_id, "place": world.place.id},
            place_of_owner,
        )
    ],
}
"""By endpoint. A new route stands here with what its address names and whose that is."""


def declared_rules(app: Flask) -> list[tuple[Rule, str]]:
    """The routes that ask the policy, with the action that each declares."""
    marks = {endpoint: str(getattr(view, MARK, "public:")) for endpoint, view in app.view_functions.items()}
    return [
        (rule, marks[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if not marks[rule.endpoint].startswith("public:")
    ]


@dataclass(frozen=True)
class Request:
    endpoint: str
    action: str
    method: str
    path: str
    about: About


def requests_to(app: Flask, world: World) -> Iterator[Request]:
    build = app.url_map.bind("localhost").build
    for rule, action in declared_rules(app):
        for one in TRIED[rule.endpoint]:
            path = build(rule.endpoint, dict(one.values(world)))
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield Request(rule.endpoint, action, method, path, one.about)
