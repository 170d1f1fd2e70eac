"""What stands around every page: navigation, the cohort bar, the places a person can switch to, the reader's zone."""

from dataclasses import dataclass
from functools import cached_property

from flask import current_app, g, request, url_for
from sqlalchemy import Select, String, bindparam, literal, select, type_coerce, union_all

from cohort import clock
from cohort.access import Actor
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.gate import current_actor, may, me
from cohort.mail.condition import Condition, read_condition
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import Person
from cohort.reminders.models import Tick

STAFF_PAGES = frozenset(
    {"programs", "cohorts", "schedule", "workshops", "matching", "publishing", "readiness", "mailroom"}
)
"""Blueprints whose pages belong to staff, whatever else the reader is."""
OWN_PAGES = frozenset({"cohorts.profile", "cohorts.profile_step", "cohorts.save_profile_step", "calendars.my_month"})
"""Pages that belong to participants, whatever their blueprint."""
STAFF_MONTH = "calendars.cohort_month"
MENTOR_PAGES = frozenset({"mentoring"})
MENTOR_MONTHS = frozenset({"calendars.agenda", "calendars.mentor_month"})


_LAST_TICK = select(Tick.began_at).where(Tick.kind == "tick")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a navigation."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The cohort bar above staff pages."""

    title: str
    tag: tuple[str, str, str]
    words: str


class Shell:
    """Built once per rendered page; each part is worked out when a template asks for it."""

    @cached_property
    def person(self) -> Person | None:
        return None if current_actor().is_anonymous else me()

    @cached_property
    def zone(self) -> str:
        return self.person.time_zone if self.person else "UTC"

    @cached_property
    def theme(self) -> str:
        return self.person.theme.value if self.person else "device"

    @cached_property
    def cohort(self) -> Cohort | None:
        cohort: Cohort | None = g.get("cohort")
        return cohort

    @cached_property
    def hat(self) -> str:
        """The role in which the reader looks at this page: participant, mentor or staff."""
        actor = current_actor()
        if request.endpoint in OWN_PAGES:
            return "participant"
        if request.blueprint in STAFF_PAGES or request.endpoint == STAFF_MONTH:
            return "staff"
        held = actor.roles.get(self.cohort.id, frozenset()) if self.cohort else frozenset().union(*actor.roles.values())
        on_mentor_pages = request.blueprint in MENTOR_PAGES or request.endpoint in MENTOR_MONTHS
        if "mentor" in held and (on_mentor_pages or "participant" not in held):
            return "mentor"
        if on_mentor_pages and not held:  # a mentor who has not answered the invitation
            return "mentor"
        return "participant" if "participant" in held else "staff" if (held or actor.is_admin) else "participant"

    @cached_property
    def nav(self) -> list[Place]:
        if self.person is None:
            return []
        if self.hat == "staff":
            return self._staff_nav()
        places = self.places
        slug = self.cohort.slug if self.cohort else None
        if slug is None:
            return [Place("Home", url_for("people.home"))] if places else []
        if self.hat == "mentor":
            return [
                _page("Mentees", "mentoring.mentees", slug=slug),
                _page("Calendar", "calendars.agenda", slug=slug),
                _page("Program", "learning.program", slug=slug),
            ]
        return [
            _page("Home", "learning.home", slug=slug),
            _page("Program", "learning.program", slug=slug),
            _page("Schedule", "learning.schedule", slug=slug),
            _page("Mentor", "learning.mentor", slug=slug),
        ]

    def _staff_nav(self) -> list[Place]:
        nav = [Place("Cohorts", url_for("cohorts.overview"), request.blueprint != "programs")]
        actor = current_actor()
        if actor.is_admin or actor.has_role("program lead", "facilitator"):
            nav.append(Place("Programs", url_for("programs.overview"), request.blueprint == "programs"))
        return nav

    @cached_property
    def tabs(self) -> list[Place]:
        if self.hat != "staff" or self.cohort is None:
            return []
        tabs = [
            ("Overview", "cohorts.show", "cohort.see"),
            ("People", "cohorts.people", "cohort.directory"),
            ("Schedule", "cohorts.schedule", "cohort.see"),
            ("Workshops", "workshops.overview", "workshop.roster"),
            ("Matching", "matching.show", "match.see-all"),
            ("Mail room", "mailroom.show", "mail.log"),
        ]
        slug = self.cohort.slug
        return [_page(label, endpoint, slug=slug) for label, endpoint, action in tabs if may(action, self.cohort)]

    @cached_property
    def bar(self) -> Bar | None:
        if self.hat != "staff" or self.cohort is None:
            return None
        day = (clock.today(self.cohort.zone) - self.cohort.starts_on).days
        words = f"Starts {self.cohort.starts_on:%a} {self.cohort.starts_on.day} {self.cohort.starts_on:%b %Y}"
        if day >= 0:
            words = f"Day {day}"
        return Bar(self.cohort.title, STATE_TAGS[self.cohort.state], f"{words} · {self.cohort.zone}")

    @cached_property
    def places(self) -> list[Place]:
        return places_of(current_actor())

    @cached_property
    def mail(self) -> Condition:
        """What is wrong with mail, for the pages on which staff read it."""
        settings: Settings = current_app.extensions["settings"]
        return read_condition(clock.now(), settings.mail_mode)

    @cached_property
    def tick(self) -> str | None:
        """When the worker last looked for due mail; staff read it in the foot of every page."""
        if self.hat != "staff" or self.person is None:
            return None
        is_known = "mail" in vars(self)  # a page that says what is wrong with mail has asked already
        last = self.mail.last_tick if is_known else db.session.scalar(_LAST_TICK)
        if last is None:
            return "No reminder run yet: start the worker."
        local = clock.in_zone(last, self.zone)
        return f"Last reminder run {local:%a} {local.day} {local:%b}, {local:%H:%M}."


