"""Mails that failed: sent again, after the address of the person was changed where that was the fault."""

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard
from cohort.cohorts.finding import open_cohort
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.errors import DomainError
from cohort.gate import access
from cohort.mail import holding
from cohort.mail.blueprint import bp
from cohort.mail.failing import send_all_again
from cohort.mail.forms import NewAddressForm
from cohort.mail.models import Message
from cohort.mail.queries import find_message
from cohort.mail.timeline import belongs_to
from cohort.people.models import Person
from cohort.people.readdressing import change_address
from cohort.templating import count


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


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The account of somebody who has or had a part in a cohort."""

    cohort: Cohort
    person: Person

    def guard(self) -> Guard:
        return Guard(cohort_id=self.cohort.id, person_id=self.person.id)


def open_account(slug: str, person: int) -> AccountPage | None:
    cohort, found = open_cohort(slug), db.session.get(Person, person)
    if cohort is None or found is None or not belongs_to(found.id, cohort.id):
        return None
    return AccountPage(cohort, found)


@bp.route("/cohorts/<key:slug>/mail-room/people/<id:person>/address", methods=["GET", "POST"])
@access("account.change-address", open_account)
def fix_address(page: AccountPage) -> ResponseReturnValue:
    """Another address for the account, and everything of this cohort that failed sent there, in one transaction."""
    form, now = NewAddressForm(), clock.now()
    form.email.label.text = f"New address for {page.person.name}"
    if form.validate_on_submit():
        try:
            change_address(page.person, form.email.data, now=now)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            number = send_all_again(page.cohort.id, page.person.id, now=now)
            db.session.commit()
            again = f"{count(number, 'mail is', 'mails are')} on the way there. " if number else ""
            flash(
                f"{page.person.name} has the address {page.person.email}. {again}The old and the new address are told.",
                "success",
            )
            return redirect(url_for("mailroom.show", slug=page.cohort.slug, list="waiting"))
    failed = holding.list_failed(page.cohort.id, page.person.id)
    answer = render_template("mailroom/address.html", form=form, cohort=page.cohort, person=page.person, failed=failed)
    return answer, 422 if form.errors else 200
