"""A person's calendar outside: its settings, and the feed that calendar programs fetch."""

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.calendars import ical, month_views
from cohort.calendars.blueprint import bp
from cohort.calendars.choosing import choose, find_choice
from cohort.calendars.events import list_events
from cohort.calendars.feeds import etag_of, find_feed, make_feed, remove_feed
from cohort.calendars.forms import ChoiceForm
from cohort.config import Settings
from cohort.db import db
from cohort.gate import access, load_actor, me, public
from cohort.limits import feeds_limit, secrets_limit
from cohort.mail.links import Links
from cohort.people.models import Person

__all__ = ["bp", "month_views"]

KEEP_FOR = 300
"""Seconds for which a calendar program need not ask again."""


@bp.route("/calendar-settings", methods=["GET", "POST"])
@access("account.mail", me)
def settings(person: Person) -> ResponseReturnValue:
    form = ChoiceForm(obj=find_choice(person))
    if form.validate_on_submit():
        choose(person, shows_links=form.shows_links.data, takes_invitations=form.takes_invitations.data)
        db.session.commit()
        flash("Your calendar settings are saved.", "success")
        return redirect(url_for("calendars.settings"))
    return _settings_page(person, form), 422 if form.errors else 200


@bp.post("/calendar-settings/feed")
@access("calendar.renew", me)
@secrets_limit
def make(person: Person) -> ResponseReturnValue:
    """Show the new address in the answer itself: it is kept nowhere, and shown this once."""
    address = Links(_settings().base_url).feed(make_feed(person, now=clock.now()))
    db.session.commit()
    return _settings_page(person, ChoiceForm(formdata=None, obj=find_choice(person)), address)


@bp.post("/calendar-settings/feed/remove")
@access("calendar.renew", me)
def remove(person: Person) -> ResponseReturnValue:
    remove_feed(person)
    db.session.commit()
    flash("The address of your feed is gone: whoever has it reads nothing any more.", "success")
    return redirect(url_for("calendars.settings"))


@bp.get("/calendar/<token>.ics")
@public("whoever has this secret address reads one person's dates: calendar programs cannot sign in")
@feeds_limit
def feed(token: str) -> ResponseReturnValue:
    """Not found for somebody who takes part in nothing, as for an address that never was."""
    choice, now = find_feed(token), clock.now()
    actor = load_actor(choice.person) if choice else None
    if choice is None or actor is None or not actor.roles:
        abort(404)
    base, name = _settings().base_url, f"{_settings().organisation}: my dates"
    etag = etag_of(choice, actor, name=name, base=base, now=now)
    if request.if_none_match.contains_weak(etag):
        return _kept(Response(status=304), etag)
    events = list_events(actor, shows_links=choice.shows_links, now=now)
    data = ical.feed(events, name=name, base=base, domain=_settings().mail_domain)
    return _kept(Response(data, content_type="text/calendar; charset=utf-8"), etag)


def _kept(response: Response, etag: str) -> Response:
    response.set_etag(etag)
    response.headers["Cache-Control"] = f"private, max-age={KEEP_FOR}"
    return response


def _settings_page(person: Person, form: ChoiceForm, address: str = "") -> str:
    return render_template("calendars/settings.html", form=form, choice=find_choice(person), address=address)


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
