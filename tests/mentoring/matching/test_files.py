"""Files in, files out: every error code, pins and locks, the report's parts."""

import csv
import io
import json
from random import Random

import pytest

from cohort.mentoring.matching import Outcome, match_files
from cohort.mentoring.matching.factors import DEFAULT_WEIGHTS

MENTORS = "mentor_id,name,company,capacity\n"
MENTEES = "mentee_id,name,company\n"
ONE = (MENTORS + "m1,Ruth,,1\n", MENTEES + "e1,Chinonso,\n")


def run(mentors: str, mentees: str, rules: str | None = None, previous: str | None = None, **more: object) -> Outcome:
    optional = [None if text is None else text.encode() for text in (rules, previous)]
    return match_files(mentors.encode(), mentees.encode(), *optional, **more)


def errors(outcome: Outcome) -> list[tuple[object, ...]]:
    assert (outcome.exit_code, outcome.pairs, outcome.report["status"]) == (2, None, "input_error")
    return [(each["file"], each["row"], each["column"], each["code"]) for each in outcome.report["errors"]]


def rows(outcome: Outcome) -> list[dict[str, str]]:
    assert outcome.exit_code == 0
    return list(csv.DictReader(io.StringIO(outcome.pairs.decode())))


def mentor_of(outcome: Outcome) -> dict[str, str]:
    return {row["mentee_id"]: row["mentor_id"] for row in rows(outcome)}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("mentor_id,name,company", "m1,,", (0, "capacity", "missing_column")),
        ("name,company,capacity", "R,,1\nS,,1", (0, "mentor_id", "missing_column")),
        ("mentor_id,name,company,capacity", ",R,,1", (1, "mentor_id", "empty_id")),
        ("mentor_id,name,company,capacity", "\n,,\nm1,R,,1\nm1,S,,1", (2, "mentor_id", "duplicate_id")),
        ("mentor_id,name,company,capacity,email", "m1,,,1,A@x\nm2,,,1,a@X", (2, "email", "duplicate_email")),
        ("mentor_id,name,company,capacity", "m1,,,", (1, "capacity", "bad_capacity")),
        ("mentor_id,name,company,capacity", "m1,,,100", (1, "capacity", "bad_capacity")),
        ("mentor_id,name,company,capacity", "m1,,,-1", (1, "capacity", "bad_capacity")),
        ("mentor_id,name,company,capacity", "m1,,,²", (1, "capacity", "bad_capacity")),
        ("mentor_id,name,company,capacity", "m1,,," + "9" * 5000, (1, "capacity", "bad_capacity")),
        ("mentor_id,name,company,capacity,seniority", "m1,,,1,0", (1, "seniority", "bad_seniority")),
        ("mentor_id,name,company,capacity,seniority", "m1,,,1,11", (1, "seniority", "bad_seniority")),
        ("mentor_id,name,company,capacity,timezone", "m1,,,1,Mars", (1, "timezone", "bad_timezone")),
        ("mentor_id,name,company,capacity,availability", "m1,,,1,Mon 9:00-12:00", (1, "availability", "bad_window")),
        (
            "mentor_id,name,company,capacity,availability",
            "m,,,1,Fri-Mon 09:00-12:00",
            (1, "availability", "bad_window"),
        ),
        ("mentor_id,name,company,capacity,availability", "m1,,,1,Mon 12:00-12:00", (1, "availability", "bad_window")),
        ("mentor_id,name,company,capacity,availability", "m1,,,1,Mon 09:05-12:00", (1, "availability", "bad_window")),
        ("mentor_id,name,company,capacity,availability", "m1,,,1,Mon 09:00-24:15", (1, "availability", "bad_window")),
        ("mentor_id,name,company,capacity,availability", "m1,,,1,Day 09:00-12:00", (1, "availability", "bad_window")),
        ("mentor_id,name,company,capacity,strengths", "m1,,,1,a:6", (1, "strengths", "bad_item")),
        ("mentor_id,name,company,capacity,strengths", "m1,,,1,a;:3", (1, "strengths", "bad_item")),
    ],
)
def test_mistake_in_mentors(header: str, row: str, expected: tuple[int, str, str]) -> None:
    assert errors(run(f"{header}\n{row}\n", ONE[1])) == [("mentors", *expected)]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("mentee_id,company", "e1,", (0, "name", "missing_column")),
        ("mentee_id,name,company", ",,Acme", (1, "mentee_id", "empty_id")),
        ("mentee_id,name,company", "e1,,\n \n,,\ne1,,", (2, "mentee_id", "duplicate_id")),
        ("mentee_id,name,company,email", "e1,,,a@x\ne2,,,ａ@x", (2, "email", "duplicate_email")),
        ("mentee_id,name,company,seniority", "e1,,,high", (1, "seniority", "bad_seniority")),
        ("mentee_id,name,company,timezone", "e1,,,UTC+14:15", (1, "timezone", "bad_timezone")),
        ("mentee_id,name,company,timezone", "e1,,,Europe", (1, "timezone", "bad_timezone")),
        ("mentee_id,name,company,availability", "e1,,,Mon", (1, "availability", "bad_window")),
        ("mentee_id,name,company,growth", "e1,,,a:0", (1, "growth", "bad_item")),
        ("mentee_id,name,company,growth", "e1,,,a:-1", (1, "growth", "bad_item")),
        ("mentee_id,name,company,priority", "e1,,,10", (1, "priority", "bad_priority")),
    ],
)
def test_mistake_in_mentees(header: str, row: str, expected: tuple[int, str, str]) -> None:
    assert errors(run(ONE[0], f"{header}\n{row}\n")) == [("mentees", *expected)]


