"""The mail room of a cohort: what will be sent, what was, what was not and why; and the switch that stops it all."""

from datetime import datetime, timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.gate import access, may
from cohort.mail import holding, mailbox_views, rehearsal_views, rule_views
from cohort.mail.blueprint import bp
from cohort.mail.foreseeing import group
from cohort.mail.models import Message, MessageState
from cohort.mail.queries import WAITING, Numbers, count_mail, find_message, list_held, list_messages
from cohort.reminders.forecast import count_people, forecast
from cohort.reminders.ruling import rules_of
from cohort.reminders.timing import rule_words
from cohort.schedule.queries import list_items

__all__ = ["bp", "mailbox_views", "rehearsal_views", "rule_views"]

AHEAD = timedelta(days=14)
MAILS = {
    "invitation": "Invitation",
    "mentor-invitation": "Invitation for a mentor",
    "staff-invitation": "Invitation for staff",
    "welcome": "Place confirmed",
    "place-free": "A place is free",
    "waitlisted": "On the waiting list",
    "submission-receipt": "Work received",
    "match-published": "Match published",
    "reminder": "Reminder",
    "rule-test": "Test of a reminder",
    "calendar-request": "Calendar: invitation or change",
    "calendar-cancel": "Calendar: cancellation",
}
"""What mails are called that have no subject yet."""
LISTS = ("forecast", "waiting", "sent", "failed", "held")
STATES = {"waiting": WAITING, "sent": (MessageState.SENT,), "failed": (MessageState.FAILED,)}


@bp.get("/cohorts/<key:slug>/mail-room")
@access("mail.log", open_cohort)
def show(cohort: Cohort) -> ResponseReturnValue:
    now = clock.now()
    name = request.args.get("list", "forecast")
    shown = name if name in LISTS else "forecast"
    numbers = count_mail(cohort.id, now)
    return render_template(
        "mailroom/show.html",
        cohort=cohort,
        now=now,
        shown=shown,
        tabs=_tabs(cohort, shown, numbers),
        numbers=numbers,
        rules={rule.key: rule_words(rule) for rule in rules_of(cohort)},
        mails=MAILS,
        may_pause=may("mail.pause", cohort),
        may_preview=may("mail.preview", cohort),
        **_content(cohort, shown, now),
    )


@bp.post("/cohorts/<key:slug>/mail-room/pause")
@access("mail.pause", open_cohort)
def pause(cohort: Cohort) -> ResponseReturnValue:
    holding.pause(cohort, now=clock.now())
    db.session.commit()
    flash("All mail of this cohort is paused. Nothing leaves until you let it go on.", "success")
    return redirect(url_for("mailroom.show", slug=cohort.slug))


@bp.post("/cohorts/<key:slug>/mail-room/resume")
@access("mail.pause", open_cohort)
def resume(cohort: Cohort) -> ResponseReturnValue:
    holding.resume(cohort)
    db.session.commit()
    flash("Mail goes on. What became too late meanwhile is not sent; it stands under Not sent.", "success")
    return redirect(url_for("mailroom.show", slug=cohort.slug))


def open_message(slug: str, message: int) -> Message | None:
    """A message of the cohort of the address."""
    cohort, found = open_cohort(slug), find_message(message)
    return found if cohort and found and found.cohort_id == cohort.id else None


@bp.post("/cohorts/<key:slug>/mail-room/<id:message>/again")
@access("mail.pause", open_message)
def send_again(message: Message) -> ResponseReturnValue:
    holding.send_again(message, now=clock.now())
    db.session.commit()
    flash(f"The mail to {message.person.name} is on its way again, to {message.person.email}.", "success")
    return redirect(url_for("mailroom.show", slug=g.cohort.slug, list="waiting"))


def _content(cohort: Cohort, shown: str, now: datetime) -> dict[str, Any]:
    if shown == "held":
        return {"page": list_held(cohort.id), "titles": _titles(cohort)}
    if shown != "forecast":
        return {"page": list_messages(cohort.id, STATES[shown])}
    rows = forecast(cohort, now=now, until=now + AHEAD)
    to_send = [row for row in rows if not row.reason]
    return {"foreseen": group(rows), "to_send": len(to_send), "people": count_people(rows), "until": now + AHEAD}


def _titles(cohort: Cohort) -> dict[str, str]:
    """By occasion as reminders name it."""
    titles = {item.item_id: item.title for item in list_items(cohort.id)}
    workshops = {key.removeprefix("workshop:"): title for key, title in titles.items() if key.startswith("workshop:")}
    both = {f"workshop.{end}:{key}": title for key, title in workshops.items() for end in ("starts", "ends")}
    return titles | both


def _tabs(cohort: Cohort, shown: str, numbers: Numbers) -> list[dict[str, Any]]:
    counts = {"waiting": numbers.waiting, "sent": numbers.sent, "failed": numbers.failed, "held": numbers.held}
    labels = {"forecast": "Forecast", "waiting": "Waiting", "sent": "Sent", "failed": "Failed", "held": "Not sent"}
    tabs: list[dict[str, Any]] = []
    for name in LISTS:
        tab = {"label": labels[name], "url": url_for("mailroom.show", slug=cohort.slug, list=name)}
        tabs.append({**tab, "current": name == shown, "bad": name == "failed"})
        if name in counts:
            tabs[-1]["count"] = counts[name]
    return tabs
