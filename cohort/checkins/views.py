"""Pages of a check-in: answering it, and reading what was answered."""

from collections.abc import Mapping
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Verdict, decide
from cohort.checkins.answering import answer, last_promise, save_draft
from cohort.checkins.blueprint import bp
from cohort.checkins.finding import CheckInPage, find_answered, find_checkin
from cohort.checkins.forms import CheckInForm, form_for, kept_values
from cohort.checkins.models import CheckInAnswer, MoodAudience
from cohort.checkins.queries import Told, find_window, list_answers, list_told
from cohort.checkins.window import Window
from cohort.checkins.words import KEPT, MOODS, help_words, mood_words
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.gate import access, current_actor, may, me
from cohort.learning.queries import find_pairing
from cohort.programs.pack import Pack
from cohort.programs.queries import pack_of
from cohort.schedule.items import Kind
from cohort.schedule.more_time_views import MoreTime, more_time
from cohort.schedule.queries import find_item
from cohort.templating import clock_time, first_name, local

__all__ = ["bp"]

STAFF = "facilitators and program leads"


@bp.get("/cohorts/<key:slug>/check-ins/<key:checkin>")
@access("module.read", find_checkin)
def show(page: CheckInPage) -> ResponseReturnValue:
    given = list_answers(page.enrolment.id)
    draft = given.get(page.checkin.key)
    if draft is not None and draft.answered_at is not None:
        return redirect(url_for("checkins.read", answer_id=draft.id))
    kept = kept_values(draft) if draft else {}
    return _show(page, _form(page, given, formdata=None, data=kept), given)


@bp.post("/cohorts/<key:slug>/check-ins/<key:checkin>")
@access("checkin.write", find_checkin)
def save(page: CheckInPage) -> ResponseReturnValue:
    """Keep the draft, or send the check-in; what is missing for that is said, and the draft is kept then, too."""
    given, now = list_answers(page.enrolment.id), clock.now()
    form = _form(page, given)
    if not form.validate():
        return _show(page, form, given)
    sends = request.form.get("do") == "send"
    try:
        kept = _send(page, form, now) if sends else None
        kept = kept or save_draft(page.enrolment, page.checkin, form.answers(), version=form.version.data, now=now)
    except Conflict as refusal:
        return _show_conflict(page, form, given, refusal)
    form.version.data = kept.version
    db.session.commit()
    if form.errors:
        return _show(page, form, given)
    flash("Your check-in is sent." if sends else "Your draft is saved.", "success")
    if sends:
        return redirect(url_for("learning.home", slug=page.cohort.slug))
    return redirect(url_for("checkins.show", slug=page.cohort.slug, checkin=page.checkin.key))


@bp.post("/cohorts/<key:slug>/check-ins/<key:checkin>/draft")
@access("checkin.write", find_checkin)
def autosave(page: CheckInPage) -> ResponseReturnValue:
    """Keep what is typed so far. Answers with the version that the next save has to name."""
    form = _form(page, {})
    if not form.validate():
        abort(422)
    now = clock.now()
    draft = save_draft(page.enrolment, page.checkin, form.answers(), version=form.version.data, now=now)
    db.session.commit()
    return {"saved": clock_time(draft.saved_at), "version": draft.version}


