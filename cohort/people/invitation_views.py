"""The link of an invitation mail: who invites to what, and the first password of a new account."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from cohort import clock
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import current_actor, public
from cohort.limits import secrets_limit
from cohort.mentoring.models import Mentor, MentorState
from cohort.people import passwords
from cohort.people.accounts import set_password
from cohort.people.blueprint import bp
from cohort.people.forms import PasswordForm
from cohort.people.links import find_link, open_link, use_link
from cohort.people.models import LinkPurpose, Person
from cohort.people.signed_in import begin_session
from cohort.programs.models import ProgramVersion
from cohort.programs.queries import pack_of


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public("the link of a mail: a GET shows who invites to what, a POST sets the first password and uses the link up")
@secrets_limit
def invitation(token: str) -> ResponseReturnValue:
    known = find_link(token, LinkPurpose.INVITATION)
    if known is not None and known.person.password_hash and known.person.is_active:
        return _for_known_person(known.person, known.cohort_id)
    link = open_link(token, LinkPurpose.INVITATION, now=clock.now())
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            return _set_first_password(token, link.person, form.password.data)
        except DomainError as refusal:
            if refusal.field is None:
                raise
            form.refuse(refusal)
            link = open_link(token, LinkPurpose.INVITATION, now=clock.now())
    page = _page(link.person, link.cohort_id, form)
    return page, 422 if form.errors else 200


def _set_first_password(token: str, person: Person, password: str) -> ResponseReturnValue:
    """Hash with no transaction open, because it takes a while; then use the link, set the password and sign in."""
    db.session.close()
    hashed = passwords.hash_password(password, person=person)
    now = clock.now()
    link = open_link(token, LinkPurpose.INVITATION, now=now)
    use_link(link, now=now)
    set_password(link.person, hashed, now=now)
    begin_session(link.person)
    then = landing(link.person, link.cohort_id)
    db.session.commit()
    return redirect(then)


def _for_known_person(person: Person, cohort_id: int | None) -> ResponseReturnValue:
    """Somebody with a password: the link proves nothing and only shows the way, however old it is."""
    then = landing(person, cohort_id)
    if current_actor().person_id == person.id:
        return redirect(then)
    return _page(person, cohort_id, None, then=then)


def _page(person: Person, cohort_id: int | None, form: PasswordForm | None, *, then: str = "") -> str:
    cohort = _find_cohort(cohort_id)
    return render_template(
        "people/invitation.html",
        person=person,
        cohort=cohort,
        pack=pack_of(cohort.version) if cohort else None,
        hosts=_names_of_leads(cohort_id),
        form=form,
        then=then,
    )


def landing(person: Person, cohort_id: int | None) -> str:
    """The page that an invitation to a cohort is about: first what is to be answered, then the role that is held."""
    cohort = _find_cohort(cohort_id)
    if cohort is None:
        return url_for("people.home")
    mentor = db.session.scalar(select(Mentor.state).where(*_mine(Mentor, person, cohort)))
    enrolment = db.session.scalar(select(Enrolment.state).where(*_mine(Enrolment, person, cohort)))
    staff = db.session.scalar(select(Staff.id).where(*_mine(Staff, person, cohort), Staff.until.is_(None)).limit(1))
    if mentor is MentorState.INVITED or (mentor and not staff):
        return url_for("mentoring.invitation", slug=cohort.slug)
    if enrolment is EnrolmentState.INVITED or (enrolment and not staff):
        return url_for("cohorts.invitation", slug=cohort.slug)
    return url_for("cohorts.show", slug=cohort.slug) if staff else url_for("people.home")


def _mine(kind: Any, person: Person, cohort: Cohort) -> tuple[ColumnElement[bool], ...]:
    return kind.person_id == person.id, kind.cohort_id == cohort.id


def _find_cohort(cohort_id: int | None) -> Cohort | None:
    if cohort_id is None:
        return None
    program = joinedload(Cohort.version).joinedload(ProgramVersion.program)
    return db.session.scalar(select(Cohort).options(program).where(Cohort.id == cohort_id))


def _names_of_leads(cohort_id: int | None) -> list[str]:
    leads = (
        select(Person.name)
        .join(Staff, Staff.person_id == Person.id)
        .where(Staff.cohort_id == cohort_id, Staff.role == StaffRole.LEAD, Staff.until.is_(None))
        .order_by(Person.name)
    )
    return list(db.session.scalars(leads))