@pytest.mark.parametrize(
    ("rules", "column"),
    [
        ("weights", ""),
        ("deep = " + "[" * 5000, ""),
        ("[colours]\n", "colours"),
        ("colour = 1\n", "colour"),
        ("weights = 1\n", "weights"),
        ("[weights]\ngrowht = 1\n", "weights.growht"),
        ("[weights]\ngrowth = 1001\n", "weights.growth"),
        ("[weights]\ngrowth = true\n", "weights.growth"),
        (
            "[weights]\n" + "".join(f"{name} = 0\n" for name in DEFAULT_WEIGHTS),
            "weights",
        ),
        ("[constraints]\nmin_starts = 0\n", "constraints.min_starts"),
        ("[constraints]\ntarget_starts = 673\n", "constraints.target_starts"),
        ("[constraints]\nmeeting_minutes = 50\n", "constraints.meeting_minutes"),
        ("[constraints]\nforbid_same_company = 1\n", "constraints.forbid_same_company"),
        ('[constraints]\ncompetitors = ["A"]\n', "constraints.competitors"),
        ("[constraints]\ncompetitors = [[1]]\n", "constraints.competitors"),
        ('[constraints]\nmissing_availability = "maybe"\n', "constraints.missing_availability"),
        ("[constraints]\nmin_seniority_gap = -10\n", "constraints.min_seniority_gap"),
        ("[constraints]\nmin_score_bp = 10001\n", "constraints.min_score_bp"),
        ("[constraints]\nreference_dates = []\n", "constraints.reference_dates"),
        ('[constraints]\nreference_dates = ["soon"]\n', "constraints.reference_dates"),
        ("[constraints]\nreference_dates = [2026-01-05T10:00:00]\n", "constraints.reference_dates"),
        ('[constraints]\ndefault_timezone = "Mars"\n', "constraints.default_timezone"),
        ("[constraints]\nmin_start = 1\n", "constraints.min_start"),
        ("[seniority]\nideal_min = 4\n", "seniority.ideal_min"),
        ("[seniority]\nideal_max = 10\n", "seniority.ideal_max"),
        ("[preference]\ndepth = 0\n", "preference.depth"),
        ('[objective]\nmode = "fast"\n', "objective.mode"),
        ("[objective]\npriority_bp = -1\n", "objective.priority_bp"),
        ("[fairness]\nload_penalty_bp = 1.5\n", "fairness.load_penalty_bp"),
        ('[stability]\nmode = "glue"\n', "stability.mode"),
        ('[pins]\non_conflict = "ask"\n', "pins.on_conflict"),
        ("[pin]\n", "pin"),
        ('[[pin]]\nmentee = "e1"\n', "pin.mentor"),
        ('[[pin]]\nmentee = 1\nmentor = "m1"\n', "pin.mentee"),
        ('[[forbid]]\nmentee = "e1"\nmentor = "m1"\nwhy = ""\n', "forbid.why"),
        ("[custom]\n", "custom"),
        (
            '[[custom]]\nname = "growth"\nkind = "same"\nmentor_column = "a"\nmentee_column = "a"\nweight = 1\n',
            "custom",
        ),
        ('[[custom]]\nname = "x"\nkind = "alike"\nmentor_column = "a"\nmentee_column = "a"\nweight = 1\n', "custom"),
        ('[[custom]]\nname = "x"\nkind = "same"\nmentor_column = "a"\nweight = 1\n', "custom"),
    ],
)
def test_mistake_in_rules(rules: str, column: str) -> None:
    assert errors(run(*ONE, rules)) == [("rules", 0, column, "bad_rules")]


