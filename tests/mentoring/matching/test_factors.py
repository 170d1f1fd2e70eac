"""Factors and hard rules against the plain reading of the contract, and the cases that random data seldom meets."""

from random import Random

import pytest

from cohort.mentoring.matching import CustomFactor, Mentee, Mentor, Rules, Window, match_people
from cohort.mentoring.matching.constraints import ABSOLUTE, CODES
from cohort.mentoring.matching.model import Model
from tests.mentoring.matching.reference import codes, random_case, values

MENTOR = {"id": "m", "capacity": 1}


def value(name: str, mentee: Mentee, mentor: Mentor, rules: Rules) -> int | None:
    point = next(point for point in Model([mentor], [mentee], rules).points.of(mentee, mentor) if point.name == name)
    return None if point.missing else point.value


def ruled_out(mentee: Mentee, mentor: Mentor, rules: Rules) -> list[str]:
    masks = Model([mentor], [mentee], rules).ruled_out(0)
    return [code for code, mask in masks.items() if mask]


def test_every_factor_and_rule_is_the_contracts() -> None:
    random = Random(1)
    for _ in range(150):
        case = random_case(random)
        model = Model(*case)
        for mentee in case.mentees:
            row = model.mentee_places[mentee.id]
            masks = model.ruled_out(row)
            for mentor in case.mentors:
                place = model.mentor_places[mentor.id]
                found = {p.name: None if p.missing else p.value for p in model.points.of(mentee, mentor)}
                assert found == values(mentee, mentor, case.rules)
                assert [code for code, mask in masks.items() if mask >> place & 1] == codes(mentee, mentor, case.rules)


def test_missing_data_has_no_value() -> None:
    mentee, mentor = Mentee(id="e"), Mentor(**MENTOR)
    points = Model([mentor], [mentee], Rules()).points.of(mentee, mentor)
    assert [(point.name, point.value) for point in points if point.missing] == [
        ("growth", 0),
        ("goals", 0),
        ("availability", 0),
        ("language", 0),
        ("seniority", 0),
        ("timezone", 0),
    ]


def test_texts_are_compared_by_key() -> None:
    mentee = Mentee(id="e", growth=(("ＦＥＥＤＢＡＣＫ  giving", 1),), languages=("straße",))
    mentor = Mentor(**MENTOR, strengths=(("feedback giving", 5),), languages=("STRASSE",))
    assert value("growth", mentee, mentor, Rules()) == 10_000
    assert value("language", mentee, mentor, Rules()) == 10_000


def test_repeated_strength_counts_at_its_greatest() -> None:
    mentee = Mentee(id="e", growth=(("a", 1), ("b", 1)))
    mentor = Mentor(**MENTOR, strengths=(("a", 2), ("A", 4), ("a", 1)))
    assert value("growth", mentee, mentor, Rules()) == 4000


@pytest.mark.parametrize(("ranked", "expected"), [(("x", "m"), 8000), (("m", "m"), 10_000), (("x",) * 5 + ("m",), 0)])
def test_wish_keeps_its_place(ranked: tuple[str, ...], expected: int) -> None:
    assert value("preference", Mentee(id="e", ranked_mentors=ranked), Mentor(**MENTOR), Rules()) == expected


@pytest.mark.parametrize(
    ("kind", "mine", "theirs", "expected"),
    [
        ("same", "Sales", " sales", 0),
        ("same", "Sales", "sales", 10_000),
        ("different", "Sales", "sales", 0),
        ("different", "Sales", "IT", 10_000),
        ("different", "Sales", "", None),
        ("overlap", "a; b ;c", "B;x", 3333),
        ("overlap", " ; ", "B", None),
    ],
)
def test_custom_factor(kind: str, mine: str, theirs: str, expected: int | None) -> None:
    rules = Rules(custom=(CustomFactor("function", kind, "theirs", "mine", 5),))
    mentee, mentor = Mentee(id="e", columns={"mine": mine}), Mentor(**MENTOR, columns={"theirs": theirs})
    assert value("function", mentee, mentor, rules) == expected


def test_custom_factor_of_people_built_in_code_decides() -> None:
    mentors = [
        Mentor(id=f"m{n}", capacity=1, columns={"style": style}) for n, style in enumerate(("listening", "direct"))
    ]
    mentee = Mentee(id="e", columns={"style": "Direct; challenging"})
    rules = Rules(custom=(CustomFactor("style", "overlap", "style", "style", 10),))
    [pair] = match_people(mentors, [mentee], rules).pairs
    assert (pair.mentor_id, pair.units) == ("m1", 10 * 5000)


