"""The mail room of a cohort: what will be sent, what was, what was not and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from cohort import clock
from cohort.access import Verdict, decide
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.exports import write_csv
from cohort.forms import options
from cohort.gate import access, current_actor, may
from cohort.mail import mailbox_views, mending_views, rehearsal_views, rule_views, switch_views, timeline_views
from cohort.mail.blueprint import bp
from cohort.mail.explaining import Explanation, explain_latest
from cohort.mail.failing import Failure, is_about_address, list_failures
from cohort.mail.foreseeing import Asked, Foreseen, Sending, by_person, group, sending_of
from cohort.mail.forms import KIND_WORDS, FilterForm, NewAddressForm, PauseForm
from cohort.mail.kinds import kind_of
from cohort.mail.mending_views import AccountPage
from cohort.mail.models import MessageState
from cohort.mail.queries import WAITING, Numbers, count_mail, list_held, list_messages
from cohort.mail.room_rows import busiest_tile, held_words, lane_words, late_words, reach_words, week_rows
from cohort.mail.timeline import Fate, around, name_of
from cohort.mail.timeline_views import explanation
from cohort.mail.weeks import ends_at, list_weeks
from cohort.people.models import Person
from cohort.reminders.forecast import ForecastRow, count_mails, count_people, forecast, read_known
from cohort.reminders.reasons import short_words
from cohort.reminders.ruling import Rules, rules_of
from cohort.reminders.timing import rule_words

__all__ = [
    "bp",
    "mailbox_views",
    "mending_views",
    "rehearsal_views",
    "rule_views",
    "switch_views",
    "timeline_views",
]

AHEAD = timedelta(days=14)
FIRST = 10
"""So many occasions of a forecast are shown at first."""
LISTS = ("forecast", "waiting", "sent", "failed", "held")
STATES = {"waiting": WAITING, "sent": (MessageState.SENT,), "failed": (MessageState.FAILED,)}


@bp.get("/cohorts/<key:slug>/mail-room")
@access("mail.log", open_cohort)
def show(cohort: Cohort) -> ResponseReturnValue:
    now = clock.now()
    name = request.args.get("list", "forecast")
    shown = name if name in LISTS else "forecast"
    numbers = count_mail(cohort.id, now)
    content = _forecast_page(cohort, numbers, now) if shown == "forecast" else _list_page(cohort, shown)
    return render_template(
        "mailroom/show.html",
        cohort=cohort,
        now=now,
        shown=shown,
        tabs=_tabs(cohort, shown, numbers, content.get("mails_ahead")),
        numbers=numbers,
        late=late_words(numbers.late, now) if numbers.late else None,
        paused_for=lane_words(numbers),
        may_pause=may("mail.pause", cohort),
        may_preview=may("mail.preview", cohort),
        may_pause_all=may("mail.pause-all", cohort),
        pause_form=PauseForm(formdata=None),
        kind_of=kind_of,
        short_words=short_words,
        is_about_address=is_about_address,
        **content,
    )


@bp.get("/cohorts/<key:slug>/mail-room/forecast.csv")
@access("mail.log", open_cohort)
def forecast_csv(cohort: Cohort) -> ResponseReturnValue:
    """The forecast as it is filtered, one line for each person and occasion."""
    now, rules = clock.now(), rules_of(cohort)
    _, asked = _asked(rules)
    rows = forecast(cohort, now=now, until=now + AHEAD, known=read_known(cohort, now, rules))
    header = ("When, own time", "Zone", "Rule", "About", "Person", "State", "Reason", "Kind")
    text = write_csv(header, (_cells(row) for row in rows if asked.wants(row)))
    return Response(
        text.encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{cohort.slug}-forecast.csv"'},
    )


def _cells(row: ForecastRow) -> tuple[str, ...]:
    zone = getattr(row.local.tzinfo, "key", "")
    state = "held back" if row.reason else "planned"
    kind = KIND_WORDS[sending_of(row)]
    return (f"{row.local:%Y-%m-%d %H:%M}", zone, row.rule, row.title, row.person, state, short_words(row.reason), kind)


# --- the forecast and what stands around it ------------------------------------------------------------------------


def _forecast_page(cohort: Cohort, numbers: Numbers, now: datetime) -> dict[str, Any]:
    near = around([cohort])
    rules = near.rules(cohort.id)
    rows = forecast(cohort, now=now, until=max(ends_at(cohort, now), now + AHEAD), known=read_known(cohort, now, rules))
    ahead = [row for row in rows if row.utc <= now + AHEAD]
    form, asked = _asked(rules)
    chosen = [row for row in ahead if asked.wants(row)]
    lines, weeks = group(chosen), list_weeks(cohort, rows, now)
    is_all = request.args.get("all") == "1" or asked != Asked()
    shown = lines if is_all else [line for line in lines if line.to][:FIRST]
    is_whole = decide(current_actor(), "mail.log", cohort.guard(), now) is Verdict.ALLOW
    return {
        "form": form,
        "is_filtered": asked != Asked(),
        "is_all": is_all,
        "by": "person" if request.args.get("by") == "person" else "occasion",
        "args": _args(cohort),
        "mails_ahead": count_mails(ahead),
        "people": count_people(ahead),
        "until": now + AHEAD,
        "lines": shown,
        "more": len(lines) - len(shown),
        "names": [_name_row(cohort, row) for row in chosen] if asked.item or asked.person else [],
        "addressees": by_person(chosen),
        "titles": {line: _line_title(line) for line in lines},
        "reach": {line: reach_words(line) for line in lines},
        "rules": {rule.key: rule_words(rule) for rule in rules},
        "kinds": KIND_WORDS,
        "held": held_words(numbers),
        "busiest": busiest_tile(weeks),
        "weeks": week_rows(weeks),
        "budget": max((week.busiest.budget for week in weeks if week.busiest), default=4),
        "examples": [_example(cohort, one, is_whole=is_whole) for one in explain_latest(cohort, near)],
        **_failures(cohort, numbers),
    }


def _example(cohort: Cohort, explained: Explanation, *, is_whole: bool) -> dict[str, Any]:
    """How a mail came about; of one that was held back only why."""
    why = explanation(explained, is_own=False, with_facts=is_whole)
    only: dict[str, Any] = {"steps": []} if explained.fate is Fate.NOT_SENT and is_whole else {"answer": ""}
    what = f"reminder:{explained.told[0].row_id}"
    url = url_for("mailroom.why", slug=cohort.slug, person=explained.reader.id, what=what)
    return {"reader": explained.reader, "url": url, **why, **only}


def _asked(rules: Rules) -> tuple[FilterForm, Asked]:
    form = FilterForm(request.args)
    form.rule.choices = options([("", "Every rule"), *((rule.key, rule_words(rule).capitalize()) for rule in rules)])
    rule, kind = form.rule.data or "", form.kind.data or ""
    asked = Asked(
        rule=rule if any(rule == one.key for one in rules) else "",
        kind=kind if kind in list(Sending) else "",
        person=form.q.data or "",
        item=request.args.get("item", ""),
    )
    return form, asked


def _args(cohort: Cohort) -> dict[str, str]:
    """Of the addresses that show the same part of the forecast."""
    given = {name: request.args.get(name, "") for name in ("rule", "kind", "q", "item")}
    return {"slug": cohort.slug} | {name: value for name, value in given.items() if value}


def _line_title(line: Foreseen) -> str:
    return f"{line.digest.capitalize()} digest" if line.digest else line.title


def _name_row(cohort: Cohort, row: ForecastRow) -> dict[str, Any]:
    return {
        "person": row.person,
        "title": row.title,
        "rule": row.rule,
        "local": row.local,
        "reason": short_words(row.reason) if row.reason else "",
        "url": url_for("mailroom.why", slug=cohort.slug, person=row.person_id, what=name_of(row)),
    }


def _failures(cohort: Cohort, numbers: Numbers) -> dict[str, Any]:
    """What failed, and who may do something about it."""
    failures = list_failures(cohort.id) if numbers.failed or numbers.bounced else []
    first = failures[0] if failures else None
    may_change = first is not None and first.is_about_address and _may_change_address(cohort, first)
    return {
        "failures": failures,
        "first": first,
        "may_change": may_change,
        "is_admin": current_actor().is_admin,
        "address_form": _address_form(first) if may_change and first else None,
        "admins": [] if first is None or current_actor().is_admin else _list_admins(),
    }


def _may_change_address(cohort: Cohort, failure: Failure) -> bool:
    return may("account.change-address", AccountPage(cohort, failure.person))


def _address_form(failure: Failure) -> NewAddressForm:
    form = NewAddressForm(formdata=None, email=failure.person.email)
    form.email.label.text = f"New address for {failure.person.name.split()[0]}"
    return form


def _list_admins() -> Sequence[str]:
    """The names of those who may change addresses."""
    admins = select(Person.name).where(Person.is_admin, Person.deactivated_at.is_(None)).order_by(Person.name).limit(3)
    return db.session.scalars(admins).all()


# --- the lists -----------------------------------------------------------------------------------------------------


def _list_page(cohort: Cohort, shown: str) -> dict[str, Any]:
    if shown == "held":
        near = around([cohort])
        words = {rule.key: rule_words(rule) for rule in near.rules(cohort.id)}
        return {"page": list_held(cohort.id), "title_of": near.title, "rules": words}
    return {"page": list_messages(cohort.id, STATES[shown]), "is_admin": current_actor().is_admin}


def _tabs(cohort: Cohort, shown: str, numbers: Numbers, ahead: int | None) -> list[dict[str, Any]]:
    counts = {"waiting": numbers.waiting, "sent": numbers.sent, "failed": numbers.failed, "held": numbers.held}
    if ahead is not None:
        counts["forecast"] = ahead
    labels = {"forecast": "Forecast", "waiting": "Waiting", "sent": "Sent", "failed": "Failed", "held": "Held back"}
    tabs: list[dict[str, Any]] = []
    for name in LISTS:
        tab = {"label": labels[name], "url": url_for("mailroom.show", slug=cohort.slug, list=name)}
        tabs.append({**tab, "current": name == shown, "bad": name == "failed"})
        if name in counts:
            tabs[-1]["count"] = counts[name]
    return tabs