def test_every_mistake_of_every_file_is_listed() -> None:
    outcome = run(MENTORS + "m1,,,x\n,,,1\n", "name\n", "[weights]\na = 1\nb = 1\n", "mentee_id\n")
    assert errors(outcome) == [
        ("mentors", 1, "capacity", "bad_capacity"),
        ("mentors", 2, "mentor_id", "empty_id"),
        ("mentees", 0, "mentee_id", "missing_column"),
        ("mentees", 0, "company", "missing_column"),
        ("rules", 0, "weights.a", "bad_rules"),
        ("rules", 0, "weights.b", "bad_rules"),
        ("previous", 0, "mentor_id", "missing_column"),
    ]


def test_file_that_is_not_utf8() -> None:
    assert errors(match_files(b"\xff", ONE[1].encode())) == [("mentors", 0, "", "bad_encoding")]


def test_file_that_could_not_be_opened() -> None:
    outcome = match_files(b"", ONE[1].encode(), b"", missing={"mentors", "rules"})
    assert errors(outcome) == [("mentors", 0, "", "missing_file"), ("rules", 0, "", "missing_file")]


def test_every_key_of_the_rules_is_accepted() -> None:
    rules = """
        [weights]
        timezone = 3
        [[custom]]
        name = "function"
        kind = "different"
        mentor_column = "function"
        mentee_column = "team"
        weight = 5
        [constraints]
        forbid_same_company = false
        competitors = [["Acme", "Globex"], []]
        require_common_language = false
        require_meeting = false
        meeting_minutes = 480
        min_starts = 672
        target_starts = 1
        missing_availability = "forbid"
        min_seniority_gap = 9
        min_score_bp = 0
        reference_dates = ["2026-01-07", 2026-07-06]
        default_timezone = "UTC+05:45"
        [seniority]
        ideal_min = -9
        ideal_max = 9
        [preference]
        depth = 100
        [objective]
        mode = "quality"
        priority_bp = 0
        [fairness]
        load_penalty_bp = 0
        [stability]
        mode = "lock"
        bonus_bp = 10000
        [pins]
        on_conflict = "drop"
        [[pin]]
        mentee = "e1"
        mentor = "m1"
        [[forbid]]
        mentee = "e9"
        mentor = "m1"
    """
    outcome = run(
        "mentor_id,name,company,capacity,function\nm1,,,1,IT\n", "mentee_id,name,company,team\ne1,,,HR\n", rules
    )
    assert outcome.pairs == (
        b"mentee_id,mentor_id,status,score_units,score,kept,reason\ne1,m1,pinned,50000,0.0463,0,\n"
    )
    assert outcome.report["warnings"] == [
        {"code": "unknown_reference", "file": "rules", "id": "", "column": "forbid.mentee", "reference": "e9"}
    ]


def test_file_is_read_generously() -> None:
    mentors = '﻿capacity , name,mentor_id,extra,company\r\n\r\n1,"Ruth, ""R""", m1 ,,,surplus\r\n ,,\r\n'
    assert mentor_of(run(mentors, MENTEES + "e1\n")) == {"e1": "m1"}


