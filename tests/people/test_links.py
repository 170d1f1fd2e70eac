"""One-time links: opened as often as one likes, used once, replaced by newer ones, and only for their purpose."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from cohort.db import db
from cohort.errors import Gone
from cohort.people.links import LASTS, make_link, open_link, use_link
from cohort.people.models import Link, LinkPurpose
from tests.build import Build
from tests.client import PageClient, path_of


def test_opening_a_link_does_not_use_it_up(build: Build, now: datetime) -> None:
    token = make_link(build.person(), LinkPurpose.PASSWORD, now=now)

    first = open_link(token, LinkPurpose.PASSWORD, now=now)
    second = open_link(token, LinkPurpose.PASSWORD, now=now)

    assert first.id == second.id


def test_using_one_link_uses_up_the_others_of_its_purpose(build: Build, now: datetime) -> None:
    person = build.person()
    older, newer = (make_link(person, LinkPurpose.PASSWORD, now=now) for _ in range(2))
    other = make_link(person, LinkPurpose.SIGN_IN, now=now)

    use_link(open_link(newer, LinkPurpose.PASSWORD, now=now), now=now)

    for token in (older, newer):
        with pytest.raises(Gone):
            open_link(token, LinkPurpose.PASSWORD, now=now)
    assert open_link(other, LinkPurpose.SIGN_IN, now=now).used_at is None


def test_link_opens_nothing_but_its_purpose(build: Build, now: datetime) -> None:
    token = make_link(build.person(), LinkPurpose.SIGN_IN, now=now)

    with pytest.raises(Gone):
        open_link(token, LinkPurpose.PASSWORD, now=now)


@pytest.mark.parametrize("purpose", list(LinkPurpose))
def test_link_ends_when_its_time_is_over(build: Build, now: datetime, purpose: LinkPurpose) -> None:
    token = make_link(build.person(), purpose, now=now)

    assert open_link(token, purpose, now=now + LASTS[purpose] - timedelta(seconds=1)).used_at is None
    with pytest.raises(Gone):
        open_link(token, purpose, now=now + LASTS[purpose])


def test_token_itself_is_nowhere_in_the_database(build: Build, now: datetime) -> None:
    token = make_link(build.person(), LinkPurpose.PASSWORD, now=now)

    kept = db.session.execute(select(Link.__table__)).one()

    assert token not in map(str, kept)


def test_scanner_that_follows_a_sign_in_link_does_not_use_it_up(build: Build, client: PageClient) -> None:
    token = make_link(build.person("Ann Lee"), LinkPurpose.SIGN_IN, now=build.now)
    db.session.commit()
    for _ in range(2):
        assert client.get(f"/sign-in/link/{token}").status_code == 200
        assert client.head(f"/sign-in/link/{token}").status_code == 200

    answer = client.send(f"/sign-in/link/{token}")

    assert (answer.status_code, path_of(answer)) == (302, "/")
    assert client.get("/profile").status_code == 200
    assert client.send(f"/sign-in/link/{token}").status_code == 410


def test_new_password_signs_in_and_voids_every_other_link(build: Build, client: PageClient) -> None:
    person = build.person("Ann Lee")
    token = make_link(person, LinkPurpose.PASSWORD, now=build.now)
    let_in = make_link(person, LinkPurpose.SIGN_IN, now=build.now)
    db.session.commit()

    too_short = client.send(f"/password/{token}", {"password": "short"})
    answer = client.send(f"/password/{token}", {"password": "three simple words"})

    assert too_short.status_code == 422
    assert "at least 10 characters" in too_short.get_data(as_text=True)
    assert answer.status_code == 302
    assert client.get("/profile").status_code == 200
    assert client.send(f"/password/{token}", {"password": "three simple words"}).status_code == 410
    assert client.get(f"/sign-in/link/{let_in}").status_code == 410
