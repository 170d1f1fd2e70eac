"""Everything with a date for one participant, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.models import CohortState
from cohort.gate import access
from cohort.learning.blueprint import bp
from cohort.learning.finding import Place, find_place
from cohort.learning.item_views import Row, away_row, item_row, item_title, numbers_of, state_tag
from cohort.learning.timeline import OwnItem, load_timeline
from cohort.people.queries import list_own_away
from cohort.schedule.items import Kind
from cohort.templating import date_span, local

SHOWN = frozenset(
    {
        Kind.MODULE_OPENS,
        Kind.WORKSHOP,
        Kind.WORKSHOP_ALTERNATIVE,
        Kind.WORKSHOP_THIRD,
        Kind.PREWORK_DUE,
        Kind.ASSIGNMENT_DUE,
        Kind.MENTOR_SESSION_BY,
        Kind.CHECKIN_CLOSES,
        Kind.MILESTONE,
    }
)


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    rows: tuple[Row, ...]
    breaks: tuple[tuple[date, date], ...]
    """First and last day of the blackouts that reach into it."""

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def words(self) -> str:
        """`23 – 29 Nov`"""
        return date_span(self.monday, self.sunday)


@bp.get("/cohorts/<key:slug>/my-schedule")
@access("module.read", find_place)
def schedule(place: Place) -> ResponseReturnValue:
    now = clock.now()
    items = [own for own in load_timeline(place.cohort.id, place.enrolment.id).items if own.kind in SHOWN]
    weeks = _list_weeks(place, items, now)
    today = local(now).date()
    return render_template(
        "learning/schedule.html",
        cohort=place.cohort,
        coming=[week for week in weeks if week.sunday >= today],
        past=[week for week in weeks if week.sunday < today],
        this_week=today - timedelta(days=today.weekday()),
        undated=[item_title(own, numbers_of(place.pack)) for own in items if own.at is None],
    )


def _list_opened(place: Place, items: Sequence[OwnItem], now: datetime) -> set[str]:
    """The modules whose assignments can be read by now; those of the others say on the module's page when they open."""
    if place.cohort.state is CohortState.DRAFT:
        return set()
    return {own.key for own in items if own.kind == Kind.MODULE_OPENS and own.at is not None and own.at <= now}


def _list_weeks(place: Place, items: Sequence[OwnItem], now: datetime) -> list[Week]:
    """Weeks of the reader's calendar that hold something, by their date."""
    numbers, breaks = numbers_of(place.pack), place.cohort.blackout_days
    opened = _list_opened(place, items, now)
    spells = list_own_away(place.enrolment.person_id, local(now).date())
    by_monday: dict[date, list[Row]] = {monday: [] for span in breaks for monday in _mondays(*span)}
    for at, own in sorted(((own.at, own) for own in items if own.at is not None), key=lambda pair: pair[0]):
        row = away_row(item_row(own, numbers, place.cohort.slug, place.cohort.zone), own, spells, place, now)
        if own.kind == Kind.ASSIGNMENT_DUE and own.item.module_key not in opened:
            row["url"] = url_for("learning.module", slug=place.cohort.slug, module=own.item.module_key)
        row["tag"] = state_tag(own, now) or ()
        by_monday.setdefault(_monday(local(at).date()), []).append(row)
    return [
        Week(monday, tuple(by_monday[monday]), tuple(it for it in breaks if monday in _mondays(*it)))
        for monday in sorted(by_monday)
    ]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _mondays(first: date, last: date) -> list[date]:
    """The Monday of every week that the days from `first` to `last` touch."""
    weeks = (_monday(last) - _monday(first)).days // 7
    return [_monday(first) + timedelta(weeks=number) for number in range(weeks + 1)]
