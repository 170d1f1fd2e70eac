"""The floor: the least that Flask with the same stack needs for a page of the same weight.

A bare application under the same gunicorn, on the same database with the same guarantees: a signed session, the person
who is signed in (one query), the page's data read by Core statements that are built once, a page of about 30 kB with
every value escaped by Jinja. No forms, no access rules, no navigation: what a page of ours takes more is our doing.
"""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, abort, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, bindparam, create_engine, func, select
from sqlalchemy.dialects.sqlite import insert

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import engine_options, may_write
from cohort.learning.models import Progress
from cohort.mentoring.models import Mentor, Pairing
from cohort.people.models import Person
from cohort.schedule.models import DatedItem

person, cohort, enrolment = Person.__table__, Cohort.__table__, Enrolment.__table__
progress, item = Progress.__table__, DatedItem.__table__
pairing, mentor = Pairing.__table__, Mentor.__table__

SIGNED_IN = select(person.c.id, person.c.name, person.c.email).where(person.c.id == bindparam("person_id"))
PLACE = (
    select(enrolment.c.id, enrolment.c.goal, cohort.c.id.label("cohort_id"), cohort.c.title, cohort.c.zone)
    .join(cohort, cohort.c.id == enrolment.c.cohort_id)
    .where(cohort.c.slug == bindparam("slug"), enrolment.c.person_id == bindparam("person_id"))
)
ITEMS = (
    select(item.c.kind, item.c.key, item.c.title, item.c.why, item.c.at)
    .where(item.c.cohort_id == bindparam("cohort_id"))
    .order_by(item.c.at)
)
TICKED = select(progress.c.key, progress.c.done_at).where(progress.c.enrolment_id == bindparam("enrolment_id"))
MENTOR = (
    select(person.c.name, person.c.company, mentor.c.bio)
    .select_from(pairing)
    .join(mentor, mentor.c.id == pairing.c.mentor_id)
    .join(person, person.c.id == mentor.c.person_id)
    .where(pairing.c.enrolment_id == bindparam("enrolment_id"), pairing.c.state == "active")
)
ROWS = 50
PEOPLE = (
    select(enrolment.c.id, person.c.name, person.c.email, person.c.company, person.c.time_zone, enrolment.c.state)
    .join(person, person.c.id == enrolment.c.person_id)
    .join(cohort, cohort.c.id == enrolment.c.cohort_id)
    .where(cohort.c.slug == bindparam("slug"))
    .order_by(person.c.name)
    .limit(ROWS)
)
PROGRESS = (
    select(progress.c.enrolment_id, func.count().label("number"), func.max(progress.c.done_at).label("latest"))
    .join(enrolment, enrolment.c.id == progress.c.enrolment_id)
    .join(cohort, cohort.c.id == enrolment.c.cohort_id)
    .where(cohort.c.slug == bindparam("slug"))
    .group_by(progress.c.enrolment_id)
)
_insert = insert(Progress)
COMPLETE = _insert.on_conflict_do_update(
    index_elements=["enrolment_id", "kind", "key"], set_={"done_at": _insert.excluded.done_at}
)


def create_floor(database_url: str, secret_key: str) -> Flask:
    app = Flask(__name__, template_folder=".")
    app.secret_key = secret_key
    engine = create_engine(database_url, **engine_options(database_url))

    @app.before_request
    def begin() -> None:
        may_write.set(request.method == "POST")

    @app.get("/participant/<slug>")
    def participant(slug: str) -> ResponseReturnValue:
        with engine.connect() as connection:
            reader = signed_in(connection)
            place = connection.execute(PLACE, {"slug": slug, "person_id": reader.id}).one()
            items = connection.execute(ITEMS, {"cohort_id": place.cohort_id}).all()
            ticked = connection.execute(TICKED, {"enrolment_id": place.id}).all()
            guide = connection.execute(MENTOR, {"enrolment_id": place.id}).first()
        return render_template("floor.html", reader=reader, place=place, items=items, ticked=ticked, guide=guide)

    @app.get("/staff/<slug>")
    def staff(slug: str) -> ResponseReturnValue:
        with engine.connect() as connection:
            reader = signed_in(connection)
            people = connection.execute(PEOPLE, {"slug": slug}).all()
            done = {row.enrolment_id: row for row in connection.execute(PROGRESS, {"slug": slug})}
        return render_template("floor.html", reader=reader, people=people, done=done)

    @app.get("/hello")
    def hello() -> ResponseReturnValue:
        with engine.connect() as connection:
            return f"Hello {signed_in(connection).name}"

    @app.post("/complete/<slug>")
    def complete(slug: str) -> ResponseReturnValue:
        with engine.begin() as connection:
            reader = signed_in(connection)
            place = connection.execute(PLACE, {"slug": slug, "person_id": reader.id}).one()
            row = {"enrolment_id": place.id, "kind": "benchmark", "key": request.form["key"], "done_at": _now()}
            connection.execute(COMPLETE, row)
        return redirect(f"/participant/{slug}", 303)

    return app


def signed_in(connection: Connection) -> Any:
    """The person of the session; 403 without one."""
    return connection.execute(SIGNED_IN, {"person_id": session.get("person_id")}).first() or abort(403)


def _now() -> datetime:
    return datetime.now(UTC)
