"""Reasons in words: the strongest first, one caution, nothing that only staff may know."""

from dataclasses import replace

from cohort.mentoring.matching import Mentee, Mentor, Reason, Rules, Window, match_people, reasons

RUTH = Mentor(
    id="m1",
    name="Ruth Adeyemi",
    capacity=1,
    timezone="Africa/Lagos",
    availability=(Window(1, 13 * 60, 17 * 60),),
    languages=("English",),
    strengths=(("communication", 5), ("strategy", 2)),
)
CHINONSO = Mentee(
    id="e1",
    name="Chinonso Obi",
    timezone="America/Los_Angeles",
    availability=(Window(1, 5 * 60, 9 * 60),),
    languages=("English",),
    growth=(("strategy", 1), ("Communication", 2)),
)


def told(mentor: Mentor, mentee: Mentee, rules: Rules | None = None) -> list[Reason]:
    return reasons(match_people([mentor], [mentee], rules or Rules()), mentee.id)


def test_reasons_are_the_strongest_factors_and_the_gravest_caution() -> None:
    assert told(RUTH, CHINONSO) == [
        Reason("because", "Ruth can help with Communication, one of Chinonso’s growth areas"),
        Reason("because", "They share 9 possible meeting starts a week"),
        Reason("watch", "9 hours apart"),
    ]


def test_shared_hours_are_counted() -> None:
    mentee = replace(CHINONSO, timezone="Africa/Lagos", availability=RUTH.availability, growth=())
    assert told(RUTH, mentee) == [
        Reason("because", "They share 13 possible meeting starts a week"),
        Reason("because", "Both speak English"),
        Reason("watch", "Chinonso has not named growth areas"),
    ]


def test_few_shared_hours_are_a_caution() -> None:
    mentee = replace(CHINONSO, timezone="Africa/Lagos", availability=(Window(1, 16 * 60, 18 * 60),))
    assert told(RUTH, mentee)[2] == Reason("watch", "Only 1 possible meeting start a week")


def test_what_is_a_caution_does_not_speak_for_the_pair_as_well() -> None:
    few = replace(CHINONSO, timezone="Africa/Lagos", availability=(Window(1, 16 * 60, 18 * 60),))
    assert [one.text for one in told(RUTH, few)[:2]] == [
        "Ruth can help with Communication, one of Chinonso’s growth areas",
        "Both speak English",
    ]
    equals = told(
        replace(RUTH, seniority=4),
        replace(CHINONSO, timezone="Africa/Lagos", availability=RUTH.availability, seniority=4),
    )
    assert equals[2] == Reason("watch", "Few grades lie between Chinonso and Ruth")
    assert "They stand at the same grade" not in [one.text for one in equals]


def test_wishes_are_never_told() -> None:
    mentee = Mentee(id="e1", name="Chinonso", ranked_mentors=("m1",))
    mentor = Mentor(id="m1", name="Ruth", capacity=1, ranked_mentees=("e1",))
    assert told(mentor, mentee) == [
        Reason("because", "No other plan would serve the whole cohort better"),
        Reason("because", "Both have a place for each other in this cohort"),
        Reason("watch", "Neither has named weekly hours"),
    ]


def test_pin_is_told_as_staffs_decision() -> None:
    pinned = told(Mentor(id="m1", capacity=1), Mentee(id="e1"), Rules(pins=(("e1", "m1"),)))
    assert pinned[0] == Reason("because", "Program staff put these two together")


def test_nobody_has_no_reasons() -> None:
    assert told(replace(RUTH, capacity=0), CHINONSO) == []