@bp.get("/check-ins/<id:answer_id>")
@access("checkin.read", find_answered)
def read(told: Told) -> ResponseReturnValue:
    """Everything for the two of the pair; for staff, what the participant shares with them."""
    given = told.answer
    enrolment = given.enrolment
    pack = pack_of(enrolment.cohort.version)
    checkin = pack.checkin(given.checkin_key)
    sees_all = decide(current_actor(), "checkin.read", told.guard(), clock.now()) is Verdict.ALLOW
    is_own = enrolment.person_id == me().id
    before = _promise_before(told, pack, is_own=is_own) if sees_all else ""
    owner = "you" if is_own else first_name(enrolment.person.name)
    mentor = f"{'your' if is_own else 'the'} mentor" if told.is_for_mentor else ""
    return render_template(
        "checkins/read.html",
        cohort=enrolment.cohort,
        answer=given,
        title=_title(pack.checkins.index(checkin) + 1, len(pack.checkins)),
        person=enrolment.person,
        is_own=is_own,
        sees_all=sees_all,
        mood=mood_words(given.mood) if given.mood and (sees_all or given.mood_for is MoodAudience.STAFF) else "",
        is_mood_shared=given.mood_for is MoodAudience.STAFF,
        is_for_mentor=told.is_for_mentor,
        before=before,
        kept=KEPT[given.kept] if given.kept else "",
        questions=list(zip(checkin.questions, given.answers, strict=False)),
        help=help_words(given.help),
        pair=f"{owner} and {mentor}" if mentor else f"{owner} alone",
        staff=", ".join(filter(None, (owner, mentor, STAFF))),
    )


def _promise_before(told: Told, pack: Pack, *, is_own: bool) -> str:
    """The promise of the check-in before, where the reader may read that one, too."""
    enrolment_id = told.answer.enrolment_id
    if is_own:
        given = list_answers(enrolment_id)
    else:
        given = {one.answer.checkin_key: one.answer for one in list_told([enrolment_id]) if one.is_for_mentor}
    before = last_promise(pack, pack.checkin(told.answer.checkin_key), given)
    return before.promise if before else ""


def _send(page: CheckInPage, form: CheckInForm, now: datetime) -> CheckInAnswer | None:
    """Send it; None, with the reason at its field, when something is missing. Raises Conflict."""
    try:
        return answer(page.enrolment, page.checkin, form.answers(), version=form.version.data, now=now)
    except Conflict:
        raise
    except DomainError as refusal:
        form.refuse(refusal)
        return None


def _form(page: CheckInPage, given: Mapping[str, CheckInAnswer], **how: object) -> CheckInForm:
    before = last_promise(page.pack, page.checkin, given)
    return form_for(page.checkin, promise=before.promise if before else "", **how)


def _show(
    page: CheckInPage,
    form: CheckInForm,
    given: Mapping[str, CheckInAnswer],
    *,
    refusal: Conflict | None = None,
) -> ResponseReturnValue:
    now = clock.now()
    draft = given.get(page.checkin.key)
    window = find_window(page.enrolment, page.pack, page.checkin)
    pairing = find_pairing(page.enrolment.id)
    mentor = first_name(pairing.mentor.person.name) if pairing else ""
    shown = render_template(
        "checkins/show.html",
        cohort=page.cohort,
        checkin=page.checkin,
        title=_title(page.number, len(page.pack.checkins)),
        form=form,
        draft=draft,
        before=last_promise(page.pack, page.checkin, given),
        window=window,
        has_begun=page.has_begun,
        takes_answers=page.has_begun and window.takes_answers(now),
        mentor=mentor,
        moods={str(number): hint for number, (_, hint) in MOODS.items()},
        now=now,
        today=local(now).date(),
        refusal=refusal.message if refusal else "",
        more=_more_time(page, window, now),
    )
    return shown, 409 if refusal else 422 if form.errors else 200


def _more_time(page: CheckInPage, window: Window, now: datetime) -> MoreTime | None:
    """For somebody who cannot answer it in time; while it is open, and until it takes no more answers."""
    item = find_item(page.cohort.id, Kind.CHECKIN_CLOSES, page.checkin.key)
    if item is None or not page.has_begun or not window.takes_answers(now) or not may("extension.ask", page):
        return None
    return more_time(page, item, window.closes, mentor="", now=now)


def _show_conflict(
    page: CheckInPage, form: CheckInForm, given: Mapping[str, CheckInAnswer], refusal: Conflict
) -> ResponseReturnValue:
    """What is kept and what was typed; the form names the newer version, so that keeping the own one is a choice."""
    kept = given.get(page.checkin.key)
    form.version.data = kept.version if kept else 0
    return _show(page, form, given, refusal=refusal)


def _title(number: int, of: int) -> str:
    return f"Check-in {number} of {of}"
