"""Before and around the launch of a cohort: its settings, its checklist, the launch."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.blueprint import bp
from cohort.cohorts.changing import change_settings
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.forms import SettingsForm, rows_of
from cohort.cohorts.launching import Check, checklist, first_mails, launch
from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access, may

TO_MEND = "exclamation-triangle-fill"


@bp.route("/cohorts/<key:slug>/settings", methods=["GET", "POST"])
@access("cohort.edit", open_cohort)
def settings(cohort: Cohort) -> ResponseReturnValue:
    form = SettingsForm(data={"title": cohort.title, "seats": cohort.seats, "blackouts": rows_of(cohort.blackout_days)})
    is_draft = cohort.state is CohortState.DRAFT
    if form.validate_on_submit():
        days = form.days if is_draft else None
        try:
            change_settings(cohort, title=form.title.data, seats=form.seats.data, blackouts=days, now=clock.now())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash("The settings are saved.", "success")
            return redirect(url_for("cohorts.show", slug=cohort.slug))
    page = render_template("cohorts/settings.html", form=form, cohort=cohort, is_draft=is_draft)
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/cohorts/<key:slug>/launch", methods=["GET", "POST"])
@access("cohort.edit", open_cohort)
def launch_cohort(cohort: Cohort) -> ResponseReturnValue:
    """Show what should be true before, and who is mailed; launch when asked."""
    now = clock.now()
    mails = first_mails(cohort)
    if request.method == "POST":
        launch(cohort, now=now)
        db.session.commit()
        flash(f"{cohort.title} is running. {_mails_word(mails.count)} on the way.", "success")
        return redirect(url_for("cohorts.show", slug=cohort.slug))
    checks = checklist(cohort, now=now, settings=current_app.extensions["settings"])
    return render_template(
        "cohorts/launch_cohort.html",
        cohort=cohort,
        checks=[_check_row(check) for check in checks],
        in_order=sum(check.ok for check in checks),
        mails=mails,
        is_draft=cohort.state is CohortState.DRAFT,
        may_rehearse=may("mail.log", cohort),
        is_late=clock.today(cohort.zone) > cohort.starts_on,
        is_blocked=any(check.blocks and not check.ok for check in checks),
    )


def _check_row(check: Check) -> dict[str, Any]:
    icon, tag = "check-circle-fill", ("ok", "check-lg", "In order")
    if not check.ok:
        icon, tag = "circle", ("bad", TO_MEND, "Needed") if check.blocks else ("warn", TO_MEND, "Look at this")
    return {"title": check.word, "meta": check.detail, "icon": icon, "tag": tag}


def _mails_word(number: int) -> str:
    return "One mail is" if number == 1 else f"{number or 'No'} mails are"
