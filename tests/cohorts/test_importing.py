"""Taking rosters into a cohort: the shipped ones, the messy one, and files against people who exist."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cohort.cohorts.importing import ImportResult, Outcome, import_people, preview
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.cohorts.roster_fields import RosterKind
from cohort.cohorts.roster_file import read_table
from cohort.cohorts.rosters import Roster, RowState, check_roster
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import Person
from cohort.programs.queries import pack_of
from tests.build import Build
from tests.client import QueryCount

PARTICIPANT, MENTOR, STAFF = RosterKind.PARTICIPANT, RosterKind.MENTOR, RosterKind.STAFF


def roster_of(cohort: Cohort, data: bytes | str, kind: RosterKind = PARTICIPANT) -> Roster:
    table = read_table(data.encode() if isinstance(data, str) else data)
    areas = [competency.key for competency in pack_of(cohort.version).competencies]
    return check_roster(table, kind, growth_areas=areas)


def take(
    build: Build,
    cohort: Cohort,
    data: bytes | str,
    kind: RosterKind = PARTICIPANT,
    *,
    enrol: bool = False,
    may_appoint_admins: bool = False,
) -> ImportResult:
    return import_people(
        cohort,
        roster_of(cohort, data, kind),
        by=None,
        may_appoint_admins=may_appoint_admins,
        enrol=enrol,
        now=build.now,
    )


def problems(result: ImportResult) -> list[tuple[int, str | None, str]]:
    return [(number, problem.column, problem.message) for number, problem in result.problems]


def count(kind: type[Person] | type[Enrolment] | type[Message]) -> int:
    return db.session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.fixture
def cohort(build: Build) -> Cohort:
    cohort = build.cohort()
    db.session.commit()
    return cohort


def test_preview_says_what_the_import_does_and_writes_nothing(build: Build, cohort: Cohort, content: Path) -> None:
    data = (content / "participants-messy.csv").read_bytes()
    before = count(Person)

    foreseen = preview(cohort, roster_of(cohort, data))

    assert not db.session.new
    assert not db.session.dirty
    assert count(Person) == before
    done = take(build, cohort, data)
    assert [(row.number, row.outcome) for row in foreseen.rows] == [(row.number, row.outcome) for row in done.rows]


def test_messy_export_gives_exactly_its_six_ready_people(build: Build, cohort: Cohort, content: Path) -> None:
    result = take(build, cohort, (content / "participants-messy.csv").read_bytes())

    assert [row.number for row in result.rows if row.outcome is Outcome.CREATED] == [2, 3, 10, 13, 18, 21]
    assert (result.created, result.updated, result.unchanged, len(result.problems)) == (6, 0, 0, 15)
    assert sorted(db.session.scalars(select(Person.name))) == [
        "Anita Rao-D'Souza",
        "Bao Tran",
        "Naledi Mokoena",
        "O'Hanlon-Smythe, Fionnuala",
        "Petra Nováková",
        "Zoé Brânză",
    ]


def test_second_import_of_a_file_changes_nothing(build: Build, cohort: Cohort, content: Path) -> None:
    data = (content / "participants-messy.csv").read_bytes()
    take(build, cohort, data)
    before = count(Person), count(Enrolment), cohort.plan_revision

    again = take(build, cohort, data)

    assert (again.created, again.updated, again.unchanged) == (0, 0, 6)
    assert not db.session.dirty
    assert (count(Person), count(Enrolment), cohort.plan_revision) == before


def test_shipped_rosters_fill_a_cohort(build: Build, cohort: Cohort, content: Path) -> None:
    participants = take(build, cohort, (content / "participants.csv").read_bytes(), enrol=True)
    mentors = take(build, cohort, (content / "mentors.csv").read_bytes(), MENTOR, enrol=True)
    staff = take(build, cohort, (content / "staff.csv").read_bytes(), STAFF, may_appoint_admins=True)

    assert not (participants.problems or mentors.problems or staff.problems)
    enrolments = db.session.scalars(select(Enrolment)).all()
    assert {one.state for one in enrolments} == {EnrolmentState.ENROLLED}
    assert {len(one.growth_areas) >= 3 for one in enrolments if one.profiled_at == build.now} == {True}
    assert {len(one.growth_areas) >= 3 for one in enrolments if one.profiled_at is None} == {False}
    assert {one.state for one in db.session.scalars(select(Mentor))} == {MentorState.ACCEPTED}
    assert sorted(db.session.scalars(select(Staff.role))) == [StaffRole.FACILITATOR, StaffRole.LEAD]
    admins = db.session.scalars(select(Person.email).where(Person.is_admin)).all()
    assert admins == ["rosalind.achterberg@example.com"]


def test_row_becomes_a_person_and_a_place(build: Build, cohort: Cohort) -> None:
    take(
        build,
        cohort,
        "email,name,company,time_zone,languages,growth_areas,availability,goal,manager_email\n"
        "Ann.Lee@Example.com,Ann Lee,Northwind,Europe/London,en;cy,communication,tue 09:00-11:00;wed 9:00-10:00,"
        "Listen,b@x.org\n",
    )

    enrolment = db.session.scalars(select(Enrolment)).one()
    person = db.session.scalars(select(Person)).one()
    assert (person.email, person.email_key, person.name) == ("ann.lee@example.com", "ann.lee@example.com", "Ann Lee")
    assert (person.company, person.time_zone, person.languages) == ("Northwind", "Europe/London", ["en", "cy"])
    assert (enrolment.state, enrolment.invited_at) == (EnrolmentState.INVITED, None)
    assert (enrolment.growth_areas, enrolment.goal) == (["communication"], "Listen")
    assert enrolment.availability == "tue 09:00-11:00;wed 09:00-10:00"
    assert enrolment.manager_email == "b@x.org"


def test_person_without_a_zone_starts_with_the_zone_of_the_cohort(build: Build, cohort: Cohort) -> None:
    take(build, cohort, "email,name\nann@example.com,Ann\n")

    assert db.session.scalars(select(Person.time_zone)).one() == "America/Chicago"


def test_known_person_is_found_however_the_address_is_written(build: Build, cohort: Cohort) -> None:
    ann = build.person("Ann Lee", email="ann.lee@example.com")

    result = take(build, cohort, "email,name\n  ANN.Lee@EXAMPLE.com ,Somebody Else\n")

    assert result.created == 1
    assert count(Person) == 1
    assert ann.name == "Ann Lee"
    assert db.session.scalars(select(Enrolment.person_id)).one() == ann.id


def test_file_fills_what_is_empty_and_leaves_what_a_person_wrote(build: Build, cohort: Cohort) -> None:
    ann = build.person("Ann Lee", email="ann@example.com", company="Mine", password_hash="x")
    enrolment = build.enrolment(cohort, ann, state=EnrolmentState.INVITED, goal="My own words")

    result = take(
        build, cohort, "email,name,company,job_title,goal,on_call\nann@example.com,Ann,Other,Lead,Theirs,none\n"
    )

    assert result.updated == 1
    assert (ann.company, ann.job_title) == ("Mine", "Lead")
    assert (enrolment.goal, enrolment.on_call) == ("My own words", "none")


def test_corrected_file_replaces_values_of_people_who_never_set_a_password(build: Build, cohort: Cohort) -> None:
    take(build, cohort, "email,name,company,goal\nann@example.com,Ann,Nortwind,Listn\n")

    result = take(build, cohort, "email,name,company,goal\nann@example.com,Ann,Northwind,Listen\n")

    assert result.updated == 1
    assert db.session.scalars(select(Person.company)).one() == "Northwind"
    assert db.session.scalars(select(Enrolment.goal)).one() == "Listen"


def test_empty_cell_empties_nothing(build: Build, cohort: Cohort) -> None:
    take(build, cohort, "email,name,company\nann@example.com,Ann,Northwind\n")

    result = take(build, cohort, "email,name,company\nann@example.com,Ann,\n")

    assert (result.updated, result.unchanged) == (0, 1)
    assert db.session.scalars(select(Person.company)).one() == "Northwind"


def test_somebody_who_declined_or_left_stays_as_they_are(build: Build, cohort: Cohort) -> None:
    for number, state in enumerate((EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN)):
        build.enrolment(cohort, build.person(email=f"p{number}@example.com"), state=state)

    result = take(build, cohort, "email,name,goal\np0@example.com,A,x\np1@example.com,B,x\n", enrol=True)

    assert result.unchanged == 2
    assert sorted(db.session.scalars(select(Enrolment.state))) == [EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN]


def test_enrolling_again_enrols_those_invited_before_and_nobody_twice(build: Build, cohort: Cohort) -> None:
    data = "email,name\nann@example.com,Ann\n"
    take(build, cohort, data)

    first, second = take(build, cohort, data, enrol=True), take(build, cohort, data, enrol=True)

    assert (first.updated, second.unchanged) == (1, 1)
    assert db.session.scalars(select(Enrolment.state)).one() is EnrolmentState.ENROLLED
    assert [message.template for message in db.session.scalars(select(Message))] == ["welcome"]


def test_enrolling_more_people_than_seats_makes_a_waiting_list_in_the_order_of_the_file(build: Build) -> None:
    cohort = build.cohort(seats=2)

    take(build, cohort, "email,name\na@x.org,A\nb@x.org,B\nc@x.org,C\n", enrol=True)

    states = db.session.execute(select(Person.name, Enrolment.state).join(Enrolment.person).order_by(Person.name))
    assert {row.name: row.state for row in states} == {
        "A": EnrolmentState.ENROLLED,
        "B": EnrolmentState.ENROLLED,
        "C": EnrolmentState.WAITLISTED,
    }


def test_import_without_enrolling_sends_no_mail(build: Build, cohort: Cohort, content: Path) -> None:
    take(build, cohort, (content / "participants.csv").read_bytes())

    assert count(Message) == 0


def test_mentor_without_a_capacity_has_room_for_one(build: Build, cohort: Cohort) -> None:
    take(build, cohort, "email,name,capacity\na@x.org,A,\nb@x.org,B,3\n", MENTOR)

    rows = db.session.execute(select(Person.name, Mentor.capacity).join(Mentor.person))
    assert {row.name: row.capacity for row in rows} == {"A": 1, "B": 3}


def test_accepted_mentor_keeps_the_capacity_they_chose(build: Build, cohort: Cohort) -> None:
    mentor = build.mentor(cohort, build.person(email="a@x.org"), capacity=2)

    take(build, cohort, "email,name,capacity\na@x.org,A,5\n", MENTOR)

    assert mentor.capacity == 2


@pytest.mark.parametrize(
    ("held", "kind", "file", "column", "message"),
    [
        (
            StaffRole.LEAD,
            PARTICIPANT,
            "email,name\na@x.org,A\n",
            "email",
            "This person is program lead of this cohort and cannot be a participant in it. Remove the row.",
        ),
        (
            StaffRole.FACILITATOR,
            PARTICIPANT,
            "email,name\na@x.org,A\n",
            "email",
            "This person is facilitator of this cohort and cannot be a participant in it. Remove the row.",
        ),
        (
            StaffRole.OBSERVER,
            MENTOR,
            "E-mail address,name\na@x.org,A\n",
            "E-mail address",
            "This person is observer of this cohort and cannot be a mentor in it. Remove the row.",
        ),
        (
            StaffRole.FACILITATOR,
            STAFF,
            "email,name,role\na@x.org,A,program lead\n",
            "role",
            "This person is facilitator of this cohort. A file does not change the role of anybody.",
        ),
        (
            StaffRole.OBSERVER,
            STAFF,
            "email,name,role\na@x.org,A,admin\n",
            "role",
            "This person has an account already, and a file makes nobody an admin who has one. Remove the row.",
        ),
    ],
)
def test_staff_are_kept_out_of_other_roles(
    build: Build, cohort: Cohort, held: StaffRole, kind: RosterKind, file: str, column: str, message: str
) -> None:
    person = build.person(email="a@x.org")
    build.staff(cohort, person, held)

    result = take(build, cohort, file, kind, may_appoint_admins=True)

    assert problems(result) == [(2, column, message)]
    assert result.roster.rows[0].state is RowState.ERROR
    assert (count(Enrolment), person.is_admin) == (0, False)


def test_facilitator_may_be_a_mentor(build: Build, cohort: Cohort) -> None:
    build.staff(cohort, build.person(email="a@x.org"), StaffRole.FACILITATOR)
    build.mentor(cohort, build.person(email="b@x.org"))

    assert take(build, cohort, "email,name\na@x.org,A\n", MENTOR).created == 1
    assert take(build, cohort, "email,name,role\nb@x.org,B,facilitator\n", STAFF).created == 1


def test_nobody_is_participant_and_mentor_of_one_cohort(build: Build, cohort: Cohort) -> None:
    build.enrolment(cohort, build.person(email="p@x.org"))
    build.mentor(cohort, build.person(email="m@x.org"))
    build.enrolment(cohort, build.person(email="gone@x.org"), state=EnrolmentState.WITHDRAWN)

    mentors = take(build, cohort, "email,name\np@x.org,P\ngone@x.org,G\n", MENTOR)
    participants = take(build, cohort, "email,name\nm@x.org,M\n")

    assert problems(mentors) == [
        (2, "email", "This person is a participant of this cohort and cannot be a mentor in it. Remove the row.")
    ]
    assert mentors.created == 1
    assert problems(participants) == [
        (2, "email", "This person is a mentor of this cohort and cannot take part in it. Remove the row.")
    ]


def test_role_in_another_cohort_does_not_matter(build: Build, cohort: Cohort) -> None:
    build.staff(build.cohort(), build.person(email="a@x.org"))

    assert take(build, cohort, "email,name\na@x.org,A\n").created == 1


def test_only_an_admin_appoints_another_one(build: Build, cohort: Cohort) -> None:
    file = "email,name,role\na@x.org,A,admin\n"

    refused = take(build, cohort, file, STAFF)
    taken = take(build, cohort, file, STAFF, may_appoint_admins=True)
    again = take(build, cohort, file, STAFF)

    message = "Only an admin may appoint another one. Ask an admin to import this row, or change the role."
    assert problems(refused) == [(2, "role", message)]
    assert (taken.created, again.unchanged) == (1, 1)
    assert count(Staff) == 0  # type: ignore[arg-type]


def test_role_that_ended_is_not_given_back(build: Build, cohort: Cohort) -> None:
    build.staff(cohort, build.person(email="a@x.org")).until = build.now - timedelta(days=1)

    result = take(build, cohort, "email,name,role\na@x.org,A,program lead\n", STAFF)

    message = "This person was program lead of this cohort and is not any more. A file does not give the role back."
    assert problems(result) == [(2, "role", message)]


def test_closed_account_is_not_opened_by_a_file(build: Build, cohort: Cohort) -> None:
    build.person(email="a@x.org", deactivated_at=build.now)

    result = take(build, cohort, "email,name\na@x.org,A\n")

    message = "The account with this address was closed. Ask an admin to open it, or remove the row."
    assert problems(result) == [(2, "email", message)]


def test_file_that_is_wrong_as_a_whole_is_refused(build: Build, cohort: Cohort) -> None:
    with pytest.raises(DomainError, match="No column was recognised for E-mail address"):
        take(build, cohort, "name\nAnn\n")


def test_archived_cohort_takes_nobody(build: Build) -> None:
    with pytest.raises(Conflict):
        take(build, build.cohort(state=CohortState.ARCHIVED), "email,name\na@x.org,A\n")


@pytest.mark.parametrize("number", [1, 3])
def test_import_takes_as_many_queries_for_many_as_for_one(
    build: Build, cohort: Cohort, queries: QueryCount, number: int
) -> None:
    rows = "".join(f"p{each}@x.org,P{each}\n" for each in range(number))

    with queries as seen:
        take(build, cohort, f"email,name\n{rows}", enrol=True)
        db.session.flush()

    # people, enrolments, mentors, staff; take the turn, join the line, move up, read back. How many rows one INSERT
    # takes is the driver's choice.
    others = [statement for statement in seen.statements if not statement.startswith("INSERT")]
    assert len(others) == 8


def test_file_may_say_where_people_stand_and_how_well_mentors_can_help(build: Build, cohort: Cohort) -> None:
    take(build, cohort, "email,name,seniority\nann@example.com,Ann,Team or shift lead\n")
    file = "email,name,seniority,strengths\nruth@example.com,Ruth,9,communication:4;Learning agility\n"
    take(build, cohort, file, MENTOR)

    mentor = db.session.scalars(select(Mentor)).one()
    assert {person.name: person.seniority for person in db.session.scalars(select(Person))} == {"Ann": 5, "Ruth": 9}
    assert (mentor.strengths, mentor.levels) == (["communication", "learning-agility"], {"communication": 4})
    assert take(build, cohort, file, MENTOR).unchanged == 1