def test_any_number_of_factors_is_summed_exactly() -> None:
    custom = tuple(CustomFactor(f"f{n}", "same", "a", "a", 1000) for n in range(450))
    mentor, mentee = Mentor(**MENTOR, columns={"a": "x"}), Mentee(id="e", columns={"a": "x"})
    [pair] = match_people([mentor], [mentee], Rules(custom=custom, min_score_bp=9000), [("e", "m")]).pairs
    assert pair.units == 450 * 1000 * 10_000


@pytest.mark.parametrize("target", [255, 256, 672])
def test_target_of_any_number_of_starts(target: int) -> None:
    always = tuple(Window(day, 0, 1440) for day in range(7))
    mentor, rules = Mentor(**MENTOR, availability=always), Rules(target_starts=target)
    for minutes in (75, 120, 1440):
        mentee = Mentee(id="e", availability=tuple(Window(day, 0, minutes) for day in range(7)))
        starts = 672 if minutes == 1440 else 7 * (minutes // 15 - 3)
        assert value("availability", mentee, mentor, rules) == min(10_000, (20_000 * starts + target) // (2 * target))


def test_zones_half_a_day_apart_have_no_value() -> None:
    mentee, mentor = Mentee(id="e", timezone="UTC-06:00"), Mentor(**MENTOR, timezone="UTC+06:00")
    assert value("timezone", mentee, mentor, Rules()) == 0
    assert value("timezone", mentee, Mentor(**MENTOR, timezone="UTC+13:45"), Rules()) == r_of(255)


def r_of(minutes_apart: int) -> int:
    return round(10_000 * (720 - minutes_apart) / 720)


@pytest.mark.parametrize(
    ("code", "mentee", "mentor", "rules"),
    [
        ("same_person", {"email": "A@x.org"}, {"email": "a@X.org"}, {}),
        ("line_manager", {"manager": ("m",)}, {}, {}),
        ("line_manager", {"manager": ("B@x.org",)}, {"email": "b@x.org"}, {}),
        ("line_manager", {}, {"manager": ("e",)}, {}),
        ("line_manager", {"email": "b@x.org"}, {"manager": ("z", "B@x.org")}, {}),
        ("mentee_veto", {"vetoed_mentors": ("m",)}, {}, {}),
        ("mentor_veto", {}, {"vetoed_mentees": ("e",)}, {}),
        ("staff_forbid", {}, {}, {"forbids": (("e", "m"),)}),
        ("same_company", {"company": "ACME"}, {"company": "Acme"}, {}),
        ("competitor", {"company": "acme"}, {"company": "Globex"}, {"competitors": (("Acme", "Globex"),)}),
        ("language", {"languages": ("en",)}, {"languages": ("fr",)}, {}),
        ("availability", {"availability": (Window(0, 0, 60),)}, {"availability": (Window(1, 0, 60),)}, {}),
        ("availability", {"availability": (Window(0, 0, 60),)}, {}, {"missing_availability": "forbid"}),
        ("seniority", {"seniority": 5}, {"seniority": 4}, {"min_seniority_gap": 0}),
        ("min_score", {}, {}, {"min_score_bp": 1}),
    ],
)
def test_each_rule_alone(code: str, mentee: dict, mentor: dict, rules: dict) -> None:
    assert ruled_out(Mentee(id="e", **mentee), Mentor(**MENTOR, **mentor), Rules(**rules)) == [code]


@pytest.mark.parametrize(
    ("mentee", "mentor", "rules"),
    [
        ({"email": ""}, {"email": ""}, {}),
        ({"company": "A"}, {"company": "A"}, {"forbid_same_company": False, "competitors": (("A", "B"),)}),
        ({"company": ""}, {"company": "B"}, {"competitors": (("", "B"),)}),
        ({"languages": ("en",)}, {}, {}),
        ({"languages": ("en",)}, {"languages": ("fr",)}, {"require_common_language": False}),
        ({"availability": (Window(0, 0, 60),)}, {}, {}),
        ({"availability": (Window(0, 0, 60),)}, {"availability": (Window(1, 0, 60),)}, {"require_meeting": False}),
        ({"seniority": 5}, {}, {"min_seniority_gap": 0}),
    ],
)
def test_rule_that_does_not_apply(mentee: dict, mentor: dict, rules: dict) -> None:
    assert ruled_out(Mentee(id="e", **mentee), Mentor(**MENTOR, **mentor), Rules(**rules)) == []


def test_codes_stand_in_the_order_of_the_contract() -> None:
    assert (*ABSOLUTE, "same_company", "competitor", "language", "availability", "seniority", "min_score") == CODES
