"""What mail a person wants: the page of the account, and the one a mail leads to, which needs no sign-in (RFC 8058)."""

from collections.abc import Iterable, Mapping

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Actor
from cohort.config import Settings
from cohort.db import db
from cohort.gate import access, current_actor, load_actor, me, public
from cohort.limits import secrets_limit
from cohort.mail.unsubscribing import Subscription, find_subscription
from cohort.people.addresses import masked
from cohort.people.blueprint import bp
from cohort.people.mail_forms import ChoicesForm, MailForm, as_fields
from cohort.people.mail_words import ALWAYS_SENT, TOPICS, how_it_comes, words_for
from cohort.people.models import Person
from cohort.people.wishes import Choice, Topic, Wishes, topics_in
from cohort.people.wishing import change_wishes, choose, list_faults

STAFF = ("facilitator", "program lead", "observer")


@bp.route("/mail", methods=["GET", "POST"])
@access("account.mail", me)
def mail_settings(person: Person) -> ResponseReturnValue:
    form = MailForm(person.wishes, _topics_for(person, current_actor()), zone=person.time_zone)
    if form.validate_on_submit():
        wishes = form.change(person.wishes)
        faults = list(list_faults(wishes))
        if not faults:
            change_wishes(person, wishes, now=clock.now())
            db.session.commit()
            flash("Your mail settings are saved.", "success")
            return redirect(url_for("people.mail_settings"))
        for fault in faults:
            form.refuse(fault)
    page = render_template("people/mail_settings.html", form=form, wishes=person.wishes, always=ALWAYS_SENT)
    return page, 422 if form.errors else 200


# --- by the link of a mail -------------------------------------------------------------------------------------------


@bp.get("/u/<token>")
@public("the link of a mail: shows what can be chosen and changes nothing")
def unsubscribe(token: str) -> ResponseReturnValue:
    return _choices_page(token, _subscription(token))


@bp.post("/u/<token>")
@public("one click in a mail program, without cookies; the sealed token says whose mail it is")
@secrets_limit
def unsubscribe_now(token: str) -> ResponseReturnValue:
    subscription = _subscription(token)
    topics = topics_in(subscription.scope)
    before = choose(subscription.person, dict.fromkeys(topics, Choice.OFF), now=clock.now())
    db.session.commit()
    title = f"{words_for(subscription.scope).mail.capitalize()} is off"
    back = _changed(subscription, before) or _on(topics)
    return _done_page(token, subscription, title, back, "Turn it on again")


@bp.post("/u/<token>/choices")
@public("the finer choices behind the link of a mail; the sealed token is the proof, and no cookie is read")
@secrets_limit
def choose_by_link(token: str) -> ResponseReturnValue:
    subscription = _subscription(token)
    form = ChoicesForm(subscription.person.wishes, Topic, meta={"csrf": False})
    if not form.validate():
        return _choices_page(token, subscription, form), 422
    before = choose(subscription.person, form.choices, now=clock.now())
    db.session.commit()
    back = _changed(subscription, before)
    return _done_page(token, subscription, "Your choices are saved", back, "Put it back as it was")


@bp.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """Neither a mail program nor somebody who is not signed in has a session to take a CSRF token from."""
    for view in (unsubscribe_now, choose_by_link):
        state.app.extensions["csrf"].exempt(view)


def _subscription(token: str) -> Subscription:
    settings: Settings = current_app.extensions["settings"]
    return find_subscription(token, settings.signing_keys) or abort(404)


def _choices_page(token: str, subscription: Subscription, form: ChoicesForm | None = None) -> str:
    person, topics = subscription.person, topics_in(subscription.scope)
    return render_template(
        "people/unsubscribe.html",
        form=form
        or ChoicesForm(person.wishes, _topics_for(person, load_actor(person)), formdata=None, meta={"csrf": False}),
        token=token,
        address=masked(person.email),
        words=words_for(subscription.scope),
        is_off=all(person.wishes.choice(topic) is Choice.OFF for topic in topics),
        on=as_fields(_on(topics)),
        always=ALWAYS_SENT,
    )


def _done_page(token: str, subscription: Subscription, title: str, back: Mapping[Topic, Choice], back_word: str) -> str:
    """What is now so, and the way back."""
    person = subscription.person
    return render_template(
        "people/unsubscribed.html",
        title=title,
        token=token,
        address=masked(person.email),
        now_so=[
            (TOPICS[topic].name, how_it_comes(person.wishes, topic))
            for topic in _topics_for(person, load_actor(person))
        ],
        zone=person.time_zone,
        back=as_fields(back),
        back_word=back_word,
    )


def _changed(subscription: Subscription, before: Wishes) -> Mapping[Topic, Choice]:
    """What was otherwise before."""
    now = subscription.person.wishes
    return {topic: before.choice(topic) for topic in Topic if before.choice(topic) is not now.choice(topic)}


def _on(topics: Iterable[Topic]) -> Mapping[Topic, Choice]:
    return dict.fromkeys(topics, Choice.NOW)


# --- what both share -------------------------------------------------------------------------------------------------


def _topics_for(person: Person, actor: Actor) -> list[Topic]:
    """Every topic; that of staff for those alone who are, or who have chosen something about it before."""
    sees_all = actor.has_role(*STAFF) or person.wishes.choice(Topic.STAFF) is not Choice.NOW
    return [topic for topic in Topic if sees_all or topic is not Topic.STAFF]
