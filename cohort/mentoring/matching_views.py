"""The matching studio of staff: what a run is asked, what it proposes and why, and what is left to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import DomainError
from cohort.exports import write_csv
from cohort.gate import access, may, me
from cohort.mentoring import run_views, studio_rows, why_views
from cohort.mentoring.answer_rows import answer_rows
from cohort.mentoring.apart import list_waiting
from cohort.mentoring.gathering import People, list_people
from cohort.mentoring.kept_runs import SavedRun, compare, last_done, list_runs, read_outcomes, under_way
from cohort.mentoring.matching_blueprint import bp
from cohort.mentoring.matching_forms import PersonForm, SettingsForm
from cohort.mentoring.models import KeptApart, MatchRun, RunState, Side
from cohort.mentoring.queries import count_unanswered
from cohort.mentoring.readiness import Place, missing_of_place
from cohort.mentoring.run_input import RunInput, write_input
from cohort.mentoring.runs import LARGEST_AT_ONCE, ask_run, is_current, ruled_out_now, would_rule_out
from cohort.mentoring.settings import RunSettings
from cohort.mentoring.studio_rows import FILTERS, Row
from cohort.mentoring.tile_rows import tiles
from cohort.mentoring.unmatched_rows import unmatched_groups
from cohort.mentoring.vetoing import HeavyVetoes, list_heavy_vetoes
from cohort.templating import count

__all__ = ["bp", "run_views", "why_views"]

SHOWN = 20
"""So many pairs stand open, the others behind a word: all on one page, so that nothing ticked or typed is lost."""
MOST_CARDS = 100
"""Of more pairs than that, the others are rows, which say less."""
NAMED = 8
"""So many of a list are named; the others are counted or stand behind a word."""


@dataclass(frozen=True)
class Studio:
    """A cohort and its runs, as the page shows them."""

    people: People
    runs: Sequence[SavedRun]

    @cached_property
    def last(self) -> SavedRun | None:
        return last_done(self.runs)

    @cached_property
    def others(self) -> list[SavedRun]:
        """Runs that the last one can be compared with, the latest first."""
        done = [one for one in self.runs if one.row.state is RunState.DONE]
        return done[1:]

    @cached_property
    def before(self) -> SavedRun | None:
        """The one it is compared with: that of the address, or the one just before."""
        number = request.args.get("with", type=int)
        return next((one for one in self.others if one.row.number == number), next(iter(self.others), None))

    @cached_property
    def settings(self) -> RunSettings:
        return self.last.settings if self.last else RunSettings()

    @cached_property
    def given(self) -> RunInput:
        """What a run by the settings of the last would be given now."""
        return write_input(self.people, self.settings)

    @property
    def failed(self) -> MatchRun | None:
        """The last run, if it came to nothing."""
        row = self.runs[0].row if self.runs else None
        return row if row and row.state is RunState.FAILED else None


def _open_studio(cohort: Cohort) -> Studio:
    studio = Studio(list_people(cohort), list_runs(cohort.id))
    read_outcomes(filter(None, (studio.last, studio.before)))
    return studio


@bp.get("/cohorts/<key:slug>/matching")
@access("match.see-all", open_cohort)
def show(cohort: Cohort) -> ResponseReturnValue:
    studio = _open_studio(cohort)
    return _page(studio, SettingsForm(studio.settings, formdata=None))


@bp.post("/cohorts/<key:slug>/matching/run")
@access("match.decide", open_cohort)
def run_matching(cohort: Cohort) -> ResponseReturnValue:
    studio = _open_studio(cohort)
    form = SettingsForm(studio.settings)
    if not form.validate():
        return _page(studio, form), 422
    try:
        row = ask_run(cohort, form.settings(), by=me(), now=clock.now())
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(_open_studio(cohort), form), refusal.status
    db.session.commit()
    flash(_said(row), "success")
    return redirect(url_for("matching.show", slug=cohort.slug))


def _said(row: MatchRun) -> str:
    if row.state is not RunState.DONE:
        return f"Run {row.number} is queued: a worker does it in a moment. This page follows it."
    matched, people = row.outcome["matched"], row.outcome["people"]
    left = people - matched
    words = f"Run {row.number}: {matched} of {count(people, 'person', 'people')} matched."
    if left:
        words += f" {count(left, 'person has', 'people have')} no mentor; the reasons are below."
    return f"{words} Staff alone see it until you ask the mentors."


@bp.get("/cohorts/<key:slug>/matching/pairs.csv")
@access("match.decide", open_cohort)
def pairs_csv(cohort: Cohort) -> ResponseReturnValue:
    """Every open pair and everybody without one, for a spreadsheet."""
    people = list_people(cohort)
    rows = [
        (
            one.enrolment.person.name,
            one.mentor.person.name,
            one.score,
            one.state.value,
            "yes" if one.is_locked else "no",
        )
        for one in people.pairings
    ]
    rows += [(one.person.name, "", None, "without", "no") for one in people.alone]
    table = write_csv(("Participant", "Mentor", "Fit of 100", "State", "Locked"), rows)
    headers = {"Content-Disposition": f'attachment; filename="matching-{cohort.slug}.csv"'}
    return Response(table.encode("utf-8-sig"), mimetype="text/csv", headers=headers)


def _page(studio: Studio, form: SettingsForm) -> str:
    people, last, cohort = studio.people, studio.last, studio.people.cohort
    may_decide = may("match.decide", cohort)
    may_run = may_decide and bool(people.enrolments) and bool(people.mentors)
    person_form = PersonForm(formdata=None)
    person_form.offer(people)
    differences = compare(studio.before, last) if studio.before and last else []
    waiting = list_waiting(people.apart)
    (ready, places), unanswered = _count_ready(people), count_unanswered(cohort.id)
    table = _Table(studio_rows.pair_rows(people, last, studio.before, is_staff=may_decide))
    return render_template(
        "matching/show.html",
        cohort=cohort,
        people=people,
        studio=studio,
        form=form,
        person_form=person_form,
        may_decide=may_decide,
        may_run=may_run,
        table=table,
        tiles=tiles(people, last, table.fits),
        unmatched=unmatched_groups(people, last, may_decide=may_decide),
        heavy=_heavy(people) if may_decide else [],
        ready=ready,
        everybody=places + sum(unanswered),
        answers=answer_rows(cohort, people.asked, clock.now(), may_decide=may_decide),
        named=NAMED,
        unanswered=_unanswered_words(*unanswered),
        loads=studio_rows.load_rows(people),
        places=sum(max(0, one.capacity - people.loads[one.id]) for one in people.mentors),
        idle=[one.person.name for one in people.mentors if one.capacity and not people.loads[one.id]],
        is_current=last is not None and is_current(last, people, studio.given),
        under_way=under_way(studio.runs),
        differences=studio_rows.difference_rows(differences, people),
        difference_words=studio_rows.difference_words(studio.before, last, differences)
        if studio.before and last
        else "",
        rules=_rules(studio) if may_run else None,
        waiting=[_waiting_row(one) for one in waiting],
        apart=[_apart_row(one) for one in people.apart if one not in waiting],
        rows=studio_rows,
    )


class _Table:
    """The proposals that the filter lets through: the first few, and the others."""

    def __init__(self, rows: list[Row]) -> None:
        self.all = rows
        asked = request.args.get("list", "all")
        self.filter = asked if asked in FILTERS else "all"
        self.shown = [row for row in rows if FILTERS[self.filter][1](row)]
        if request.args.get("sort") == "name":
            self.shown.sort(key=lambda row: row["mentee"].casefold())
        self.is_by_name = request.args.get("sort") == "name"
        self.first, self.others = self.shown[:SHOWN], self.shown[SHOWN:]
        self.are_many = len(self.shown) > MOST_CARDS
        self.fits = [row["fit"] for row in rows if row["fit"] is not None]

    @property
    def tabs(self) -> list[Row]:
        here = dict(request.view_args or {})
        return [
            {
                "label": word,
                "url": url_for("matching.show", **here, list=name),
                "current": name == self.filter,
                "count": sum(map(test, self.all)),
            }
            for name, (word, test) in FILTERS.items()
        ]


@dataclass(frozen=True)
class _Rules:
    """How many pairs each rule rules out, in words."""

    counts: Mapping[str, tuple[int, int]]
    switched_on: Mapping[str, int]
    """Of the rules that are off: what they would rule out."""

    def words(self, code: str) -> str:
        if code in self.switched_on:
            return f"Off. It would rule out {count(self.switched_on[code], 'pair', 'pairs')}."
        total, alone = self.counts.get(code, (0, 0))
        if not total:
            return "Rules out no pair now."
        alone_words = f", {alone} of them alone" if alone else ", none of them alone"
        return f"Rules out {count(total, 'pair', 'pairs')}{alone_words}."

    @property
    def always_on(self) -> list[tuple[str, str]]:
        return [(word, self.words(code)) for code, word in studio_rows.ALWAYS_ON.items()]


def _rules(studio: Studio) -> _Rules:
    chosen = studio.settings
    switches = {
        "same_company": chosen.different_employer,
        "language": chosen.shared_language,
        "availability": chosen.shared_hours,
    }
    off = [code for code, is_on in switches.items() if not is_on]
    found = would_rule_out(studio.people, chosen) if off else {}
    return _Rules(
        ruled_out_now(studio.people, studio.last, studio.given), {code: found[code] for code in off if code in found}
    )


def _heavy(people: People) -> Sequence[HeavyVetoes]:
    """Until the first pairs are published; of a large cohort the page of who is ready says it."""
    return [] if people.cohort.matched_on or people.couples > LARGEST_AT_ONCE else list_heavy_vetoes(people)


def _waiting_row(one: KeptApart) -> Row:
    slug = request.view_args["slug"] if request.view_args else ""
    title = studio_rows.apart_title(one)
    actions = [
        {
            "word": word,
            "url": url_for(f"matching.{name}", slug=slug, apart_id=one.id),
            "post": True,
            "about": f"the veto between {title}",
        }
        for word, name in (("Turn down", "turn_down_veto"), ("Confirm", "confirm_veto"))
    ]
    return {
        "icon": "hourglass-split",
        "who": title,
        "what": studio_rows.apart_words(one),
        "since": studio_rows.apart_since(one),
        "actions": actions,
    }


def _apart_row(one: KeptApart) -> Row:
    slug = request.view_args["slug"] if request.view_args else ""
    row: Row = {"title": studio_rows.apart_title(one), "meta": studio_rows.apart_words(one), "icon": "dash-circle"}
    if one.side is Side.STAFF:
        row["action"] = {
            "word": "Allow",
            "url": url_for("matching.allow_pair", slug=slug, apart_id=one.id),
            "post": True,
            "about": row["title"],
        }
    return row


def _count_ready(people: People) -> tuple[int, int]:
    """Of the participants without a published pair and all mentors: who has told everything, and how many they are."""
    paired = {one.enrolment_id for one in people.active}
    places: list[Place] = [one for one in people.enrolments if one.id not in paired]
    places += people.mentors
    return sum(not missing_of_place(one) for one in places), len(places)


def _unanswered_words(participants: int, mentors: int) -> str:
    """`3 participants and 1 mentor are`, empty when everybody has answered."""
    words = [
        count(participants, "participant", "participants") if participants else "",
        count(mentors, "mentor", "mentors") if mentors else "",
    ]
    return f"{' and '.join(filter(None, words))} {'is' if participants + mentors == 1 else 'are'}" if any(words) else ""
