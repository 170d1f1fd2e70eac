"""The pages on which staff change dates: what they show before, what they do, and what they refuse."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from cohort.cohorts.models import Cohort, CohortState, StaffRole
from cohort.cohorts.queries import find_cohort
from cohort.db import db
from cohort.mail.models import Message
from cohort.people.models import Away, AwayKind
from cohort.schedule.changing import apply
from cohort.schedule.models import DatedItem, ScheduleChange
from cohort.schedule.moving import drop, move
from cohort.schedule.pushing import black_out
from cohort.workshops.models import Place, PlaceState
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.schedule.packs import wall

DOJO = "workshop:delegation-dojo"
"""Wed 16 Dec 2026, 10:00 to 12:00 in Chicago; pre-work the day before, assignment nine days after."""
LATER = "slot=own&day=2026-12-18&at=15:30&scope=chain"


@pytest.fixture
def cohort(build: Build) -> Cohort:
    return build.cohort()


@pytest.fixture
def lead(build: Build, cohort: Cohort, client: PageClient) -> PageClient:
    return client.sign_in(build.staff(cohort, build.person("Dana Whitfield")).person)


def url(cohort: Cohort, rest: str = "") -> str:
    return f"/cohorts/{cohort.slug}/schedule{rest}"


def text_of(client: PageClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return " ".join(response.get_data(as_text=True).split())


def as_read(cohort: Cohort) -> Cohort:
    """The cohort as a request reads it, with its version."""
    found = find_cohort(cohort.slug)
    assert found is not None
    return found


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def at(cohort: Cohort, item_id: str) -> datetime | None:
    kind, key = item_id.split(":")
    return db.session.scalar(
        select(DatedItem.at).where(DatedItem.cohort_id == cohort.id, DatedItem.kind == kind, DatedItem.key == key)
    )


def rows_of(cohort: Cohort) -> list[tuple[object, ...]]:
    items = db.session.scalars(select(DatedItem).where(DatedItem.cohort_id == cohort.id).order_by(DatedItem.id))
    return [
        (it.item_id, it.at, it.days, it.clock, it.pinned_on, it.override, it.dropped_at, it.sequence) for it in items
    ]


def test_schedule_leads_to_each_item_and_to_every_change(lead: PageClient, cohort: Cohort) -> None:
    page = text_of(lead, url(cohort))

    assert f'href="{url(cohort)}/items/{DOJO}"' in page
    for deed in ("shift", "blackout", "date", "start"):
        assert f'href="{url(cohort)}/change/{deed}"' in page


def test_item_says_why_it_is_there_and_what_hangs_on_it(lead: PageClient, cohort: Cohort) -> None:
    page = text_of(lead, url(cohort, f"/items/{DOJO}"))

    assert "start+93d 10:00" in page
    assert "Start + 93 days at 10:00" in page
    assert "Pre-work due: Delegation dojo" in page
    assert "Assignment due: One real handover" in page
    assert "2 dates" in page


def test_preview_shows_each_move_and_changes_nothing(lead: PageClient, cohort: Cohort, build: Build) -> None:
    build.enrolment(cohort, build.person("Priya Raman", time_zone="Europe/London"))
    before = rows_of(cohort)

    page = text_of(lead, url(cohort, f"/items/{DOJO}/move?{LATER}"))

    assert "<del>Wed 16 Dec 10:00</del>" in page
    assert "<ins>Fri 18 Dec 15:30</ins>" in page
    assert "<ins>Thu 17 Dec 17:00</ins>" in page  # pre-work follows and keeps its own time
    assert "<ins>Sun 27 Dec 17:00</ins>" in page
    assert "One real handover (assignment due) on Sun 27 Dec 2026 falls on a weekend." in page
    assert "21:30 in London" in page
    assert "Move and send 1 mail" in page
    assert rows_of(cohort) == before
    assert db.session.scalars(select(Message)).all() == []


def test_applying_moves_the_chain_and_leads_back_with_the_way_back(
    lead: PageClient, cohort: Cohort, build: Build
) -> None:
    priya = build.enrolment(cohort, build.person("Priya Raman"))
    address = url(cohort, f"/items/{DOJO}/move?{LATER}")
    page = text_of(lead, address)

    answer = lead.send(address, {"seen": seen_in(page), "message": "Luis is ill."})

    assert path_of(answer) == url(cohort)
    assert str(at(cohort, DOJO)) == "2026-12-18 21:30:00+00:00"
    assert str(at(cohort, "prework.due:delegation-dojo")) == "2026-12-17 23:00:00+00:00"
    told = db.session.scalars(select(Message)).all()
    assert [(it.person_id, it.template, it.due_at - build.now) for it in told] == [
        (priya.person_id, "schedule-changed", timedelta(minutes=10))
    ]
    after = text_of(lead, url(cohort))
    assert "Moved Delegation dojo (workshop) to Fri 18 Dec, 15:30" in after
    assert "Take it back" in after
    assert "Start + 93 days at 10:00; moved from Wed 16 Dec 10:00" in after


def test_taking_back_restores_every_date(lead: PageClient, cohort: Cohort) -> None:
    before = {it[0]: it[1] for it in rows_of(cohort)}
    address = url(cohort, f"/items/{DOJO}/move?{LATER}")
    lead.send(address, {"seen": seen_in(text_of(lead, address))})
    change = db.session.scalars(select(ScheduleChange)).one()

    answer = lead.send(url(cohort, f"/changes/{change.id}/undo"))

    assert path_of(answer) == url(cohort)
    assert {it[0]: it[1] for it in rows_of(cohort)} == before
    assert "Taken back." in text_of(lead, url(cohort, "/changes"))
    assert "Take it back" not in text_of(lead, url(cohort))


def test_preview_made_before_somebody_elses_change_is_refused_and_keeps_the_text(
    lead: PageClient, cohort: Cohort, build: Build
) -> None:
    build.enrolment(cohort)
    address = url(cohort, f"/items/{DOJO}/move?{LATER}")
    seen = seen_in(text_of(lead, address))
    apply(as_read(cohort), lambda it: drop(it, "milestone:halfway"), summary="Dropped", by=None, now=build.now)
    db.session.commit()
    before = at(cohort, DOJO)

    answer = lead.send(address, {"seen": seen, "message": "Luis is ill."})

    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Somebody else changed these dates in the meantime." in page
    assert "Luis is ill." in page
    assert at(cohort, DOJO) == before


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        (f"/items/{DOJO}/move?slot=own&day=&at=15:30&scope=chain", "Choose the new day."),
        (f"/items/{DOJO}/rule?expression=start+plenty", "is not of the form"),
        (f"/items/{DOJO}/rule?expression=workshop:nowhere%2B2d", "There is no workshop:nowhere to hang on."),
        ("/items/module.opens:hand-it-over/rule?expression=module:hand-it-over%2B2d", "hang on each other"),
        ("/change/blackout?first=2026-12-24&last=2026-12-20&push=weeks", "ends before it begins"),
        (f"/change/shift?item={DOJO}&number=5000&unit=7", "Write a number from"),
        ("/change/start?starts_on=1066-10-14", "at most 1,000 can be moved at once"),
        ("/change/date?title=Visit&expression=soon&minutes=60", "begins with no known anchor"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(lead: PageClient, cohort: Cohort, rest: str, words: str) -> None:
    page = lead.get(url(cohort, rest))

    assert page.status_code in (200, 422)
    assert words in page.get_data(as_text=True)
    assert "Who is told" not in page.get_data(as_text=True)
    assert "Reminders that follow" not in page.get_data(as_text=True)


def test_suggested_slots_say_who_could_not_come(lead: PageClient, cohort: Cohort, build: Build) -> None:
    ben = build.enrolment(cohort, build.person("Ben Adeyemi")).person
    db.session.add(
        Away(
            person_id=ben.id,
            kind=AwayKind.ON_CALL,
            first=date(2026, 12, 17),
            last=date(2026, 12, 30),
            added_at=build.now,
        )
    )
    db.session.commit()

    page = text_of(lead, url(cohort, f"/items/{DOJO}/move"))

    assert "1 thing in the way: Ben Adeyemi on call." in page


def test_blackout_page_offers_what_becomes_of_the_dates_there(lead: PageClient, cohort: Cohort) -> None:
    address = url(cohort, "/change/blackout?first=2026-12-14&last=2026-12-18&push=weeks")
    page = text_of(lead, address)
    assert "because of the blackout 14–18 Dec" in page

    lead.send(address, {"seen": seen_in(page)})

    assert str(at(cohort, DOJO)) == "2026-12-23 16:00:00+00:00"
    listed = text_of(lead, url(cohort))
    assert "Mon 14 Dec to Fri 18 Dec" in listed
    assert f"{url(cohort)}/change/open?first=2026-12-14&amp;last=2026-12-18" in listed


def test_removing_a_blackout_leaves_the_dates_where_they_are(lead: PageClient, cohort: Cohort, build: Build) -> None:
    first, last = date(2026, 12, 14), date(2026, 12, 18)
    apply(as_read(cohort), lambda it: black_out(it, first, last), summary="Added", by=None, now=build.now)
    db.session.commit()
    address = url(cohort, f"/change/open?first={first}&last={last}")

    lead.send(address, {"seen": seen_in(text_of(lead, address))})

    db.session.refresh(cohort)
    assert cohort.blackouts == []
    assert str(at(cohort, DOJO)) == "2026-12-16 16:00:00+00:00"


def test_dropped_item_can_be_held_again(lead: PageClient, cohort: Cohort) -> None:
    address = url(cohort, f"/items/{DOJO}/drop")
    lead.send(address, {"seen": seen_in(text_of(lead, address))})
    listed = text_of(lead, url(cohort))
    assert "Not held in this cohort" in listed

    again = url(cohort, f"/items/{DOJO}/restore")
    lead.send(again, {"seen": seen_in(text_of(lead, again))})

    assert "Not held in this cohort" not in text_of(lead, url(cohort))


def test_pinned_item_stays_when_the_rest_is_shifted(lead: PageClient, cohort: Cohort) -> None:
    pinned = url(cohort, f"/items/{DOJO}/pin")
    lead.send(pinned, {"seen": seen_in(text_of(lead, pinned))})

    page = text_of(lead, url(cohort, "/change/shift?item=module.opens:hand-it-over&number=1&unit=7"))

    assert "What stays" in page
    assert "Start + 93 days at 10:00; pinned here" in page


def test_asking_to_confirm_marks_who_holds_a_place(lead: PageClient, cohort: Cohort, build: Build) -> None:
    holder, other = build.enrolment(cohort), build.enrolment(cohort)
    item = build.item(cohort, DOJO)
    for enrolment, state in ((holder, PlaceState.HELD), (other, PlaceState.EXCUSED)):
        db.session.add(Place(item_id=item.id, enrolment_id=enrolment.id, state=state, since=build.now))
    db.session.commit()
    address = url(cohort, f"/items/{DOJO}/move?{LATER}")
    page = text_of(lead, address)
    assert "1 person holds a place in a sitting that moves." in page

    lead.send(address, {"seen": seen_in(page), "asks": "y"})

    asked = {it.enrolment_id: it.confirm_asked_at for it in db.session.scalars(select(Place))}
    assert asked == {holder.id: build.now, other.id: None}


@pytest.mark.parametrize("role", [StaffRole.FACILITATOR, StaffRole.OBSERVER])
def test_only_who_changes_workshops_is_offered_a_change(
    client: PageClient, cohort: Cohort, build: Build, role: StaffRole
) -> None:
    client.sign_in(build.staff(cohort, role=role).person)

    page = text_of(client, url(cohort))
    move_page = client.get(url(cohort, f"/items/{DOJO}/move"))

    may = role is StaffRole.FACILITATOR
    assert ("Shift dates" in page, move_page.status_code) == ((True, 200) if may else (False, 404))


def test_archived_cohort_offers_no_change_and_takes_none(lead: PageClient, cohort: Cohort) -> None:
    cohort.state = CohortState.ARCHIVED
    db.session.commit()

    assert "Shift dates" not in text_of(lead, url(cohort))
    assert lead.send(url(cohort, f"/items/{DOJO}/drop")).status_code == 409


def test_newer_version_is_offered_with_its_diff(lead: PageClient, cohort: Cohort, build: Build) -> None:
    newer = build.next_version(cohort.version, lambda document: _later_dojo(document))
    page = text_of(lead, url(cohort))
    assert f"version {newer.number} is newer" in page
    address = url(cohort, "/change/version?take=future")
    preview = text_of(lead, address)
    assert "start+95d 10:00" in preview
    assert "<ins>Fri 18 Dec 10:00</ins>" in preview

    lead.send(address, {"seen": seen_in(preview)})

    db.session.refresh(cohort)
    assert cohort.version_id == newer.id
    assert str(at(cohort, DOJO)) == "2026-12-18 16:00:00+00:00"


def _later_dojo(document: dict[str, object]) -> None:
    module = next(it for it in document["modules"] if it["key"] == "hand-it-over")  # type: ignore[attr-defined]
    module["workshop"]["at"] = "start+95d 10:00"


@pytest.mark.parametrize("people", [1, 3])
def test_preview_asks_as_many_questions_for_three_people_as_for_one(
    lead: PageClient, cohort: Cohort, build: Build, queries: QueryCount, people: int
) -> None:
    for _ in range(people):
        build.enrolment(cohort)
    address = url(cohort, f"/items/{DOJO}/move?{LATER}")
    lead.get(address)

    with queries as seen:
        lead.get(address)

    assert seen.count == 41


def test_moving_there_and_back_leaves_no_trace_in_the_reasons(lead: PageClient, cohort: Cohort, build: Build) -> None:
    before = at(cohort, DOJO)
    for to in (wall("2026-12-18T15:30"), wall("2026-12-16T10:00")):
        apply(as_read(cohort), partial(move, item_id=DOJO, to=to), summary="Moved", by=None, now=build.now)
    db.session.commit()

    assert at(cohort, DOJO) == before
    assert "moved from" not in text_of(lead, url(cohort, f"/items/{DOJO}"))
