"""What stops mail and lets it go on: of one cohort, of the whole installation, and of a wave of late reminders."""

from datetime import timedelta

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.gate import access
from cohort.mail import holding, lanes
from cohort.mail.blueprint import bp
from cohort.mail.forms import PauseForm
from cohort.reminders import waves
from cohort.templating import count

URGENT = timedelta(hours=24)


@bp.post("/cohorts/<key:slug>/mail-room/pause")
@access("mail.pause", open_cohort)
def pause(cohort: Cohort) -> ResponseReturnValue:
    holding.pause(cohort, now=clock.now())
    db.session.commit()
    flash("All mail of this cohort is paused. Nothing leaves until you let it go on.", "success")
    return _back(cohort)


@bp.post("/cohorts/<key:slug>/mail-room/resume")
@access("mail.pause", open_cohort)
def resume(cohort: Cohort) -> ResponseReturnValue:
    holding.resume(cohort)
    db.session.commit()
    flash("Mail goes on. What became too late meanwhile is not sent; it stands under Held back.", "success")
    return _back(cohort)


@bp.post("/cohorts/<key:slug>/mail-room/pause-all")
@access("mail.pause-all", open_cohort)
def pause_all(cohort: Cohort) -> ResponseReturnValue:
    form = PauseForm()
    if not form.validate():
        flash(" ".join(str(message) for message in form.reason.errors) or "Send the form again.", "error")
        return _back(cohort)
    lanes.pause_all(form.reason.data, now=clock.now())
    db.session.commit()
    flash("All mail of every cohort is paused, sign-in links too.", "success")
    return _back(cohort)


@bp.post("/cohorts/<key:slug>/mail-room/resume-all")
@access("mail.pause-all", open_cohort)
def resume_all(cohort: Cohort) -> ResponseReturnValue:
    lanes.resume_all()
    db.session.commit()
    flash("Mail of every cohort goes on, except of cohorts that are paused by themselves.", "success")
    return _back(cohort)


@bp.post("/cohorts/<key:slug>/mail-room/late/send")
@access("mail.pause", open_cohort)
def send_late(cohort: Cohort) -> ResponseReturnValue:
    number = waves.release(cohort.id, now=clock.now())
    db.session.commit()
    flash(f"{_late_words(number)} on the way, one after the other.", "success")
    return _back(cohort)


@bp.post("/cohorts/<key:slug>/mail-room/late/send-urgent")
@access("mail.pause", open_cohort)
def send_urgent(cohort: Cohort) -> ResponseReturnValue:
    now = clock.now()
    number = waves.release(cohort.id, now=now, only_due_before=now + URGENT)
    db.session.commit()
    flash(
        f"{_late_words(number)} on the way: those about something within 24 hours. The others stand under Held back.",
        "success",
    )
    return _back(cohort)


@bp.post("/cohorts/<key:slug>/mail-room/late/drop")
@access("mail.pause", open_cohort)
def drop_late(cohort: Cohort) -> ResponseReturnValue:
    number = waves.drop(cohort.id)
    db.session.commit()
    flash(f"{_late_words(number)} not sent. They stand under Held back.", "success")
    return _back(cohort)


def _late_words(number: int) -> str:
    return count(number, "late mail is", "late mails are")


def _back(cohort: Cohort) -> ResponseReturnValue:
    return redirect(url_for("mailroom.show", slug=cohort.slug))
