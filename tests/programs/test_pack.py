import pytest

from cohort.programs.pack import Completion, KpiExample, build_pack
from tests.programs.shipped import PACK


def test_pack_holds_what_the_file_says() -> None:
    module = PACK.module("starting-line")
    workshop = PACK.workshop("kickoff")
    assignment = PACK.assignment("leadership-starting-line")
    session = PACK.mentor_session("start-well")

    assert (PACK.key, PACK.length_days, len(PACK.modules), len(PACK.competencies)) == ("emerging-leaders", 180, 8, 6)
    assert (module.competency, module.opens, module.closes) == (
        "leading-by-example",
        "start+0d 08:00",
        "start+20d 17:00",
    )
    assert [lesson.key for lesson in module.lessons][:2] == ["two-jobs-one-calendar", "what-changed-with-the-title"]
    assert (workshop.at, workshop.alternative, workshop.minutes) == ("start+2d 10:00", "start+3d 15:00", 120)
    assert sum(point.minutes for point in workshop.agenda) == 120
    assert (assignment.due, assignment.reviewed_by) == ("workshop:kickoff+16d 17:00", "mentor")
    assert [len(line.levels) for line in assignment.rubric] == [4, 4, 4, 4]
    assert (session.by, session.minutes, len(session.agenda)) == ("start+12d 17:00", 45, 4)
    assert (module.workshop, module.assignment, module.mentor_session) == (workshop, assignment, session)


def test_pack_holds_what_is_outside_the_modules() -> None:
    assert PACK.lesson("what-changed-with-the-title").kind == "read"
    assert PACK.competency("communication").title == "Communication"
    assert len(PACK.checkin("checkin-1").questions) == 3
    assert (PACK.assessment("baseline").release, PACK.assessment("final-360").release) == (None, "start+165d 09:00")
    assert PACK.milestone("showcase").minutes == 120
    assert PACK.kpis[0].example == KpiExample(45, 25)
    assert PACK.completion == Completion("all", 75, ("capstone",), True)
    rules = {rule.key: rule for rule in PACK.reminders}
    assert (rules["assignment-soon"].offset, rules["assignment-soon"].at, rules["assignment-soon"].unless) == (
        "-3d",
        "09:00",
        "submitted",
    )
    assert (rules["workshop-hour"].offset, rules["workshop-hour"].at, rules["workshop-hour"].kind) == (
        "-1h",
        None,
        "critical",
    )


def test_finder_raises_for_a_key_that_nothing_has() -> None:
    with pytest.raises(KeyError):
        PACK.workshop("nowhere")


def test_what_a_document_leaves_out_is_empty() -> None:
    module = {
        "key": "only",
        "title": "Only",
        "competency": "all",
        "summary": "About.",
        "opens": "start+0d",
        "closes": "end+0d",
        "lessons": [],
    }
    pack = build_pack(
        {
            "format": "cohort-program/1",
            "key": "small",
            "title": "Small",
            "summary": "About.",
            "language": "en",
            "length_days": 7,
            "competencies": [],
            "modules": [module],
        }
    )

    assert (pack.checkins, pack.reminders, pack.completion) == ((), (), Completion())
    assert pack.module("only").workshop is None
    assert pack.module("only").reflection == ""
