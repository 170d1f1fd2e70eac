"""Giving an account another address."""

import pytest

from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.people import readdressing
from cohort.people.models import SignIn
from cohort.people.readdressing import TAKEN, change_address
from cohort.people.sessions import begin
from tests.build import Build


def test_address_is_kept_as_it_is_compared_and_both_are_told(build: Build) -> None:
    nadia = build.person("Nadia Haddad", email="nadia@example.com")

    change_address(nadia, " Nadia.Haddad@BÜCHER.example ", now=build.now)

    assert (nadia.email, nadia.email_key) == ("nadia.haddad@xn--bcher-kva.example",) * 2
    told = db.session.query(Message).filter_by(person_id=nadia.id, template="address-changed").order_by(Message.id)
    db.session.flush()
    for message in told:
        db.session.refresh(message, ["person"])
    assert [message.recipient for message in told] == ["nadia@example.com", nadia.email]
    assert {message.cohort_id for message in told} == {None}


def test_browsers_stay_signed_in(build: Build) -> None:
    nadia = build.person(email="nadia@example.com")
    begin(nadia, device="tests", now=build.now)

    change_address(nadia, "other@example.com", now=build.now)

    assert db.session.query(SignIn).filter_by(person_id=nadia.id).count() == 1


def test_account_that_takes_the_address_at_the_same_moment_wins(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    nadia = build.person(email="nadia@example.com")
    build.person(email="taken@example.com")
    monkeypatch.setattr(readdressing, "find_person", lambda _: None)

    with pytest.raises(Conflict, match=TAKEN):
        change_address(nadia, "taken@example.com", now=build.now)

    db.session.refresh(nadia)
    assert nadia.email == "nadia@example.com"
    assert db.session.query(Message).count() == 0


@pytest.mark.parametrize("address", ["", "nadia at home", "NADIA@example.com", "=nadia@example.com"])
def test_what_is_no_other_address_is_refused_at_its_field(build: Build, address: str) -> None:
    nadia = build.person(email="nadia@example.com")

    with pytest.raises(DomainError) as refusal:
        change_address(nadia, address, now=build.now)

    assert refusal.value.field == "email"