def test_levels_and_days_are_read() -> None:
    mentors = "mentor_id,name,company,capacity,strengths,availability\nm1,,,1,a:b; c : 4,"
    mentors += "MON-tue 09:00-10:00;sun 23:00-24:00\n"
    mentees = "mentee_id,name,company,growth,availability\ne1,,,A:B;C:3,Mon-Sun 00:00-24:00\n"
    factors = {each["name"]: each["value"] for each in run(mentors, mentees).report["pairs"][0]["factors"]}
    assert (factors["growth"], factors["availability"]) == ((3 + 3 * 4) * 10000 // 20, 3 * 10000 // 16)


PINS = '[[pin]]\nmentee="e1"\nmentor="m1"\n'


@pytest.mark.parametrize(
    ("more", "conflict"),
    [
        ('[[pin]]\nmentee="e9"\nmentor="m1"\n', {"code": "unknown_id", "mentee_id": "e9", "mentor_id": "m1"}),
        ('[[pin]]\nmentee="e2 "\nmentor="m2"\n', {"code": "unknown_id", "mentee_id": "e2 ", "mentor_id": "m2"}),
        ('[[pin]]\nmentee="e1"\nmentor="m2"\n', {"code": "mentee_pinned_twice", "mentee_id": "e1", "mentor_id": "m2"}),
        (
            '[[forbid]]\nmentee="e2"\nmentor="m2"\n[[pin]]\nmentee="e2"\nmentor="m2"\n',
            {"code": "absolute_constraint", "mentee_id": "e2", "mentor_id": "m2", "rules": ["staff_forbid"]},
        ),
        ('[[pin]]\nmentee="e2"\nmentor="m1"\n', {"code": "capacity", "mentee_id": "e2", "mentor_id": "m1"}),
    ],
)
def test_pin_that_cannot_be_honoured(more: str, conflict: dict[str, object]) -> None:
    people = (MENTORS + "m1,,,1\nm2,,,1\n", MENTEES + "e1,,\ne2,,\n")
    refused = run(*people, PINS + PINS + more)
    dropped = run(*people, PINS + more + '[pins]\non_conflict = "drop"\n')
    assert (refused.exit_code, refused.pairs, refused.report["conflicts"]) == (3, None, [conflict])
    assert dropped.report["warnings"] == [conflict]
    assert mentor_of(dropped)["e1"] == "m1"


def test_pin_overrides_what_is_not_absolute() -> None:
    people = (
        "mentor_id,name,company,capacity,languages,seniority\nm1,,Acme,1,fr,1\n",
        "mentee_id,name,company,languages,seniority\ne1,,Acme,en,9\n",
    )
    rules = "[constraints]\nmin_seniority_gap = 1\nmin_score_bp = 9000\n"
    assert rows(run(*people, rules))[0]["reason"] == "no_eligible_mentor"
    assert rows(run(*people, rules + PINS))[0]["status"] == "pinned"


def test_every_pin_is_named_that_cannot_be_honoured() -> None:
    people = (MENTORS + "m1,,,1\nm2,,,1\n", "mentee_id,name,company,vetoed_mentors\ne1,,,\ne2,,,m2\ne3,,,\n")
    pins = [("e9", "m1"), ("e1", "m1"), ("e1", "m9"), ("e1", "m2"), ("e2", "m2"), ("e3", "m1"), ("e3", "m1")]
    rules = "".join(f'[[pin]]\nmentee = "{mentee}"\nmentor = "{mentor}"\n' for mentee, mentor in pins)
    found = [(each["code"], each["mentee_id"], each["mentor_id"]) for each in run(*people, rules).report["conflicts"]]
    assert found == [
        ("unknown_id", "e9", "m1"),
        ("unknown_id", "e1", "m9"),
        ("mentee_pinned_twice", "e1", "m2"),
        ("absolute_constraint", "e2", "m2"),
        ("capacity", "e3", "m1"),
    ]


def test_pin_that_was_dropped_leaves_room_for_the_next() -> None:
    people = (MENTORS + "m1,,,1\nm2,,,1\n", MENTEES + "e1,,\n")
    rules = (
        '[pins]\non_conflict = "drop"\n[[pin]]\nmentee = "e1"\nmentor = "m9"\n[[pin]]\nmentee = "e1"\nmentor = "m2"\n'
    )
    assert [(row["mentor_id"], row["status"]) for row in rows(run(*people, rules))] == [("m2", "pinned")]


def test_pinned_and_locked_pairs_count_in_every_total() -> None:
    people = (MENTORS + "m1,,,2\nm2,,,2\n", "mentee_id,name,company,priority\ne1,,,3\ne2,,,\ne3,,,\n")
    rules = '[stability]\nmode = "lock"\n' + PINS
    outcome = run(*people, rules, "mentee_id,mentor_id\ne2,m1\n")
    report, weight = outcome.report, 100
    assert [row["status"] for row in rows(outcome)] == ["pinned", "locked", "matched"]
    assert report["objective"] == {
        "mode": "participation",
        "matched": 3,
        "value": (500 + 3 * 2000 - 300) * weight,
        "squares": 5,
        "score_units": 0,
        "kept": 1,
        "max_units": 10000 * weight,
    }
    assert (report["counts"]["pinned"], report["counts"]["locked"], report["loads"]) == (1, 1, {"m1": 2, "m2": 1})
    assert list(report["certificate"]["mentee"]) == ["e3"]


def test_lock_keeps_what_still_holds() -> None:
    people = (
        "mentor_id,name,company,capacity,vetoed_mentees\nm1,,,1,\nm2,,,2,e3\n",
        MENTEES + "e1,,\ne2,,\ne3,,\ne4,,\n",
    )
    previous = "mentor_id,mentee_id\nm1,e2\nm1,e1\nm2,e3\n,e4\nm9,e4\n"
    outcome = run(*people, '[stability]\nmode = "lock"\n', previous)
    assert [(row["mentee_id"], row["mentor_id"], row["status"], row["kept"]) for row in rows(outcome)] == [
        ("e1", "m1", "locked", "1"),
        ("e2", "m2", "matched", "0"),
        ("e3", "", "unmatched", ""),
        ("e4", "m2", "matched", "0"),
    ]
    assert outcome.report["unlocked"] == [
        {"mentee_id": "e2", "mentor_id": "m1"},
        {"mentee_id": "e3", "mentor_id": "m2"},
    ]


def test_shortage_is_proven_by_a_hall_set() -> None:
    people = (
        "mentor_id,name,company,capacity,languages\nm1,,,1,fr\nm2,,,1,fr\nm3,,,5,en\n",
        "mentee_id,name,company,languages\ne1,,,fr\ne2,,,fr\ne3,,,fr\ne4,,,en\n",
    )
    outcome = run(*people)
    assert outcome.report["unmatched"] == [
        {
            "mentee_id": "e3",
            "reason": "capacity_shortage",
            "blocked": {"language": 1},
            "sole_blocker": {"language": 1},
            "alternatives": [
                {"mentor_id": "m1", "score_units": 50000, "loss": {"matched": 0, "value": 0, "squares": 0}},
                {"mentor_id": "m2", "score_units": 50000, "loss": {"matched": 0, "value": 0, "squares": 0}},
            ],
            "hall": {"mentees": ["e1", "e2", "e3"], "mentors": ["m1", "m2"], "seats": 2},
        }
    ]


def test_nobody_eligible_names_the_rules_that_stand_alone() -> None:
    people = (
        "mentor_id,name,company,capacity,languages\nm1,,Acme,1,en\nm2,,Acme,1,fr\nm3,,Acme,0,en\n",
        "mentee_id,name,company,languages\ne1,,Acme,en\n",
    )
    (left_out,) = run(*people).report["unmatched"]
    assert left_out["blocked"] == {"same_company": 2, "language": 1}
    assert left_out["sole_blocker"] == {"same_company": 1}
    assert "hall" not in left_out


def test_quality_leaves_out_who_does_not_pay() -> None:
    rules = '[objective]\nmode = "quality"\n[fairness]\nload_penalty_bp = 10000\n'
    outcome = run(MENTORS + "m1,,,2\n", MENTEES + "e1,,\ne2,,\n", rules)
    assert [row["reason"] for row in rows(outcome)] == ["", "outscored"]


def test_alternative_without_a_seat_to_give_has_no_loss() -> None:
    people = (MENTORS + "m1,,,1\nm2,,,1\nm3,,,0\n", MENTEES + "e1,,\ne2,,\n")
    pairs = run(*people, PINS).report["pairs"]
    assert [(pair["mentee_id"], pair["alternatives"]) for pair in pairs] == [
        ("e1", []),
        (
            "e2",
            [
                {"mentor_id": "m1", "score_units": 0, "loss": None},
                {"mentor_id": "m3", "score_units": 0, "loss": None},
            ],
        ),
    ]


def test_diagnostics() -> None:
    mentors = "mentor_id,name,company,capacity,seniority\nm1,,,1,5\nm2,,,1,2\nm3,,,2,9\nm4,,,0,5\n"
    mentees = "mentee_id,name,company,seniority,ranked_mentors\ne1,,,3,m9;m1\ne2,,,3,m1\ne3,,,1,m9\n"
    diagnostics = run(mentors, mentees, "[weights]\npreference = 0\n").report["diagnostics"]
    assert diagnostics == {
        "score": {"min": 25000, "p10": 25000, "p50": 100000, "p90": 100000, "max": 100000, "mean": 75000},
        "first_choice": {"ranking": 2, "first": 0, "any": 1},
        "blocking_pairs": 0,
        "load_histogram": {"0": 1, "1": 3},
        "spare_seats": 1,
    }


def test_diagnostics_without_a_pair() -> None:
    diagnostics = run(MENTORS, MENTEES + "e1,,\n").report["diagnostics"]
    assert diagnostics["score"] == dict.fromkeys(["min", "p10", "p50", "p90", "max", "mean"])


def test_pair_that_would_rather_be_together_is_counted() -> None:
    mentors = "mentor_id,name,company,capacity,seniority\nm1,,,1,5\nm2,,,1,1\n"
    mentees = "mentee_id,name,company,seniority,vetoed_mentors\ne1,,,3,\ne2,,,6,m2\n"
    outcome = run(mentors, mentees)
    assert mentor_of(outcome) == {"e1": "m2", "e2": "m1"}
    assert outcome.report["diagnostics"]["blocking_pairs"] == 1


def test_custom_column_that_nobody_filled_is_a_warning() -> None:
    rules = '[[custom]]\nname = "x"\nkind = "same"\nmentor_column = "a"\nmentee_column = "name"\nweight = 1\n'
    assert run(*ONE, rules).report["warnings"] == [
        {"code": "empty_column", "file": "mentors", "factor": "x", "column": "a"}
    ]


def test_unknown_wish_is_a_warning() -> None:
    mentees = "mentee_id,name,company,ranked_mentors\ne1,,,m9;m1\n"
    assert run(ONE[0], mentees).report["warnings"] == [
        {"code": "unknown_reference", "file": "mentees", "id": "e1", "column": "ranked_mentors", "reference": "m9"}
    ]


def test_rows_in_any_order_give_the_same_bytes() -> None:
    random = Random(70)
    mentors = [f"m{n},,c{n % 3},{n % 3},{'a;b' if n % 2 else 'b'}" for n in range(12)]
    mentees = [f"e{n},,c{n % 4},{'a' if n % 3 else 'b:3'}" for n in range(15)]
    outcomes = set()
    for _ in range(10):
        one = "\n".join(["mentor_id,name,company,capacity,strengths", *random.sample(mentors, 12)])
        other = "\n".join(["mentee_id,name,company,growth", *random.sample(mentees, 15)])
        outcome = run(one, other)
        outcomes.add((outcome.pairs, json.dumps(outcome.report)))
    assert len(outcomes) == 1


def test_rerun_on_its_own_pairs_changes_nothing() -> None:
    people = (MENTORS + "m1,,,2\nm2,,,2\n", MENTEES + "e1,,\ne2,,\ne3,,\n")
    first = run(*people)
    again = run(*people, None, first.pairs.decode())
    assert mentor_of(again) == mentor_of(first)
    assert {row["kept"] for row in rows(again)} == {"1"}
