from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.schedule.dates import (
    Anchor,
    DateExpression,
    ExpressionError,
    Position,
    describe,
    parse_clock,
    parse_expression,
    place,
    trace,
)

keys = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
expressions = st.one_of(
    st.builds(
        DateExpression, st.sampled_from(["start", "end", "match"]).map(Anchor), st.integers(-1000, 1000), at=times
    ),
    st.builds(
        DateExpression, st.sampled_from(["workshop", "module"]).map(Anchor), st.integers(-1000, 1000), keys, times
    ),
)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("start+16d 17:00", DateExpression(Anchor.START, 16, at=time(17))),
        ("end-3d", DateExpression(Anchor.END, -3)),
        ("match+10d", DateExpression(Anchor.MATCH, 10)),
        ("start-0d 00:00", DateExpression(Anchor.START, 0)),
        ("  start+2d   09:30 ", DateExpression(Anchor.START, 2, at=time(9, 30))),
        ("workshop:goals-clinic-1d 17:00", DateExpression(Anchor.WORKSHOP, -1, "goals-clinic", time(17))),
        ("workshop:week-1d-2d", DateExpression(Anchor.WORKSHOP, -2, "week-1d")),
        ("module:aim+0d 08:00", DateExpression(Anchor.MODULE, 0, "aim", time(8))),
    ],
)
def test_expression_is_read(text: str, expression: DateExpression) -> None:
    assert parse_expression(text) == expression


@given(expressions)
def test_expression_written_is_read_back(expression: DateExpression) -> None:
    assert parse_expression(str(expression)) == expression


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("start", "start+0d"),
        ("start 08:00", "start+0d 08:00"),
        ("module:aim", "module:aim+0d"),
        ("start+2", "start+2d"),
        ("start + 2d", "start+2d"),
        ("Start+2D", "start+2d"),
        ("end−3d at 7:30", "end-3d 07:30"),
        ("start +2 days 17:00", "start+2d 17:00"),
        ("workshop:Goals-clinic-1 17:00", "workshop:goals-clinic-1d 17:00"),
        ("start+2d 24:00", "start+2d 17:00"),
        ("start+2d 5pm", "start+2d 17:00"),
        ("start+٢d", "start+2d 17:00"),
        ("start+2d 17:00 sharp", "start+2d 17:00"),
        ("workshop:two words+2d", "workshop:kickoff+2d 17:00"),
    ],
)
def test_slip_is_refused_with_what_would_be_right(text: str, right: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)

    assert caught.value.code == "bad-expression"
    assert caught.value.message.startswith(f"“{text}” ")
    assert caught.value.message.endswith(f"write something like {right}.")
    parse_expression(right)


@pytest.mark.parametrize("text", ["", "+2d", "begin+2d", "2027-03-01", "workshops:kickoff+2d", "<script>"])
def test_unknown_anchor_is_refused_with_those_that_exist(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)

    assert caught.value.code == "unknown-anchor"
    assert "write start, end, match, workshop:KEY or module:KEY" in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("workshop+2d", "“workshop+2d” does not say which workshop: write its key after a colon, such as "),
        ("start:aim+2d", "“start:aim+2d” has a key, and start takes none: write start+2d 17:00."),
        ("start+1001d", "“start+1001d” counts 1001 days; at most 1000 can be counted."),
    ],
)
def test_expression_that_cannot_be_meant_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)

    assert caught.value.message.startswith(message)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_a_short_sentence(text: str) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        assert len(error.message) < 300
    else:
        assert parse_expression(str(expression)) == expression


@pytest.mark.parametrize("text", ["9:00", "24:00", "09:60", "0900", "09:00:00", "٠٩:٠٠", ""])
def test_clock_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day: write it as HH:MM"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workshop:kickoff+16d 17:00", "Workshop Kickoff + 16 days at 17:00"),
        ("start+2d 10:00", "Start + 2 days at 10:00"),
        ("start+1d 10:00", "Start + 1 day at 10:00"),
        ("start+0d 08:00", "Start at 08:00"),
        ("start+0d", "Start"),
        ("end-3d", "End − 3 days"),
        ("match+10d", "Matches published + 10 days"),
        ("module:aim+0d 08:00", "Module aim at 08:00"),
    ],
)
def test_expression_in_words(text: str, words: str) -> None:
    assert describe(parse_expression(text), {"workshop:kickoff": "Kickoff"}) == words


def test_trace_follows_chains_and_finds_circles() -> None:
    anchors = {
        "module:b": parse_expression("workshop:a+7d 08:00"),
        "workshop:a": parse_expression("module:a+2d 10:00"),
        "module:a": parse_expression("end-30d"),
        "module:m": parse_expression("match+3d"),
        "module:lost": parse_expression("workshop:nowhere+1d"),
        "module:tail": parse_expression("workshop:x+1d"),
        "workshop:x": parse_expression("module:y+1d"),
        "module:y": parse_expression("workshop:x+1d"),
        "workshop:self": parse_expression("workshop:self+1d"),
    }

    positions, circles = trace(anchors)

    assert positions == {
        "module:a": Position(Anchor.END, -30),
        "workshop:a": Position(Anchor.END, -28),
        "module:b": Position(Anchor.END, -21),
        "module:m": Position(Anchor.MATCH, 3),
    }
    assert circles == (("workshop:x", "module:y"), ("workshop:self",))
    assert place(parse_expression("module:b+1d"), positions) == Position(Anchor.END, -20)
    assert place(parse_expression("workshop:x+1d"), positions) is None


def test_trace_of_a_chain_of_thousands() -> None:
    anchors = {f"module:m{number}": parse_expression(f"module:m{number + 1}+1d") for number in range(3000)}
    anchors["module:m3000"] = parse_expression("start+0d")

    positions, circles = trace(anchors)

    assert positions["module:m0"] == Position(Anchor.START, 3000)
    assert circles == ()
