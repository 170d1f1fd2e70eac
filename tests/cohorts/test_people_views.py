"""The lists of a cohort's people, inviting, and one person, as staff see them and others do not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cohort.assignments.models import Submission
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mentoring.models import MentorState
from cohort.schedule.models import Extension
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of

pytestmark = pytest.mark.postgres  # what lists find and how they sort depends on the database
INVITED = EnrolmentState.INVITED


@pytest.fixture
def cohort(build: Build) -> Cohort:
    return build.cohort(seats=12)


@pytest.fixture
def lead(build: Build, client: PageClient, cohort: Cohort) -> PageClient:
    """The browser of the program lead."""
    person = build.person("Dana Whitfield")
    build.staff(cohort, person)
    return client.sign_in(person)


def text_of(client: PageClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_list_says_how_far_everybody_is(build: Build, cohort: Cohort, lead: PageClient) -> None:
    long_ago = build.now - timedelta(days=90)
    enrolled = build.enrolment(cohort, build.person("Priya Natarajan"))
    build.pairing(build.mentor(cohort, build.person("Ruth Adeyemi")), enrolled)
    build.enrolment(cohort, build.person("Ilse Baker"), state=INVITED, answered_at=None)
    build.enrolment(cohort, build.person("Hemi Kanawa"), state=INVITED, answered_at=None, invited_at=long_ago)
    build.enrolment(cohort, state=EnrolmentState.WAITLISTED)
    build.enrolment(cohort, state=EnrolmentState.WITHDRAWN, ended_at=build.now, reason="New job")
    db.session.commit()

    page = text_of(lead, f"/cohorts/{cohort.slug}/people")

    for words in (
        "1 participant of 12 seats, 1 mentor, 1 staff.",
        "Priya Natarajan",
        "Ruth Adeyemi",
        "profile not finished",
        "Not invited yet",
        "Invited on Tue 25 Aug",
        "Number 1 in line",
        "Since Mon 23 Nov: New job",
    ):
        assert words in page, words


def test_failed_invitation_is_shown(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(cohort, state=INVITED, answered_at=None, invited_at=build.now)
    db.session.add(
        Message(
            dedup_key="x",
            person_id=ann.person_id,
            cohort_id=cohort.id,
            template="invitation",
            state=MessageState.FAILED,
            due_at=build.now,
            created_at=build.now,
        )
    )
    db.session.commit()

    assert "Invitation not delivered" in text_of(lead, f"/cohorts/{cohort.slug}/people")


def test_lists_hold_only_people_of_this_cohort(build: Build, cohort: Cohort, lead: PageClient) -> None:
    other = build.cohort()
    build.enrolment(other, build.person("Outsider One"))
    build.mentor(other, build.person("Outsider Two"))
    build.staff(other, build.person("Outsider Three"))
    db.session.commit()

    for name in ("participants", "mentors", "staff"):
        assert "Outsider" not in text_of(lead, f"/cohorts/{cohort.slug}/people?list={name}")
        assert "Outsider" not in text_of(lead, f"/cohorts/{cohort.slug}/people.csv?list={name}")
        assert "Outsider" not in text_of(lead, f"/cohorts/{cohort.slug}/people/invite?list={name}&again=1")


def test_list_is_searched_and_filtered(build: Build, cohort: Cohort, lead: PageClient) -> None:
    build.enrolment(cohort, build.person("Zoé Brânză", company="Northwind"))
    build.enrolment(cohort, build.person("Marcus Bell"), state=INVITED)
    db.session.commit()
    path = f"/cohorts/{cohort.slug}/people"

    found = {
        query: [name for name in ("Zoé", "Marcus") if name in text_of(lead, f"{path}?{query}")]
        for query in ("q=zoé", "q=NORTH", "q=%25", "state=invited", "state=nonsense", "q=bell&state=enrolled")
    }

    assert found == {
        "q=zoé": ["Zoé"],
        "q=NORTH": ["Zoé"],
        "q=%25": [],
        "state=invited": ["Marcus"],
        "state=nonsense": ["Zoé", "Marcus"],
        "q=bell&state=enrolled": [],
    }
    assert "Nobody matches" in text_of(lead, f"{path}?q=nobody")


def test_list_shows_fifty_people_a_page(build: Build, cohort: Cohort, lead: PageClient) -> None:
    for number in range(51):
        build.enrolment(cohort, build.person(f"Person {number:02}"))
    db.session.commit()

    first, second = (text_of(lead, f"/cohorts/{cohort.slug}/people?page={page}") for page in (1, 2))

    assert ("Person 49" in first, "Person 50" in first) == (True, False)
    assert ("Person 49" in second, "Person 50" in second) == (False, True)
    assert "51 to 51 of 51" in second


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("name", "expected"), [("participants", 11), ("mentors", 10), ("staff", 9)])
def test_lists_take_as_many_queries_for_many_as_for_one(
    build: Build, cohort: Cohort, lead: PageClient, queries: QueryCount, name: str, number: int, expected: int
) -> None:
    for _ in range(number):
        enrolment = build.enrolment(cohort)
        build.pairing(build.mentor(cohort), enrolment)
        build.staff(cohort)
    db.session.commit()

    with queries as seen:
        lead.get(f"/cohorts/{cohort.slug}/people?list={name}")

    assert seen.count == expected


def test_people_are_shown_to_staff_and_to_nobody_else(build: Build, client: PageClient, cohort: Cohort) -> None:
    ann = build.enrolment(cohort)
    peer, mentor, facilitator, observer, outsider = (build.person() for _ in range(5))
    build.enrolment(cohort, peer)
    build.mentor(cohort, mentor)
    build.staff(cohort, facilitator, StaffRole.FACILITATOR)
    build.staff(cohort, observer, StaffRole.OBSERVER)
    build.staff(build.cohort(), outsider)
    admin = build.person(is_admin=True)
    db.session.commit()
    base = f"/cohorts/{cohort.slug}/people"
    paths = (base, f"{base}/{ann.id}", f"{base}.csv", f"{base}/invite", f"{base}/import", f"{base}/{ann.id}/withdraw")

    assert {client.get(path).status_code for path in paths} == {302}
    seen = {
        name: [client.sign_in(person).get(path).status_code for path in paths]
        for name, person in {
            "peer": peer,
            "mentor": mentor,
            "facilitator": facilitator,
            "observer": observer,
            "outsider": outsider,
            "admin": admin,
        }.items()
    }

    assert seen == {
        "peer": [403] * 6,
        "mentor": [403] * 6,
        "facilitator": [200, 200, 403, 403, 403, 403],
        "observer": [200, 200, 200, 404, 404, 404],
        "outsider": [404] * 6,
        "admin": [200] * 6,
    }


def test_person_is_not_found_in_another_cohort(build: Build, cohort: Cohort, lead: PageClient) -> None:
    stranger = build.enrolment(build.cohort())
    db.session.commit()

    assert lead.get(f"/cohorts/{cohort.slug}/people/{stranger.id}").status_code == 404


def test_export_is_harmless_and_complete(build: Build, cohort: Cohort, lead: PageClient) -> None:
    build.enrolment(cohort, build.person("Ann Lee", email="ann@example.com", company="=cmd|' /C calc'!A0"))
    db.session.commit()

    answer = lead.get(f"/cohorts/{cohort.slug}/people.csv")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{cohort.slug}-participants.csv"'
    assert answer.get_data().decode("utf-8-sig") == (
        "Name,E-mail address,Employer,Job title,Time zone,State,Since,Mentor\r\n"
        "Ann Lee,ann@example.com,'=cmd|' /C calc'!A0,,America/Chicago,Enrolled,"
        '"Since Fri 4 Sep, profile not finished",\r\n'
    )


def test_invitations_are_previewed_and_sent_once(build: Build, cohort: Cohort, lead: PageClient) -> None:
    new = [build.enrolment(cohort, build.person(name), state=INVITED) for name in ("Ann Lee", "Ben Ode")]
    build.enrolment(cohort, build.person("Cy Invited"), state=INVITED, invited_at=build.now)
    build.enrolment(cohort, build.person("Di Enrolled"))
    db.session.commit()
    path = f"/cohorts/{cohort.slug}/people/invite?list=participants"

    page = text_of(lead, path)
    assert ("Send 2 invitations" in page, "Cy Invited" in page, "Di Enrolled" in page) == (True, False, False)
    assert db.session.scalars(select(Message)).all() == []
    lead.send(path)
    lead.send(path)

    mails = db.session.scalars(select(Message).order_by(Message.person_id)).all()
    assert [(mail.template, mail.person_id) for mail in mails] == [("invitation", one.person_id) for one in new]


def test_only_those_chosen_are_invited(build: Build, cohort: Cohort, lead: PageClient) -> None:
    chosen, _ = (build.enrolment(cohort, state=INVITED) for _ in range(2))
    stranger = build.enrolment(build.cohort(), state=INVITED)
    db.session.commit()

    lead.send(f"/cohorts/{cohort.slug}/people/invite?list=participants&id={chosen.id}&id={stranger.id}")

    assert [mail.person_id for mail in db.session.scalars(select(Message))] == [chosen.person_id]


def test_mentors_and_staff_are_invited_from_their_lists(build: Build, cohort: Cohort, lead: PageClient) -> None:
    build.mentor(cohort, state=MentorState.INVITED)
    build.staff(cohort, role=StaffRole.FACILITATOR)
    db.session.commit()

    for name in ("mentors", "staff"):
        answer = lead.send(f"/cohorts/{cohort.slug}/people/invite?list={name}")
        assert path_of(answer) == f"/cohorts/{cohort.slug}/people"

    templates = sorted(db.session.scalars(select(Message.template)))
    assert templates == ["mentor-invitation", "staff-invitation", "staff-invitation"]


def test_invitation_is_sent_again(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(cohort, state=INVITED, invited_at=build.now - timedelta(days=7))
    db.session.commit()

    lead.send(f"/cohorts/{cohort.slug}/people/invite?list=participants&id={ann.id}&again=1")

    assert [mail.person_id for mail in db.session.scalars(select(Message))] == [ann.person_id]


def test_page_of_a_person_tells_profile_and_history(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(
        cohort,
        build.person("Ann Lee", time_zone="Europe/London"),
        growth_areas=["communication"],
        goal="Listen <b>first</b>",
        invited_at=build.now - timedelta(days=90),
    )
    db.session.commit()

    page = text_of(lead, f"/cohorts/{cohort.slug}/people/{ann.id}")

    for words in ("Europe/London", "Communication", "Listen &lt;b&gt;first&lt;/b&gt;", "Tue 25 Aug", "Joined"):
        assert words in page, words


def test_admin_without_a_role_sees_no_profile(build: Build, client: PageClient, cohort: Cohort) -> None:
    ann = build.enrolment(cohort, build.person("Ann Lee"), goal="My own words")
    client.sign_in(build.person(is_admin=True))

    page = text_of(client, f"/cohorts/{cohort.slug}/people/{ann.id}")

    assert ("Ann Lee" in page, "My own words" in page) == (True, False)


@pytest.mark.parametrize("number", [1, 3])
def test_page_of_a_person_takes_as_many_queries_for_many_extensions(
    build: Build, cohort: Cohort, lead: PageClient, queries: QueryCount, number: int
) -> None:
    ann = build.enrolment(cohort)
    keys = ("board-and-baseline", "three-conversations", "capstone")[:number]
    for key in keys:
        item = build.item(cohort, f"assignment.due:{key}")
        db.session.add(
            Extension(item_id=item.id, enrolment_id=ann.id, until=item.at + timedelta(days=1), granted_at=build.now)
        )
    db.session.commit()

    with queries as seen:
        lead.get(f"/cohorts/{cohort.slug}/people/{ann.id}")

    assert seen.count == 14


def test_more_time_is_given_in_the_zone_of_the_cohort(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(cohort)
    db.session.commit()
    path = f"/cohorts/{cohort.slug}/people/{ann.id}/extension"
    form = {"item": "assignment.due:capstone", "until_on": "2027-06-30", "until_at": "18:30", "reason": "On call"}

    answer = lead.send(path, form)

    assert path_of(answer) == f"/cohorts/{cohort.slug}/people/{ann.id}"
    extension = db.session.scalars(select(Extension)).one()
    assert (extension.until.isoformat(), extension.reason) == ("2027-06-30T23:30:00+00:00", "On call")
    assert "Until Wed 30 Jun 2027, 18:30 Chicago" in text_of(lead, path_of(answer))


def test_odd_extension_is_refused_and_keeps_what_was_typed(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(cohort)
    db.session.commit()
    form = {"item": "assignment.due:capstone", "until_on": "2026-11-24", "until_at": "18:30", "reason": "On call again"}

    answer = lead.send(f"/cohorts/{cohort.slug}/people/{ann.id}/extension", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose a time after the date that everybody has." in page
    assert "On call again" in page
    assert 'value="2026-11-24"' in page


def test_withdrawal_is_previewed_needs_a_reason_and_can_be_taken_back(
    build: Build, cohort: Cohort, lead: PageClient
) -> None:
    ann = build.enrolment(cohort, build.person("Ann Lee"))
    build.pairing(build.mentor(cohort), ann)
    db.session.commit()
    path = f"/cohorts/{cohort.slug}/people/{ann.id}"

    assert "The pair is closed" in text_of(lead, f"{path}/withdraw")
    assert lead.send(f"{path}/withdraw", {"reason": " "}).status_code == 422
    assert state_of(ann) is EnrolmentState.ENROLLED
    lead.send(f"{path}/withdraw", {"reason": "New job"})
    assert state_of(ann) is EnrolmentState.WITHDRAWN
    assert "Withdrawn" in text_of(lead, path)
    lead.send(f"{path}/enrol")
    assert state_of(ann) is EnrolmentState.ENROLLED


def test_second_withdrawal_says_that_nothing_was_changed(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(cohort, state=EnrolmentState.WITHDRAWN, ended_at=build.now)
    db.session.commit()

    answer = lead.send(f"/cohorts/{cohort.slug}/people/{ann.id}/withdraw", {"reason": "Again"})

    assert answer.status_code == 409


def test_archived_cohort_offers_no_deeds(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)
    ann = build.enrolment(cohort)
    lead = build.person()
    build.staff(cohort, lead)
    client.sign_in(lead)

    assert "Import" not in text_of(client, f"/cohorts/{cohort.slug}/people")
    assert "Withdraw" not in text_of(client, f"/cohorts/{cohort.slug}/people/{ann.id}")
    assert client.send(f"/cohorts/{cohort.slug}/people/{ann.id}/withdraw", {"reason": "x"}).status_code == 409
    assert client.send(f"/cohorts/{cohort.slug}/people/invite").status_code == 409


def state_of(enrolment: Enrolment) -> EnrolmentState:
    return db.session.scalars(select(Enrolment.state).where(Enrolment.id == enrolment.id)).one()


def test_page_of_a_person_links_what_was_handed_in_and_no_draft(build: Build, cohort: Cohort, lead: PageClient) -> None:
    ann = build.enrolment(cohort)
    facts = {"enrolment_id": ann.id, "reviewed_by": "mentor", "saved_at": build.now}
    sent = Submission(assignment_key="capstone", state="submitted", submitted_at=build.now, **facts)
    draft = Submission(assignment_key="board-and-baseline", **facts)
    db.session.add_all([sent, draft])
    db.session.commit()

    page = lead.get(f"/cohorts/{cohort.slug}/people/{ann.id}").get_data(as_text=True)

    assert f'href="/submissions/{sent.id}"' in page
    assert f"/submissions/{draft.id}" not in page
