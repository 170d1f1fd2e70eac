"""Addresses to which nothing leaves any more: noted once, made stronger, lifted; and the command that notes them."""

from datetime import timedelta

import pytest

from cohort.db import db
from cohort.mail.models import MessageState, Suppression, SuppressionReason
from cohort.mail.outbox import queue
from cohort.mail.suppressing import SUPPRESSING, count_waiting_for, find_suppression, lift, suppress
from cohort.mail.transports import Fault
from tests.build import Build

BOUNCE, COMPLAINT = SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT
ADDRESS = "ann@example.com"


def noted() -> list[tuple[str, SuppressionReason, str]]:
    db.session.expire_all()
    return [(one.address_key, one.reason, one.evidence) for one in db.session.query(Suppression)]


def test_address_is_noted_once_however_it_is_written(build: Build) -> None:
    first = suppress("Ann@Example.com", BOUNCE, "550 5.1.1 no such user", build.now)
    again = suppress(" ann@example.com ", BOUNCE, "550 once more", build.now + timedelta(days=1))

    assert (again is first, again.created_at, again.until) == (True, build.now, None)
    assert noted() == [(ADDRESS, BOUNCE, "550 5.1.1 no such user")]
    assert find_suppression("ANN@example.com") is first
    assert find_suppression("bea@example.com") is None


def test_note_is_only_made_stronger(build: Build) -> None:
    week, month = build.now + timedelta(days=7), build.now + timedelta(days=30)
    steps = [
        (BOUNCE, "full", week),
        (BOUNCE, "full again", month),
        (BOUNCE, "full a third time", week),
        (COMPLAINT, "reported", week),
        (BOUNCE, "gone", None),
        (BOUNCE, "full after all", month),
    ]

    seen = []
    for reason, words, until in steps:
        note = suppress(ADDRESS, reason, words, build.now, until)
        seen.append((note.reason, note.evidence, note.until))

    assert seen == [
        (BOUNCE, "full", week),
        (BOUNCE, "full again", month),
        (BOUNCE, "full again", month),
        (COMPLAINT, "reported", month),
        (COMPLAINT, "gone", None),
        (COMPLAINT, "gone", None),
    ]


def test_note_holds_until_its_time_and_is_then_made_anew(build: Build) -> None:
    until = build.now + timedelta(days=7)
    suppress(ADDRESS, COMPLAINT, "reported", build.now, until)

    held = [find_suppression(ADDRESS, moment) is not None for moment in (until - timedelta(seconds=1), until)]
    suppress(ADDRESS, BOUNCE, "full", until, until + timedelta(days=7))

    assert held == [True, False]
    assert noted() == [(ADDRESS, BOUNCE, "full")]
    note = find_suppression(ADDRESS, until)
    assert note is not None
    assert (note.created_at, note.until) == (until, until + timedelta(days=7))


def test_lifted_address_gets_mail_again(build: Build) -> None:
    suppress(ADDRESS, BOUNCE, "", build.now)

    assert (lift("Ann@example.com"), lift(ADDRESS), noted()) == (True, False, [])


def test_only_the_addresses_own_lasting_faults_suppress() -> None:
    """S02, S03: a refusal of us says nothing about the address."""
    assert {Fault.NO_SUCH_USER, Fault.BAD_ADDRESS} == SUPPRESSING


def test_waiting_mail_is_counted_but_what_its_owner_asked_for(build: Build) -> None:
    ann, bea = build.person("Ann", email=ADDRESS), build.person("Bea", email="bea@example.com")
    for person, template in ((ann, "welcome"), (ann, "reminder"), (ann, "sign-in-link"), (bea, "welcome")):
        queue(person, template, {}, key=f"{template}:{person.id}", now=build.now)
    left = queue(ann, "reminder", {}, key="left", now=build.now)
    elsewhere = queue(ann, "reminder", {}, key="elsewhere", now=build.now)
    assert left is not None and elsewhere is not None
    left.state, elsewhere.to_address = MessageState.SENT, "old@example.com"
    db.session.flush()

    assert [count_waiting_for(person) for person in (ann, bea)] == [2, 1]


@pytest.mark.parametrize("address", ["", "no address at all", "a@b@c"])
def test_what_is_no_address_can_be_noted_without_harm_to_others(build: Build, address: str) -> None:
    suppress(address, BOUNCE, "", build.now)

    assert find_suppression(ADDRESS) is None
