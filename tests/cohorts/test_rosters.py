"""The shipped rosters, the messy export fact by fact, and the way back through the download of error rows."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.cohorts.availability import Window
from cohort.cohorts.roster_fields import RosterKind, fields_of
from cohort.cohorts.roster_file import Table, TableRow, read_table
from cohort.cohorts.rosters import Counts, Roster, RowState, check_roster, error_csv, suggest_mapping

CONTENT = Path(__file__).parents[2] / "content"
AREAS = (
    "emotional-intelligence",
    "strategic-thinking",
    "communication",
    "empowering-others",
    "leading-by-example",
    "learning-agility",
)
MESSY = read_table((CONTENT / "participants-messy.csv").read_bytes())
FIELDS_OF_MESSY = {
    "Employee ID": None,
    "Full name": "name",
    "E-mail address": "email",
    "Employer": "company",
    "Position": "job_title",
    "Line manager e-mail": "manager_email",
    "Time zone": "time_zone",
    "Languages": "languages",
    "Wants to grow in": "growth_areas",
    "On call": "on_call",
    "Free hours": "availability",
    "Personal goal": "goal",
    "Cost centre": None,
    "Start date": None,
}


def check(table: Table, kind: RosterKind = RosterKind.PARTICIPANT, **options: dict[str, str | None]) -> Roster:
    return check_roster(table, kind, growth_areas=AREAS, **options)


def table_of(text: str) -> Table:
    return read_table(text.encode())


@pytest.fixture(scope="module")
def messy() -> Roster:
    return check(MESSY)


def test_messy_columns_are_mapped_by_their_headers(messy: Roster) -> None:
    assert MESSY.delimiter == ";"
    assert messy.mapping == FIELDS_OF_MESSY
    assert messy.ignored == ("Employee ID", "Cost centre", "Start date")
    assert messy.unrecognised == ()
    assert messy.notices == ()


def test_messy_summary_counts_rows_and_problems(messy: Roster) -> None:
    assert messy.counts == Counts(rows=21, ready=6, with_errors=13, skipped=2, problems=15, warnings=1)


@pytest.mark.parametrize(
    ("number", "state", "columns"),
    [
        (2, "ready", []),
        (3, "ready", []),
        (4, "error", ["E-mail address"]),
        (5, "error", ["E-mail address"]),
        (6, "error", ["E-mail address"]),
        (7, "skipped", []),
        (8, "error", ["Time zone"]),
        (9, "error", ["Wants to grow in"]),
        (10, "ready", []),
        (11, "error", ["Personal goal"]),
        (12, "error", [None]),
        (13, "ready", []),
        (14, "skipped", []),
        (15, "error", ["Full name"]),
        (16, "error", ["E-mail address"]),
        (17, "error", ["Free hours"]),
        (18, "ready", []),
        (19, "error", ["E-mail address", "Time zone"]),
        (20, "error", ["E-mail address"]),
        (21, "ready", []),
        (22, "error", ["Full name", "E-mail address"]),
    ],
)
def test_messy_row_is_judged(messy: Roster, number: int, state: str, columns: list[str | None]) -> None:
    row = messy.rows[number - 2]

    assert (row.number, row.state, [problem.column for problem in row.problems]) == (number, state, columns)
    assert bool(row.values) is (state == "ready")


@pytest.mark.parametrize(
    ("number", "found", "message"),
    [
        (
            4,
            "PETRA.NOVAKOVA@EXAMPLE.COM",
            "“PETRA.NOVAKOVA@EXAMPLE.COM” is the address of row 2 again. Keep one of the two rows.",
        ),
        (5, "", "Empty, but required. Fill it in, or remove the row."),
        (
            6,
            "kai.berg(at)example.org",
            "“kai.berg(at)example.org” is not an e-mail address. An email address must have an @-sign.",
        ),
        (8, "Berlin time", "“Berlin time” is not a time zone. Did you mean Europe/Berlin?"),
        (
            9,
            "communication;time-travel",
            f"Unknown: “time-travel”. Choose from {', '.join(AREAS)}.",
        ),
        (
            11,
            "I want to lead well. I want to lead well. I want to lead wel…",
            "“I want to lead well. I want to lead well. I want to lead wel…” is too long: "
            "10,000 characters, at most 2,000. Shorten it.",
        ),
        (
            12,
            "15 cells",
            "15 cells where the header has 14, so nothing of this row is taken. "
            "Put quotation marks round a cell that contains a semicolon.",
        ),
        (15, "", "Only spaces, but required. Fill it in, or remove the row."),
        (
            16,
            "jasper‹U+200B›.lim@example.com",
            "“jasper‹U+200B›.lim@example.com” contains an invisible character. Type the address again without it.",
        ),
        (
            17,
            "tuesday mornings",
            "“tuesday mornings” is not understood. Write days and times such as “tue 09:00-12:00;thu 13:00-15:00”.",
        ),
        (
            19,
            "gareth.pugh@",
            "“gareth.pugh@” is not an e-mail address. There must be something after the @-sign.",
        ),
        (
            20,
            "Anita.Rao@example.com",
            "“Anita.Rao@example.com” is the address of row 3 again. Keep one of the two rows.",
        ),
        (22, "", "Empty, but required. Fill it in, or remove the row."),
    ],
)
def test_messy_row_says_what_was_found_and_what_to_do(messy: Roster, number: int, found: str, message: str) -> None:
    problem = messy.rows[number - 2].problems[0]

    assert (problem.found, problem.message) == (found, message)


def test_messy_second_problem_of_a_row_is_reported_at_once(messy: Roster) -> None:
    assert str(messy.rows[17].problems[1]) == "Time zone: “London” is not a time zone. Did you mean Europe/London?"
    assert str(messy.rows[20].problems[1]) == "E-mail address: Empty, but required. Fill it in, or remove the row."


def test_messy_row_2_gives_typed_values(messy: Roster) -> None:
    assert messy.rows[0].email_key == "petra.novakova@example.com"
    assert messy.rows[0].values == {
        "email": "petra.novakova@example.com",
        "name": "Petra Nováková",
        "company": "Northwind Managed IT",
        "job_title": "Service Desk Lead",
        "seniority": None,
        "manager_email": "paul.hendricks@example.com",
        "time_zone": "America/Chicago",
        "languages": ("cs",),
        "growth_areas": ("communication", "empowering-others"),
        "on_call": "1 week in 4",
        "availability": (Window(1, 540, 660), Window(3, 780, 900)),
        "goal": "Give feedback the same week.",
    }


def test_messy_names_are_trimmed_and_composed(messy: Roster) -> None:
    assert messy.rows[1].values["name"] == "Anita Rao-D'Souza"
    assert messy.rows[1].values["email"] == "anita.rao@example.com"
    assert messy.rows[19].values["name"] == "Zo\u00e9 Br\u00e2nz\u0103"


def test_messy_formula_is_kept_as_text_with_one_warning(messy: Roster) -> None:
    row = messy.rows[8]

    assert row.values["goal"] == '=HYPERLINK("https://example.com/claim","Claim your bonus")'
    assert row.values["job_title"] == "+1 desk coordinator"
    assert [str(warning) for warning in row.warnings] == [
        "Personal goal: Looks like a spreadsheet formula. It is kept as plain text."
    ]


def test_messy_short_row_leaves_the_rest_empty(messy: Roster) -> None:
    values = messy.rows[11].values

    assert values["time_zone"] == "Africa/Johannesburg"
    assert [values[key] for key in ("languages", "growth_areas", "on_call", "availability", "goal")] == [
        (),
        (),
        "",
        (),
        "",
    ]


def test_messy_row_18_keeps_delimiters_and_line_breaks_inside_cells(messy: Roster) -> None:
    values = messy.rows[16].values

    assert values["name"] == "O'Hanlon-Smythe, Fionnuala"
    assert values["job_title"] == "Lead; Night Desk"
    assert values["goal"] == 'Two things:\n"listen first";\nthen decide.'
    assert values["growth_areas"] == ("emotional-intelligence",)


def test_messy_with_a_comma_chosen_gives_one_message() -> None:
    table = read_table((CONTENT / "participants-messy.csv").read_bytes(), delimiter=",")

    roster = check(table)

    assert roster.problems == (
        "With a comma between the cells, the file has only one column. "
        "It looks as if it is a semicolon: choose that and upload the file again.",
    )
    assert roster.rows == ()


CORRECTIONS = {
    "LC-2207": {"E-mail address": "declan.moore@example.net"},
    "ZU-0310": {"E-mail address": "kai.berg@example.org"},
    "ZU-0311": {"Time zone": "Europe/Berlin"},
    "CS-7001": {"Wants to grow in": "communication"},
    "CS-7003": {"Personal goal": "=Lead well"},
    "HP-9100": {"Full name": "Kiri Parata"},
    "HP-9101": {"E-mail address": "jasper.lim@example.com"},
    "HP-9102": {"Free hours": "tue 09:00-12:00"},
    "LC-2209": {"E-mail address": "gareth.pugh@example.net", "Time zone": "Europe/London"},
    "NW-0104": {"E-mail address": "anita.rao.2@example.com"},
    "Total: 18 people": {"Full name": "Total", "E-mail address": "total@example.com"},
}


def test_error_rows_keep_their_cells_and_gain_the_reasons(messy: Roster) -> None:
    rows = list(csv.reader(io.StringIO(error_csv(MESSY, messy), newline=""), delimiter=";"))

    assert rows[0] == [*FIELDS_OF_MESSY, "Reasons"]
    assert [row[0] for row in rows[1:]] == [row.cells[0] for row in messy.rows if row.state is RowState.ERROR]
    assert rows[11][:14] == list(messy.rows[17].cells)
    assert rows[11][14] == " ".join(map(str, messy.rows[17].problems))
    assert rows[7][:15] == list(messy.rows[10].cells)


def test_error_rows_corrected_are_accepted_as_they_are(messy: Roster) -> None:
    header, *rows = csv.reader(io.StringIO(error_csv(MESSY, messy), newline=""), delimiter=";")
    for row in rows:
        if len(row) > len(header):
            row[11:13] = [";".join(row[11:13])]
        for column, cell in CORRECTIONS.get(row[0], {}).items():
            row[header.index(column)] = cell
    corrected = io.StringIO(newline="")
    csv.writer(corrected, delimiter=";").writerows([header, *rows])

    roster = check(read_table(corrected.getvalue().encode("utf-8-sig")))

    assert roster.counts == Counts(rows=13, ready=13, with_errors=0, skipped=0, problems=0, warnings=1)
    assert roster.ignored == ("Employee ID", "Cost centre", "Start date", "Reasons")
    assert roster.rows[6].values["goal"] == "Stop fighting fires; start preventing them."


def test_error_rows_uploaded_unchanged_fail_again_with_one_column_of_reasons() -> None:
    table = table_of("email,name,goal\nann.lee@example.com,,=1+1\nbo@example.com,Bo,\n")
    again = table_of(error_csv(table, check(table)))

    download = error_csv(again, check(again))

    assert download == error_csv(table, check(table))
    assert download.splitlines() == [
        "email,name,goal,Reasons",
        'ann.lee@example.com,,\'=1+1,"name: Empty, but required. Fill it in, or remove the row."',
    ]


def test_error_row_with_empty_cells_beyond_the_header_has_its_reasons_in_their_column() -> None:
    table = table_of("email,name\nann@example.com,,,\n")

    assert error_csv(table, check(table)).splitlines() == [
        "email,name,Reasons",
        'ann@example.com,,"name: Empty, but required. Fill it in, or remove the row."',
    ]


def test_guard_of_a_formula_is_taken_off_when_the_file_comes_back() -> None:
    roster = check(table_of("email,name,on_call,goal\nann.lee@example.com,Ann Lee,'tis rare,'=1+1\n"))

    assert (roster.rows[0].values["goal"], roster.rows[0].values["on_call"]) == ("=1+1", "'tis rare")


@pytest.mark.parametrize(
    ("file", "kind", "rows"),
    [("participants.csv", "participant", 27), ("mentors.csv", "mentor", 14), ("staff.csv", "staff", 3)],
)
def test_shipped_roster_reads_without_problems(file: str, kind: str, rows: int) -> None:
    table = read_table((CONTENT / file).read_bytes())

    roster = check(table, RosterKind(kind))

    assert roster.counts == Counts(rows=rows, ready=rows, with_errors=0, skipped=0, problems=0, warnings=0)
    assert (roster.problems, roster.ignored, roster.unrecognised, roster.notices) == ((), (), (), ())
    assert list(roster.mapping.values()) == list(table.header)


def test_shipped_participant_has_a_goal_of_two_lines() -> None:
    roster = check(read_table((CONTENT / "participants.csv").read_bytes()))
    goals = {row.email_key: row.values["goal"] for row in roster.rows}

    assert goals["elliot.dangelo-kim@example.com"] == (
        "Ask for feedback every month, act on one point, and say what I did.\nHave my team do the same by graduation."
    )


def test_shipped_mentor_has_capacity_style_and_bio() -> None:
    values = check(read_table((CONTENT / "mentors.csv").read_bytes()), RosterKind.MENTOR).rows[9].values

    assert (values["capacity"], values["style"], values["strengths"], values["bio"]) == (
        0,
        ("open",),
        ("empowering-others", "learning-agility"),
        "On leave until the summer; happy to be asked for the cohort after this one.",
    )


def test_mapping_by_hand_replaces_the_suggestion() -> None:
    table = table_of("who,where to write,email\nAnn Lee,ann@example.com,desk@example.com\n")

    roster = check(table, mapping={"who": "name", "where to write": "email", "email": None})

    assert roster.rows[0].values["email"] == "ann@example.com"
    assert (roster.ignored, roster.unrecognised) == (("email",), ())


def test_mapping_without_required_fields_asks_for_all_of_them_at_once() -> None:
    roster = check(table_of("who,where to write\nAnn Lee,ann@example.com\n"))

    assert roster.problems == ("No column was recognised for E-mail address or Name. Choose the column that holds it.",)
    assert (roster.unrecognised, roster.rows) == (("who", "where to write"), ())


def test_mapping_with_two_columns_for_one_field_guesses_neither() -> None:
    table = table_of("E-mail,Name,Full name\nann@example.com,Ann,Ann Lee\n")

    assert suggest_mapping(table.header, RosterKind.PARTICIPANT) == {"E-mail": "email", "Name": None, "Full name": None}
    assert check(table).problems == ("Name can come from one column only: choose between “Name” and “Full name”.",)


def test_header_of_a_managers_address_is_never_the_persons_own() -> None:
    headers = ["Line manager e-mail", "Full name"]

    assert suggest_mapping(headers, RosterKind.PARTICIPANT) == {
        "Line manager e-mail": "manager_email",
        "Full name": "name",
    }
    assert suggest_mapping(headers, RosterKind.STAFF) == {"Line manager e-mail": None, "Full name": "name"}


def test_header_is_matched_without_case_spaces_and_punctuation() -> None:
    assert suggest_mapping(["TIME-ZONE", "job title", "E_Mail"], RosterKind.MENTOR) == {
        "TIME-ZONE": "time_zone",
        "job title": "job_title",
        "E_Mail": "email",
    }


def test_row_with_empty_cells_beyond_the_header_is_ready() -> None:
    assert check(table_of("email,name\nann@example.com,Ann Lee,,\n")).rows[0].state == "ready"


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(deadline=None)  # the first zone that is looked up reads the list of all zones
@given(st.lists(st.lists(cells, max_size=13), max_size=5), st.sampled_from(RosterKind))
def test_check_never_raises_and_accounts_for_every_row(rows: list[list[str]], kind: RosterKind) -> None:
    header = tuple(field.key for field in fields_of(kind))
    table = Table(header, tuple(TableRow(number, tuple(row)) for number, row in enumerate(rows, start=2)))

    counts = check(table, kind).counts

    assert counts.rows == counts.ready + counts.with_errors + counts.skipped == len(rows)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_check_never_raises_on_random_bytes(data: bytes) -> None:
    table = read_table(b"email,name\n" + data)

    assert bool(check(table).problems) is (table.problem is not None)
