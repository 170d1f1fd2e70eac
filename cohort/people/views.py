"""Pages of the own account: signing in and out, forgotten passwords, profile."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from cohort import clock
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, current_actor, me, public
from cohort.limits import secrets_limit
from cohort.mail.outbox import queue
from cohort.people import away_views, history_views, invitation_views, mail_views, passwords, sessions
from cohort.people.accounts import change_zone, set_password
from cohort.people.blueprint import bp
from cohort.people.forms import (
    BY_LINK,
    AddressForm,
    ConfirmForm,
    EmptyForm,
    PasswordForm,
    ProfileForm,
    SignInForm,
)
from cohort.people.kept import resend_kept_post
from cohort.people.links import open_link, use_link
from cohort.people.models import LinkPurpose, Person, Theme
from cohort.people.queries import find_person
from cohort.people.signed_in import begin_session

__all__ = ["away_views", "bp", "history_views", "invitation_views", "mail_views"]

WRONG = "The address or the password is not right. Check both, or ask for a link by mail."

READERS = (
    ("Name, employer, job title", "everyone in your cohorts", "other cohorts"),
    ("Time zone, free hours, goal", "you, your mentor, program staff", "other participants"),
    ("Where you stand, languages, style you like", "you, your mentor, program staff", "other participants"),
    ("Growth areas", "you, mentors of the cohort, program staff", "other participants"),
    ("Your manager’s address", "you, program staff", "mentors, participants, your manager"),
    ("As a mentor: strengths, style, about you", "participants of the cohort, program staff", "other cohorts"),
    ("As a mentor: free hours, languages", "your mentees, program staff", "other participants"),
    (
        "Whom you wish for, whom you ask not to get, and why",
        "program staff",
        "mentors, participants, admins, everyone else",
    ),
    ("Days away and on call", "you, your mentor, program staff", "other participants"),
    (
        "Mail settings",
        "you, and whoever holds a mail to you; staff see why a mail did not come",
        "mentors, other participants",
    ),
    ("Assignment, draft", "you", "everyone else, until you submit"),
    (
        "Assignment, submitted",
        "you, your mentor where the page says so, facilitators and program leads",
        "participants",
    ),
    (
        "Asking for more time, and the answer",
        "you, your mentor where they review the work, facilitators and program leads",
        "participants, other mentors",
    ),
    ("Check-in: promise and answers", "you and your mentor", "program staff, participants, a later mentor"),
    ("Check-in: mood", "you and your mentor, and program staff when you choose so", "participants, a later mentor"),
    ("Check-in: help you ask for", "you, your mentor, program staff", "participants"),
    ("Session: date, minutes", "the two of you, facilitators and program leads", "participants"),
    ("Session: topics, promises", "the two of you; staff see how many were kept", "everyone else"),
    ("Workshop: that you have a place", "everyone in your cohort", "other cohorts"),
    ("Workshop: excused, attendance", "you, facilitators and program leads", "participants"),
    ("Workshop: stars", "you; staff see the mean of three or more", "everyone else"),
    ("Mentor: why not this time", "program staff", "the participant, who never learns of it, and everyone else"),
    ("Times to meet", "the two of you; staff see the date you agree on when they move other dates", "everyone else"),
    ("Concern about a pair", "the program leads", "the other of you two, facilitators, admins, everyone else"),
    ("Shared note", "the two of you", "a later mentor, program staff, admins, everyone else"),
    (
        "When a pair has ended",
        "the mentor: what the mentor wrote; the participant: all that was shared",
        "the mentor, what the participant wrote; a later mentor, any of it",
    ),
    ("Calendar feed: titles, times, places", "whoever has its secret address", "everyone else; it holds no names"),
    ("Private note", "you", "your mentor or mentee, program staff, admins, everyone else"),
)
"""What, read by, not read by. The same sentences stand at the boxes themselves."""


# --- signing in and out --------------------------------------------------------------------------------------------


@bp.get("/sign-in")
@public("somebody who is not signed in has to start somewhere")
def sign_in() -> ResponseReturnValue:
    if not current_actor().is_anonymous:
        return redirect(_after_sign_in(request.args.get("next")))
    asked = request.args.get("next", "")
    return _sign_in_page(SignInForm(formdata=None, next=asked), AddressForm(formdata=None, next=asked, prefix=BY_LINK))


@bp.post("/sign-in")
@public("checks a password")
@secrets_limit
def sign_in_with_password() -> ResponseReturnValue:
    form = SignInForm()
    by_link = AddressForm(formdata=None, email=form.email.data, next=form.next.data, prefix=BY_LINK)
    if not form.validate():
        return _sign_in_page(form, by_link, status=422)
    right = _is_right_password(find_person(form.email.data), form.password.data)
    person = find_person(form.email.data)
    if person is None or not right or not person.is_active or passwords.is_locked(person, now=clock.now()):
        return _refuse_sign_in(form, by_link, person)
    person.failed_sign_ins, person.locked_until = 0, None
    begin_session(person)
    db.session.commit()
    return resend_kept_post() or redirect(_after_sign_in(form.next.data))


@bp.post("/sign-in/link")
@public("mails a sign-in link to the stored address, and answers everyone alike")
@secrets_limit
def send_sign_in_link() -> ResponseReturnValue:
    return _mail_a_link(AddressForm(prefix=BY_LINK), "sign-in", "Sign in")


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@public("the link of a mail: a GET shows one button, a POST uses the link up")
@secrets_limit
def sign_in_by_link(token: str) -> ResponseReturnValue:
    link = open_link(token, LinkPurpose.SIGN_IN, now=clock.now())
    form = EmptyForm()
    if not form.validate_on_submit():
        return render_template("people/sign_in_by_link.html", form=form, person=link.person)
    use_link(link, now=clock.now())
    begin_session(link.person)
    db.session.commit()
    return redirect(url_for("people.home"))


@bp.post("/sign-out")
@public("ending a session is always allowed")
def sign_out() -> ResponseReturnValue:
    if token := session.get("_user_id"):
        sessions.end(token)
        db.session.commit()
    logout_user()
    session.clear()
    flash("You are signed out on this device.", "info")
    return redirect(url_for("people.sign_in"))


@bp.route("/confirm", methods=["GET", "POST"])
@access("account.home", me)
@secrets_limit
def confirm(person: Person) -> ResponseReturnValue:
    """Ask for the password once more before something that cannot be taken back."""
    form = ConfirmForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        if not passwords.is_locked(person, now=clock.now()) and _is_right_password(person, form.password.data):
            sessions.end(session["_user_id"])
            begin_session(person)
            db.session.commit()
            return redirect(_after_sign_in(form.next.data))
        passwords.note_failure(person, now=clock.now())
        db.session.commit()
        form.refuse(DomainError("That is not your password.", field="password"))
    return render_template("people/confirm.html", form=form), 422 if form.errors else 200


# --- passwords -----------------------------------------------------------------------------------------------------


@bp.route("/forgotten-password", methods=["GET", "POST"])
@public("mails a link to the stored address, and answers everyone alike")
@secrets_limit
def forgotten_password() -> ResponseReturnValue:
    form = AddressForm()
    if not form.is_submitted():
        return render_template("people/forgotten_password.html", form=form)
    return _mail_a_link(form, "password", "Forgotten password")


@bp.route("/password/<token>", methods=["GET", "POST"])
@public("the link of a mail: a GET shows the form, a POST uses the link up")
@secrets_limit
def new_password(token: str) -> ResponseReturnValue:
    person = open_link(token, LinkPurpose.PASSWORD, now=clock.now()).person
    form = PasswordForm()
    if form.validate_on_submit():
        db.session.close()  # hashing takes a while: no transaction stays open meanwhile
        try:
            hashed = passwords.hash_password(form.password.data, person=person)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _take_new_password(token, hashed)
    return render_template("people/new_password.html", form=form, person=person), 422 if form.errors else 200


@bp.route("/password", methods=["GET", "POST"])
@access("account.password", me)
def change_password(person: Person) -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit():
        db.session.close()  # hashing takes a while: no transaction stays open meanwhile
        try:
            hashed = passwords.hash_password(form.password.data, person=person)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            person = db.session.get_one(Person, person.id)
            set_password(person, hashed, now=clock.now(), staying=session["_user_id"])
            db.session.commit()
            flash("Your password is changed. Other devices were signed out.", "success")
            return redirect(url_for("people.profile"))
    return render_template("people/change_password.html", form=form), 422 if form.errors else 200


# --- profile -------------------------------------------------------------------------------------------------------


@bp.route("/profile", methods=["GET", "POST"])
@access("account.edit", me)
def profile(person: Person) -> ResponseReturnValue:
    form = ProfileForm(obj=person)
    if form.validate_on_submit():
        person.name, person.company, person.job_title = form.name.data, form.company.data, form.job_title.data
        person.theme = Theme(form.theme.data)
        change_zone(person, form.time_zone.data)
        db.session.commit()
        flash("Your profile is saved. Dates are shown in the new zone from now on.", "success")
        return redirect(url_for("people.profile"))
    return render_template("people/profile.html", form=form), 422 if form.errors else 200


@bp.get("/who-reads-what")
@public("says what becomes of everything that people write")
def who_reads_what() -> ResponseReturnValue:
    return render_template("people/who_reads_what.html", readers=READERS)


@bp.get("/")
@access("account.home", me)
def home(person: Person) -> ResponseReturnValue:
    """Send everybody to where their work is."""
    from cohort.shell import door_of, places_of  # the list of places is made of addresses of other features

    places = places_of(current_actor())
    door = places[0].url if places else door_of(person)
    return redirect(door) if door else render_template("people/nowhere.html", person=person)


# --- what the pages above share ------------------------------------------------------------------------------------


def _sign_in_page(form: SignInForm, by_link: AddressForm, *, status: int = 200, **more: Any) -> ResponseReturnValue:
    kept = {"kept_path": request.form.get("kept_path"), "kept": request.form.get("kept")} | more
    return render_template("people/sign_in.html", form=form, by_link=by_link, **kept), status


def _is_right_password(person: Person | None, password: str) -> bool:
    """Check it with no transaction open: hashing takes a while, and nobody else shall wait for it."""
    stored = person.password_hash if person is not None else None
    db.session.rollback()
    return passwords.is_right(stored, password)


def _refuse_sign_in(form: SignInForm, by_link: AddressForm, person: Person | None) -> ResponseReturnValue:
    if person is not None and not passwords.is_locked(person, now=clock.now()):
        passwords.note_failure(person, now=clock.now())
        db.session.commit()
    form.refuse(DomainError(WRONG, field="email"))
    return _sign_in_page(form, by_link, status=422)


def _mail_a_link(form: AddressForm, purpose: str, title: str) -> ResponseReturnValue:
    """Queue the mail when the address is known; the page says the same in either case."""
    if not form.validate():
        page = "people/forgotten_password.html"
        if purpose == "password":
            return render_template(page, form=form), 422
        return _sign_in_page(SignInForm(formdata=None), form, status=422)
    person = find_person(form.email.data)
    if person is not None and person.is_active:
        now = clock.now()
        queue(person, f"{purpose}-link", key=f"{purpose}-link:{person.id}:{int(now.timestamp()) // 60}", now=now)
        db.session.commit()
    return render_template("people/link_sent.html", email=form.email.data, title=title)


def _take_new_password(token: str, hashed: str) -> ResponseReturnValue:
    now = clock.now()
    link = open_link(token, LinkPurpose.PASSWORD, now=now)
    use_link(link, now=now)
    set_password(link.person, hashed, now=now)
    begin_session(link.person)
    db.session.commit()
    return redirect(url_for("people.home"))


def _after_sign_in(asked: str | None) -> str:
    """Where to go after signing in: `asked` if it is a page of ours, else home."""
    home_page = url_for("people.home")
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return home_page
    try:
        current_app.url_map.bind("").match(urlsplit(asked).path, method="GET")
    except (HTTPException, RequestRedirect, ValueError):
        return home_page
    return asked
