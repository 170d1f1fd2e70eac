"""Logging sessions and keeping promises, against the database."""

from datetime import date, timedelta
from typing import Any

import pytest

from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.meetings import Promised, keep_promise, log_session, reopen_promise
from cohort.mentoring.models import Commitment, MentoringSession, Note, NoteAudience, Pairing, PairingState
from tests.build import Build

TODAY = date(2026, 11, 23)


def pair(build: Build, **values: Any) -> Pairing:
    cohort = build.cohort()
    pairing = build.pairing(build.mentor(cohort), build.enrolment(cohort), **values)
    assert isinstance(pairing, Pairing)
    return pairing


def log(build: Build, pairing: Pairing, **values: Any) -> MentoringSession:
    values = {
        "by": pairing.mentor.person,
        "held_on": TODAY,
        "minutes": 45,
        "form_key": "a-key",
        "now": build.now,
    } | values
    return log_session(pairing, **values)


def test_session_keeps_everything_that_was_told(build: Build) -> None:
    pairing = pair(build)
    mentee = pairing.enrolment.person

    session = log(
        build,
        pairing,
        topics=["Goal and KPI"],
        session_key="start-well",
        commitments=[Promised("Tell Karen first", mentee.id, date(2026, 12, 2))],
        note="Opens with the apology.",
        note_audience=NoteAudience.PAIR,
        next_at=build.now + timedelta(days=14),
    )

    assert (session.minutes, session.topics, session.session_key) == (45, ["Goal and KPI"], "start-well")
    kept = [(one.owner_id, one.text, one.due_on) for one in db.session.query(Commitment)]
    assert kept == [(mentee.id, "Tell Karen first", date(2026, 12, 2))]
    notes = [(note.author_id, note.audience, note.text) for note in session.notes]
    assert notes == [(pairing.mentor.person_id, "pair", "Opens with the apology.")]


def test_form_sent_twice_logs_one_session(build: Build) -> None:
    pairing = pair(build)

    first = log(build, pairing, note="once")
    again = log(build, pairing, note="once")

    assert again.id == first.id
    assert (db.session.query(MentoringSession).count(), db.session.query(Note).count()) == (1, 1)


def test_same_form_key_of_the_other_one_is_another_session(build: Build) -> None:
    pairing = pair(build)

    log(build, pairing)
    log(build, pairing, by=pairing.enrolment.person)

    assert db.session.query(MentoringSession).count() == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"held_on": date(2026, 11, 24)}, "held_on"),
        ({"held_on": date(2025, 11, 20)}, "held_on"),
        ({"minutes": 0}, "other_minutes"),
        ({"minutes": 601}, "other_minutes"),
        ({"topics": ["Gossip"]}, "topics"),
        ({"note": "x" * 20_001}, "note"),
        ({"commitments": [Promised("", 1)] * 4}, None),
        ({"commitments": [Promised("not one of the two", 0)]}, None),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(build: Build, values: dict[str, Any], field: str | None) -> None:
    with pytest.raises(DomainError) as refusal:
        log(build, pair(build), **values)
    assert refusal.value.field == field


@pytest.mark.parametrize("days", [0, 367])
def test_next_session_lies_ahead_and_not_in_another_year_by_a_slip(build: Build, days: int) -> None:
    """A date ten years ahead would keep every reminder of the pair silent."""
    with pytest.raises(DomainError) as refusal:
        log(build, pair(build), next_at=build.now + timedelta(days=days))
    assert refusal.value.field == "next_on"


def test_today_is_that_of_the_writer(build: Build) -> None:
    pairing = pair(build)
    pairing.mentor.person.time_zone = "Pacific/Auckland"  # 04:00 on Tuesday

    assert log(build, pairing, held_on=date(2026, 11, 24)).held_on == date(2026, 11, 24)


def test_ended_pair_takes_no_session(build: Build) -> None:
    with pytest.raises(Conflict, match="ended"):
        log(build, pair(build, state=PairingState.CLOSED, closed_at=build.now))


def test_promise_is_ticked_once_and_reopened(build: Build) -> None:
    pairing = pair(build)
    log(build, pairing, commitments=[Promised("Ask Jo", pairing.enrolment.person_id)])
    promise = db.session.query(Commitment).one()

    keep_promise(promise, now=build.now)
    keep_promise(promise, now=build.now + timedelta(days=1))
    kept_at = promise.kept_at
    reopen_promise(promise)

    assert (kept_at, promise.kept_at) == (build.now, None)