STATE_TAGS = {
    CohortState.DRAFT: ("", "pencil", "Draft"),
    CohortState.RUNNING: ("ok", "play-fill", "Running"),
    CohortState.ARCHIVED: ("", "lock-fill", "Archived"),
}


_COHORTS: Select[int, str, str] = (
    select(Cohort.id, Cohort.slug, Cohort.title)
    .where(Cohort.id.in_(bindparam("ids", expanding=True)))
    .order_by(Cohort.state == CohortState.ARCHIVED, Cohort.starts_on.desc(), Cohort.id.desc())
)
"""Built once: it is asked on every page."""


def places_of(actor: Actor) -> list[Place]:
    """Where the person can work, the most personal first: as participant, as mentor, as staff."""
    if actor.is_anonymous:
        return []
    cohorts = db.session.execute(_COHORTS, {"ids": list(actor.roles)}).all()
    places = [
        Place(f"{title}{suffix}", url_for(endpoint, slug=slug), request.path == url_for(endpoint, slug=slug))
        for role, endpoint, suffix in (
            ("participant", "learning.home", ""),
            ("mentor", "mentoring.mentees", ", as mentor"),
        )
        for cohort_id, slug, title in cohorts
        if role in actor.roles[cohort_id]
    ]
    if actor.is_admin or actor.has_role("program lead", "facilitator", "observer"):
        places.append(
            Place("Cohorts you run", url_for("cohorts.overview"), request.path == url_for("cohorts.overview"))
        )
    return places


def door_of(person: Person) -> str | None:
    """Where somebody without a place in any cohort goes on: to an invitation, or to what is left after withdrawing."""
    enrolment = select(Cohort.slug, type_coerce(Enrolment.state, String), Enrolment.id).join(
        Enrolment, Enrolment.cohort_id == Cohort.id
    )
    mentor = select(Cohort.slug, literal("mentor"), Mentor.id).join(Mentor, Mentor.cohort_id == Cohort.id)
    doors = db.session.execute(
        union_all(
            enrolment.where(Enrolment.person_id == person.id, Enrolment.state.in_(_DOORS)),
            mentor.where(Mentor.person_id == person.id, Mentor.state == MentorState.INVITED),
        )
    ).all()
    found = min(doors, key=lambda door: (list(_DOORS).index(door[1]), -door[2]), default=None)
    return url_for(_DOORS[found[1]], slug=found[0]) if found else None


_DOORS = {
    EnrolmentState.INVITED.value: "cohorts.invitation",
    "mentor": "mentoring.invitation",
    EnrolmentState.WAITLISTED.value: "cohorts.invitation",
    EnrolmentState.WITHDRAWN.value: "learning.home",
}
"""State -> page, the one to open first on top."""


def _page(label: str, endpoint: str, *, slug: str) -> Place:
    url = url_for(endpoint, slug=slug)
    is_below = request.path.startswith(f"{url}/") and endpoint != "cohorts.show"
    return Place(label, url, request.path == url or is_below or request.endpoint in _PARTS.get(endpoint, ()))


OF_A_PAIR = (
    "mentoring.pair",
    "mentoring.log",
    "mentoring.meeting",
    "mentoring.propose",
    "mentoring.concern",
    "mentoring.send_concern",
)
_PARTS = {
    "workshops.overview": (
        "workshops.sitting",
        "workshops.settings",
        "workshops.above",
        "workshops.choose_import",
        "workshops.take_import",
    ),
    "learning.program": (
        "learning.module",
        "learning.lesson",
        "learning.workshop",
        "learning.check_in_page",
        "assignments.show",
        "checkins.show",
        "extensions.ask",
    ),
    "learning.mentor": OF_A_PAIR,
    "mentoring.mentees": (
        *OF_A_PAIR,
        "mentoring.mine",
        "mentoring.proposals",
        "assignments.read",
        "checkins.read",
        "extensions.decide",
    ),
    "cohorts.schedule": ("cohorts.extensions", "cohorts.extend_several"),
    "matching.show": ("mentoring.pair", "mentoring.end"),
}
"""Pages that belong to an entry of the navigation without standing below its address."""
