"""Mails about more time: what they say, to whom, and when they have nothing to say any more."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.letters import Moot
from cohort.mail.models import Message
from cohort.mentoring.models import PairingState
from cohort.people.models import Person
from cohort.schedule.asking import ask_for_more_time, decline_request, grant_request, take_back
from cohort.schedule.extending import grant_extension
from cohort.schedule.models import DatedItem, ExtensionRequest
from tests.build import Build
from tests.learning.cast import Cast

KEY = "three-conversations"
DAY = timedelta(days=1)


@pytest.fixture
def request_(build: Build, cast: Cast, item: DatedItem) -> ExtensionRequest:
    assert item.at is not None
    return ask_for_more_time(cast.mine, item, until=item.at + 4 * DAY, now=build.now)


def write(app: Flask, settings: Settings, build: Build, template: str) -> tuple[str, str]:
    """Subject and text of the newest mail of this kind. Raises Moot when it has nothing to say."""
    newest = select(Message).where(Message.template == template).order_by(Message.id.desc()).limit(1)
    message = db.session.scalars(newest).one()
    db.session.refresh(message, ["person"])
    written = Composer(settings, app.jinja_env).compose(message, now=build.now)
    body = message_from_bytes(written.data, policy=default).get_body(("plain",))
    assert body is not None
    return written.subject, " ".join(body.get_content().split())


def test_reviewer_reads_who_asks_for_what_and_where_to_answer(
    app: Flask, settings: Settings, build: Build, request_: ExtensionRequest
) -> None:
    subject, text = write(app, settings, build, "extension-asked")

    assert subject == "Priya Raman asks for more time, until Tue 8 Dec, 17:00 Chicago: Three conversations"
    assert "Asked for: Tue 8 Dec, 17:00 Chicago" in text
    assert "Due now: Fri 4 Dec, 17:00 Chicago." in text
    assert f"http://localhost/extension-requests/{request_.id}" in text


def test_question_is_moot_once_answered_or_taken_back(
    app: Flask, settings: Settings, build: Build, cast: Cast, request_: ExtensionRequest
) -> None:
    take_back(request_, now=build.now)

    with pytest.raises(Moot, match="taken back"):
        write(app, settings, build, "extension-asked")


def test_question_is_moot_for_a_mentor_who_decides_no_more(
    app: Flask, settings: Settings, build: Build, cast: Cast, request_: ExtensionRequest, dana: Person
) -> None:
    cast.pairing.state = PairingState.CLOSED
    db.session.flush()

    with pytest.raises(Moot, match="somebody else decides"):
        write(app, settings, build, "extension-asked")


def test_person_reads_the_new_date_the_old_one_and_by_whom(
    app: Flask, settings: Settings, build: Build, cast: Cast, request_: ExtensionRequest
) -> None:
    grant_request(request_, until=request_.until, answer="Bring it along.", by=cast.ruth, now=build.now)

    subject, text = write(app, settings, build, "extension-granted")

    assert subject == "Three conversations: extended to Tue 8 Dec (was Fri 4 Dec)"
    assert "extended to Tue 8 Dec (was Fri 4 Dec) by Ruth Okafor" in text
    assert "Due Tue 8 Dec, 23:00 London" in text
    assert "Ruth Okafor wrote: “Bring it along.”" in text


def test_grant_is_moot_when_another_followed_or_the_cohort_moved_past_it(
    app: Flask, settings: Settings, build: Build, cast: Cast, item: DatedItem, dana: Person
) -> None:
    assert item.at is not None
    was = item.at
    for days in (1, 2):
        grant_extension(cast.mine, item, until=was + days * DAY, reason="", by=dana, now=build.now)
    first = db.session.scalars(select(Message).where(Message.template == "extension-granted")).first()
    assert first is not None
    db.session.refresh(first, ["person"])
    with pytest.raises(Moot, match="another date"):
        Composer(settings, app.jinja_env).compose(first, now=build.now)

    item.at = was + 9 * DAY
    db.session.flush()
    with pytest.raises(Moot, match="later by now"):
        write(app, settings, build, "extension-granted")


def test_person_reads_why_the_date_stays(
    app: Flask, settings: Settings, build: Build, request_: ExtensionRequest, dana: Person
) -> None:
    decline_request(request_, answer="The showcase needs it.", by=dana, now=build.now)

    subject, text = write(app, settings, build, "extension-declined")

    assert subject == "Three conversations: the date stays, Fri 4 Dec, 23:00 London"
    assert "Dana Whitfield wrote: “The showcase needs it.”" in text
