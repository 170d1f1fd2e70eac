"""Vetoes said in two windows and reminders sent by two people at the same moment, on a database of their own."""

from flask import Flask
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mail.models import Message
from cohort.mentoring.models import KeptApart
from cohort.mentoring.readiness import remind
from cohort.mentoring.vetoing import keep_vetoes
from tests.build import Build
from tests.mentoring.test_pairing_at_once import NOW, at_once, installation

__all__ = ["installation"]


def test_two_windows_leave_three_vetoes_of_one_of_them(installation: Flask) -> None:
    build = Build(NOW)
    cohort = build.cohort()
    enrolment_id = build.enrolment(cohort).id
    mentors = [build.mentor(cohort).id for _ in range(6)]
    db.session.commit()

    def ask(ids: list[int]) -> object:
        enrolment = db.session.get_one(Enrolment, enrolment_id, options=[joinedload(Enrolment.cohort)])
        keep_vetoes(enrolment, dict.fromkeys(ids, "No"), now=NOW)
        return "kept"

    answers = at_once(installation, [lambda: ask(mentors[:3]), lambda: ask(mentors[3:])])

    kept = {veto.mentor_id for veto in db.session.query(KeptApart)}
    assert (answers, kept in (set(mentors[:3]), set(mentors[3:]))) == (["kept", "kept"], True)


def test_reminder_pressed_twice_at_once_is_one_mail_each(installation: Flask) -> None:
    build = Build(NOW)
    cohort_id = build.cohort().id
    cohort = db.session.get_one(Cohort, cohort_id)
    people = {build.enrolment(cohort).person_id for _ in range(2)}
    db.session.commit()

    def press() -> object:
        return remind(db.session.get_one(Cohort, cohort_id), people, now=NOW)

    assert sorted(map(str, at_once(installation, [press] * 3))) == ["0", "0", "2"]
    assert db.session.query(Message).count() == 2
