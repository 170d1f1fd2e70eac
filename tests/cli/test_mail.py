"""Noting by hand that mail came back: `cohort bounced`."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cohort.db import db
from cohort.mail.models import Suppression
from cohort.mail.outbox import queue
from cohort.people.models import Person
from tests.cli.conftest import Installation, looking_into

RAE = "rae.okoro@northwind.example"


@pytest.fixture(scope="module")
def known(installation: Installation) -> Installation:
    """With Rae, for whom two mails wait and a link that she asked for."""
    installation.run("create-admin", RAE, "--name", "Rae Okoro")
    with looking_into(installation):
        rae = db.session.scalars(select(Person).where(Person.email_key == RAE)).one()
        for template in ("welcome", "reminder", "sign-in-link"):
            queue(rae, template, {}, key=f"{template}:rae", now=datetime(2027, 3, 1, tzinfo=UTC))
        db.session.commit()
    return installation


def notes(installation: Installation) -> list[tuple[str, str, str]]:
    with looking_into(installation):
        return [(one.address_key, one.reason.value, one.evidence) for one in db.session.query(Suppression)]


def test_bounced_notes_the_address_once_and_counts_what_waits(known: Installation) -> None:
    arguments = ("bounced", f" {RAE.title()}", "--words", "550 5.1.1 no such user")

    first, again = (known.json(*arguments, "--reason", "bounce") for _ in range(2))
    said = known.run(*arguments, "--reason", "complaint").stdout

    assert first == again
    assert (first["address"], first["reason"], first["waiting"]) == (RAE, "bounce", 2)
    assert said == f"Nothing more leaves to {RAE}: 2 mails that wait are held back.\n"
    assert notes(known) == [(RAE, "complaint", "550 5.1.1 no such user")]


def test_bounced_refuses_an_address_that_nobody_has(known: Installation) -> None:
    before = notes(known)
    refused = known.run("bounced", "nobody@northwind.example", "--reason", "bounce", expect=2)

    assert refused.stderr == (
        "Nobody has the address 'nobody@northwind.example'. Give the address that the mail went to, without its name.\n"
    )
    assert notes(known) == before


@pytest.mark.parametrize("arguments", [(), ("--reason", "anger")])
def test_bounced_wants_to_know_what_came_back(known: Installation, arguments: tuple[str, ...]) -> None:
    refused = known.run("bounced", RAE, *arguments, expect=2)

    assert re.search("--reason", refused.stderr)
