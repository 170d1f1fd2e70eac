"""The gate of the web process: every route declares an action and how its object is found, or does not start.

    @bp.post("/cohorts/<slug>/launch")
    @access("cohort.edit", find_cohort)
    def launch(cohort: Cohort) -> ResponseReturnValue: ...

Loading is deciding: `find_cohort` gets the values of the address, the policy decides, and only then does the view run,
with the object as its first argument. Ids never come from the body of a request.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NoReturn, Protocol

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Integer, Select, bindparam, cast, literal, null, select, union_all

from cohort import clock
from cohort.access import ANONYMOUS, Actor, Guard, Verdict, decide
from cohort.cohorts.models import Enrolment, EnrolmentState, Staff
from cohort.db import db
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.models import Person

View = Callable[..., ResponseReturnValue]
MARK = "__cohort_access__"


class Guarded(Protocol):
    def guard(self) -> Guard: ...


def access(action: str, find: Callable[..., Guarded | None]) -> Callable[[View], View]:
    """Declare what a view does and to what. The object that `find` gives becomes the view's first argument."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            if current_actor().is_anonymous:
                return ask_to_sign_in()
            thing = find(**values)
            if thing is None:
                _hide()
            return _answer(action, thing, lambda: view(thing))

        setattr(guarded, MARK, action)
        return guarded

    return decorate


def public(reason: str) -> Callable[[View], View]:
    """Declare a route open to everybody, and say why. The list of them is short and tested."""

    def decorate(view: View) -> View:
        setattr(view, MARK, f"public: {reason}")
        return view

    return decorate


def _answer(action: str, thing: Guarded, view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    guard = thing.guard()
    verdict = decide(current_actor(), action, guard, clock.now())
    if verdict >= Verdict.METADATA:
        if request.method not in ("GET", "HEAD") and (guard.is_archived or _is_in_archive()):
            abort(409, "This cohort is archived: it can be read, not changed.")
        return view()
    if verdict is Verdict.CONFIRM:
        return redirect(url_for("people.confirm", next=_form_page()))
    if verdict is Verdict.REFUSE:
        abort(403)
    return _hide()


def _hide() -> NoReturn:
    """Not found, on the same page as for an id that nobody has: without the name of the cohort that the thing is in.

    Who asked for a cohort by its name and may see it keeps the menu of it.
    """
    cohort: Guarded | None = g.get("cohort")
    if "slug" not in (request.view_args or {}) or not may("cohort.see", cohort):
        g.pop("cohort", None)
    abort(404)


def _form_page() -> str | None:
    """The page that is asked for, or on which the form that was sent stands; None where it has no page of its own."""
    methods = request.url_rule.methods if request.url_rule else None
    return request.full_path if "GET" in (methods or ()) else None


def _is_in_archive() -> bool:
    """True when the address led into an archived cohort, whatever of it the object itself knows."""
    cohort: Guarded | None = g.get("cohort")
    return cohort is not None and cohort.guard().is_archived


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a reader to the sign-in page; somebody who was sending a form signs in right there and loses nothing."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
    from cohort.people.kept import keep_post  # shows the sign-in page, which is itself behind this gate

    return keep_post()


def may(action: str, thing: Guarded | None) -> bool:
    """For templates and views: would the gate open for the person who is signed in?"""
    if thing is None:
        return False
    return decide(current_actor(), action, thing.guard(), clock.now()) >= Verdict.METADATA


def me(**_: object) -> Person:
    """The person who is signed in. Also serves as `find` for routes about the own account."""
    person: Person = current_user.person
    return person


def current_actor() -> Actor:
    """The actor of this request, with its relations looked up once."""
    if not hasattr(g, "actor"):
        signed_in = current_user.is_authenticated
        g.actor = load_actor(me(), confirmed_at=current_user.confirmed_at) if signed_in else ANONYMOUS
    actor: Actor = g.actor
    return actor


def load_actor(person: Person, *, confirmed_at: datetime | None = None) -> Actor:
    """The relations of `person` as they stand now, in one query."""
    roles: dict[int, set[str]] = {}
    mentees: set[int] = set()
    for role, cohort_id, enrolment_id in db.session.execute(_RELATIONS, {"person_id": person.id}):
        if enrolment_id is None:
            roles.setdefault(cohort_id, set()).add(role)
        else:
            mentees.add(enrolment_id)
    held = {cohort_id: frozenset(names) for cohort_id, names in roles.items()}
    return Actor(person.id, person.is_admin, held, frozenset(mentees), confirmed_at)


def _relations() -> Select[str, int, int | None]:
    person_id, nobody = bindparam("person_id", type_=Integer), cast(null(), Integer)
    enrolled = select(literal("participant").label("role"), Enrolment.cohort_id, nobody.label("enrolment_id")).where(
        Enrolment.person_id == person_id, Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED])
    )
    staff = select(Staff.role, Staff.cohort_id, nobody).where(Staff.person_id == person_id, Staff.until.is_(None))
    mentors = select(literal("mentor"), Mentor.cohort_id, nobody).where(
        Mentor.person_id == person_id, Mentor.state == MentorState.ACCEPTED
    )
    mentees = (
        select(literal("mentee"), Pairing.cohort_id, Pairing.enrolment_id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .where(
            Mentor.person_id == person_id, Mentor.state == MentorState.ACCEPTED, Pairing.state == PairingState.ACTIVE
        )
    )
    relations = union_all(enrolled, staff, mentors, mentees).subquery()
    return select(relations.c.role, relations.c.cohort_id, relations.c.enrolment_id)


_RELATIONS = _relations()
"""Built once: it is asked on every page."""


def undeclared_routes(app: Flask) -> list[str]:
    """Endpoints with neither an action nor a reason to be public. `static` is Flask's own."""
    return sorted(
        endpoint for endpoint, view in app.view_functions.items() if endpoint != "static" and not hasattr(view, MARK)
    )


def require_declared_routes(app: Flask) -> None:
    """Refuse to start with a route that nobody decided about. Raises RuntimeError."""
    missing = undeclared_routes(app)
    if missing:
        raise RuntimeError(
            f"These routes declare no access rule: {', '.join(missing)}. Add @access(...) or @public(...)."
        )
