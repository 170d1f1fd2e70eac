"""The rehearsal of a cohort: every mail to come, what to look at before, and each mail as it would read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_sqlalchemy.pagination import Pagination

from cohort import clock
from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.gate import access, may
from cohort.mail.blueprint import bp
from cohort.mail.composing import Composer
from cohort.mail.mailbox_views import MAIL_POLICY
from cohort.people.models import Person
from cohort.reminders.playing import Due, Reading, find_due, find_people
from cohort.reminders.rehearsal_letters import Pen
from cohort.reminders.rehearsing import WEEKLY_BUDGET, Overload, Week, rehearse
from cohort.reminders.ruling import rules_of
from cohort.reminders.timing import rule_words
from cohort.schedule.words import KIND_WORDS
from cohort.templating import count, day

PER_PAGE = 50
FRAME_POLICY = MAIL_POLICY.partition("; sandbox")[0] + "; sandbox"
"""As in the mailbox, but that links open nothing: they would lead to pages of somebody else."""
READINGS = {
    Reading.NOTHING: "If nobody does anything",
    Reading.ON_TIME: "If everything is done on time",
}


@bp.get("/cohorts/<key:slug>/mail-room/rehearsal")
@access("mail.log", open_cohort)
def rehearsal(cohort: Cohort) -> ResponseReturnValue:
    reading, person, week = _reading(), request.args.get("person", type=int), _asked_week()
    played = rehearse(cohort, _pen(cohort).write, now=clock.now(), reading=reading)
    chosen = [mail for mail in played.mails if person in (None, mail.person_id) and week in (None, mail.week)]
    here = {"slug": cohort.slug, "reading": reading.value}
    return render_template(
        "mailroom/rehearsal.html",
        cohort=cohort,
        played=played,
        page=ListPage(chosen),
        person=person,
        week=week,
        readings=[_reading_tab(cohort, one, current=one is reading) for one in Reading],
        reading=reading.value,
        loads=[_load_row(one) for one in played.weeks],
        most=max((one.mails for one in played.weeks), default=0),
        overloaded=_by_person(played.overloads),
        budget=WEEKLY_BUDGET,
        rules={rule.key: rule_words(rule) for rule in rules_of(cohort)},
        kinds=KIND_WORDS,
        may_preview=may("mail.preview", cohort),
        here=here,
        args=here | {name: value for name, value in (("person", person), ("week", week)) if value is not None},
    )


class ListPage(Pagination):
    """One page of rows that are worked out, not read."""

    def __init__(self, rows: Sequence[Any]) -> None:
        super().__init__(per_page=PER_PAGE, max_per_page=PER_PAGE, rows=rows)

    def _query_items(self) -> list[Any]:
        first = (self.page - 1) * self.per_page
        return list(self._query_args["rows"][first : first + self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["rows"])


@dataclass(frozen=True, slots=True)
class RehearsedPage:
    """One mail of a rehearsal."""

    cohort: Cohort
    key: str

    def guard(self) -> Guard:
        return self.cohort.guard()

    def find(self) -> tuple[Due, Person]:
        """The mail with its reader; the page does not exist when it is not to come any more."""
        due = find_due(self.cohort, self.key, now=clock.now(), reading=_reading())
        if due is None:
            abort(404)
        return due, find_people(self.cohort, [due.person_id])[due.person_id]


def open_rehearsed(slug: str, mail: str) -> RehearsedPage | None:
    cohort = open_cohort(slug)
    return RehearsedPage(cohort, mail) if cohort else None


@bp.get("/cohorts/<key:slug>/mail-room/rehearsal/<mail>")
@access("mail.preview", open_rehearsed)
def rehearsed_mail(page: RehearsedPage) -> ResponseReturnValue:
    """One mail as it would read; of one that cannot be written, why."""
    due, person = page.find()
    pen, reading = _pen(page.cohort), _reading().value
    draft = pen.write(due, person) or abort(404)
    return render_template(
        "mailroom/rehearsed_mail.html",
        cohort=page.cohort,
        draft=draft,
        due=due,
        person=person,
        text=pen.show(due, person).text if draft.is_written else None,
        args={"slug": page.cohort.slug, "mail": page.key, "reading": reading},
        reading=reading,
    )


@bp.get("/cohorts/<key:slug>/mail-room/rehearsal/<mail>/html")
@access("mail.preview", open_rehearsed)
def rehearsed_html(page: RehearsedPage) -> ResponseReturnValue:
    """For a frame, in which no link leads anywhere."""
    due, person = page.find()
    pen = _pen(page.cohort)
    draft = pen.write(due, person)
    if draft is None or not draft.is_written:
        abort(404)
    response = make_response(pen.show(due, person).html.replace('<a href="', '<a target="_blank" href="'))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _pen(cohort: Cohort) -> Pen:
    return Pen(Composer(current_app.extensions["settings"], current_app.jinja_env), cohort)


def _reading() -> Reading:
    asked = request.args.get("reading", "")
    return Reading(asked) if asked in set(Reading) else Reading.NOTHING


def _asked_week() -> date | None:
    try:
        return date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return None


def _reading_tab(cohort: Cohort, reading: Reading, *, current: bool) -> dict[str, Any]:
    url = url_for("mailroom.rehearsal", slug=cohort.slug, reading=reading.value)
    return {"label": READINGS[reading], "url": url, "current": current}


def _load_row(week: Week) -> dict[str, Any]:
    is_full = week.most > WEEKLY_BUDGET
    return {"name": day(week.first), "value": week.mails, "more": f"{week.most} of {WEEKLY_BUDGET}", "full": is_full}


def _by_person(overloads: Iterable[Overload]) -> list[dict[str, Any]]:
    """Everybody over the budget in any week, by name, with the fullest week."""
    theirs: dict[tuple[str, int], list[Overload]] = defaultdict(list)
    for overload in overloads:
        theirs[overload.person, overload.person_id].append(overload)
    return [
        {
            "person": person,
            "id": person_id,
            "weeks": count(len(weeks), "week", "weeks"),
            "fullest": max(weeks, key=lambda week: (week.mails, -week.week.toordinal())),
        }
        for (person, person_id), weeks in sorted(theirs.items())
    ]
