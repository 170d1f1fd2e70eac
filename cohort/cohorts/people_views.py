"""The lists of a cohort's people, for staff: who there is and how far they are, inviting them, the list as a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard, Verdict, decide
from cohort.cohorts import people_queries as people
from cohort.cohorts.blueprint import bp
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.inviting import invite_mentors, invite_participants, invite_staff
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.cohorts.people_forms import EmptyForm, FilterForm
from cohort.cohorts.people_rows import (
    STATE_WORDS,
    PersonRow,
    rows_of_mentors,
    rows_of_participants,
    rows_of_staff,
    totals,
)
from cohort.cohorts.roster_fields import RosterKind
from cohort.db import db
from cohort.exports import write_csv
from cohort.forms import options
from cohort.gate import access, current_actor, may
from cohort.mentoring.models import MentorState
from cohort.templating import count, reader_zone


@dataclass(frozen=True, slots=True)
class PeopleList:
    """One of the three lists, and what differs between them."""

    name: str
    import_kind: RosterKind
    heads: tuple[str, str]
    """What stands over the last two columns."""
    page: Callable[..., Any]
    rows: Callable[[int, list[Any], str], list[PersonRow]]
    members: Callable[..., list[Any]]
    invite: Callable[..., int]


LISTS = {
    each.name: each
    for each in (
        PeopleList(
            "participants",
            RosterKind.PARTICIPANT,
            ("State", "Mentor"),
            people.page_participants,
            rows_of_participants,
            people.list_participants,
            invite_participants,
        ),
        PeopleList(
            "mentors",
            RosterKind.MENTOR,
            ("State", "Mentees"),
            people.page_mentors,
            rows_of_mentors,
            people.list_mentors,
            invite_mentors,
        ),
        PeopleList(
            "staff",
            RosterKind.STAFF,
            ("State", "Role"),
            people.page_staff,
            rows_of_staff,
            people.list_staff,
            invite_staff,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Invitees:
    """The people that an address names: some of a list, or all who were not invited yet."""

    cohort: Cohort
    kind: PeopleList
    again: bool
    members: Sequence[Any]

    def guard(self) -> Guard:
        return self.cohort.guard()


def open_invitees(slug: str) -> Invitees | None:
    cohort = open_cohort(slug)
    if cohort is None:
        return None
    kind, again = _asked_list(), request.args.get("again") == "1"
    chosen = kind.members(cohort.id, request.args.getlist("id", type=int))
    return Invitees(cohort, kind, again, _to_mail(kind, chosen, cohort.id, again=again))


def _to_mail(kind: PeopleList, members: list[Any], cohort_id: int, *, again: bool) -> list[Any]:
    """Those of `members` who have an invitation to answer and, unless it is sent again, have not got it yet."""
    if kind.name == "staff":
        return members if again else people.untold(members, cohort_id)
    unanswered = (EnrolmentState.INVITED, MentorState.INVITED)
    return [one for one in members if one.state in unanswered and (again or one.invited_at is None)]


@bp.get("/cohorts/<key:slug>/people", endpoint="people")
@access("cohort.run", open_cohort)
def people_page(cohort: Cohort) -> ResponseReturnValue:
    kind = _asked_list()
    form = FilterForm(request.args, list=kind.name)
    words = STATE_WORDS[kind.name]
    form.state.choices = options([("", "Everybody"), *words.items()])
    filters = {"state": form.state.data if form.state.data in words else "", "text": form.q.data or ""}
    page = kind.page(cohort.id, page=request.args.get("page", 1, type=int), **filters)
    counts = people.count_people(cohort.id)
    return render_template(
        "cohorts/people.html",
        cohort=cohort,
        kind=kind,
        form=form,
        page=page,
        rows=kind.rows(cohort.id, page.items, reader_zone()),
        counts=counts,
        totals=totals(counts),
        is_filtered=bool(filters["state"] or filters["text"]),
        may_invite=may("people.invite", cohort) and cohort.state is not CohortState.ARCHIVED,
        may_import=may("people.import", cohort) and cohort.state is not CohortState.ARCHIVED,
        may_export=may("people.export", cohort),
        reads_reasons=decide(current_actor(), "person.see", cohort.guard(), clock.now()) is Verdict.ALLOW,
        import_kind=kind.import_kind,
        args={"slug": cohort.slug, "list": kind.name, "q": filters["text"], "state": filters["state"]},
    )


@bp.get("/cohorts/<key:slug>/people.csv")
@access("people.export", open_cohort)
def people_csv(cohort: Cohort) -> ResponseReturnValue:
    """Name, address, role and state of everybody on one list, and no word of what they wrote."""
    kind = _asked_list()
    rows = kind.rows(cohort.id, kind.members(cohort.id), cohort.zone)
    header = ("Name", "E-mail address", "Employer", "Job title", "Time zone", kind.heads[0], "Since", kind.heads[1])
    text = write_csv(header, (_cells(row) for row in rows))
    name = f"{cohort.slug}-{kind.name}.csv"
    return Response(
        text.encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cells(row: PersonRow) -> tuple[str, ...]:
    person = row.person
    about = (person.name, person.email, person.company, person.job_title, person.time_zone)
    return (*about, row.tag[2], row.why, row.more)


@bp.get("/cohorts/<key:slug>/people/invite")
@access("people.invite", open_invitees)
def invite(invitees: Invitees) -> ResponseReturnValue:
    """Who would get a mail, before it is sent."""
    return render_template(
        "cohorts/people_invite.html", invitees=invitees, cohort=invitees.cohort, kind=invitees.kind, form=EmptyForm()
    )


@bp.post("/cohorts/<key:slug>/people/invite")
@access("people.invite", open_invitees)
def send_invitations(invitees: Invitees) -> ResponseReturnValue:
    number = invitees.kind.invite(invitees.cohort, invitees.members, now=clock.now(), resend=invitees.again)
    db.session.commit()
    if number:
        flash(f"{count(number, 'invitation is', 'invitations are')} on the way.", "success")
    else:
        flash("Nobody was mailed: everybody was invited a moment ago, or has answered.", "info")
    return redirect(url_for("cohorts.people", slug=invitees.cohort.slug, list=invitees.kind.name))


def _asked_list() -> PeopleList:
    return LISTS.get(request.args.get("list", ""), LISTS["participants"])
