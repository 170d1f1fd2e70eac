"""Two workers and five web processes on one PostgreSQL: everybody gets every mail once."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.journeys.running import start_cohort
from tests.journeys.site import Site
from tests.journeys.visitor import Visitor
from tests.postgres import postgres_url

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

ASKING = (
    "maria.fernandez@example.com",
    "priya.natarajan@example.com",
    "tomas.obrien@example.net",
    "jakub.wisniewski@example.org",
    "ruth.adeyemi@example.org",
)


@pytest.fixture
def busy_site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, postgres_url())
    try:
        site.start(web_workers=5, workers=2)
        yield site
    finally:
        site.stop()


def test_each_mail_leaves_once_while_everything_runs_at_once(busy_site: Site, content: Path) -> None:
    with ThreadPoolExecutor(len(ASKING)) as together:
        start_cohort(busy_site, content)
        answers = list(together.map(lambda address: ask_for_a_password(busy_site, address), ASKING))
    in_the_outbox = wait_until_all_left(busy_site)

    assert answers == [200] * len(ASKING)
    received = Counter(str(mail["Message-ID"]).strip("<>") for mail in busy_site.mailbox.received)
    assert set(received.values()) == {1}
    assert received.keys() == in_the_outbox
    assert all(busy_site.mailbox.to(address, "password") for address in ASKING)


def ask_for_a_password(site: Site, address: str) -> int:
    visitor = Visitor(site)
    return visitor.send("/forgotten-password", visitor.get("/forgotten-password"), email=address).status


def wait_until_all_left(site: Site, seconds: float = 60) -> set[str]:
    """The Message-IDs of all that left, once nothing waits; the workers then had two more rounds to send it again."""
    engine = create_engine(site.environment["DATABASE_URL"])
    deadline = time.monotonic() + seconds
    waiting, quiet_since = -1, time.monotonic()
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            states = connection.execute(text("select state, message_id from message")).all()
        if waiting != (waiting := sum(state not in ("sent", "cancelled") for state, _ in states)) or waiting:
            quiet_since = time.monotonic()
        if time.monotonic() - quiet_since > 4:
            break
        time.sleep(0.5)
    engine.dispose()
    assert waiting == 0, f"{waiting} mails still wait"
    return {message_id for state, message_id in states if state == "sent"}
