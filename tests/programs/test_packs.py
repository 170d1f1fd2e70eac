"""One mistake in the shipped pack gives one error, with its path and its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.programs.pack import build_pack
from cohort.programs.packs import read_pack
from tests.programs.mistakes import MISTAKES
from tests.programs.shipped import SHIPPED, line_of, replace


def test_shipped_pack_has_no_mistake() -> None:
    reading = read_pack(SHIPPED.encode())

    assert reading.errors == ()
    assert reading.document is not None
    assert reading.pack == build_pack(reading.document)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_gives_one_error_in_its_place(name: str) -> None:
    old, new, code, path, piece = MISTAKES[name]
    broken = replace(old, new)

    reading = read_pack(broken)

    assert [(error.code, error.path, error.line) for error in reading.errors] == [(code, path, line_of(piece, broken))]
    assert (reading.document, reading.pack) == (None, None)


def test_several_mistakes_are_all_listed_in_the_order_of_the_file() -> None:
    names = [
        "title left out",
        "workshop key of another module",
        "unknown workshop",
        "unknown competency",
        "agenda of the wrong length",
        "reminder without its time",
    ]
    broken = SHIPPED
    for name in names:
        broken = replace(*MISTAKES[name][:2], text=broken)

    errors = read_pack(broken).errors

    assert [error.path for error in errors] == [
        "competencies[0].title",
        "modules[0].workshop.agenda",
        "modules[0].assignment.due",
        "modules[1].workshop.key",
        "modules[6].competency",
        "reminders[4].at",
    ]


def test_mistakes_under_a_misspelt_name_are_listed_too() -> None:
    broken = replace(*MISTAKES["misspelt list of modules"][:2])
    broken = replace(*MISTAKES["unknown workshop"][:2], text=broken)

    assert [(error.code, error.path) for error in read_pack(broken).errors] == [
        ("unknown-field", "module"),
        ("unknown-anchor", "module[0].assignment.due"),
    ]


def test_circle_is_one_error_and_names_its_members() -> None:
    broken = replace("    opens: start+0d 08:00\n", "    opens: workshop:kickoff-2d 08:00\n")
    broken = replace("at: start+2d 10:00", "at: module:aim+2d 10:00", text=broken)
    broken = replace("    opens: start+21d 08:00\n", "    opens: module:starting-line+21d 08:00\n", text=broken)

    (error,) = read_pack(broken).errors

    assert (error.code, error.path) == ("circle", "modules[0].opens")
    assert error.line == line_of("opens: workshop:kickoff-2d", broken)
    assert "module:starting-line → workshop:kickoff → module:aim → module:starting-line" in error.message


def test_two_circles_are_two_errors() -> None:
    broken = replace("at: start+2d 10:00", "at: workshop:kickoff+2d 10:00")
    broken = replace("at: start+30d 10:00", "at: workshop:goals-clinic+2d 10:00", text=broken)

    assert [error.path for error in read_pack(broken).errors] == ["modules[0].workshop.at", "modules[1].workshop.at"]


def test_key_that_nothing_has_is_one_error_that_names_all_its_uses() -> None:
    broken = replace("      key: kickoff\n", "      key: first-meeting\n")

    (error,) = read_pack(broken).errors

    due = line_of("due: workshop:kickoff+16d", broken)
    assert error.message.endswith(f"It is also used at modules[0].assignment.due (line {due}).")


def test_closing_is_not_compared_across_roots() -> None:
    """Nobody knows before the matches are published whether this closes too early."""
    reading = read_pack(replace("    closes: start+14d 17:00\n", "    closes: match+1d 17:00\n"))

    assert reading.errors == ()


def test_message_shortens_what_was_found() -> None:
    (error,) = read_pack(replace("at: start+2d 10:00", f"at: {'x' * 5000}")).errors

    assert len(error.message) < 250


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty", 1),
        ("# nothing but a remark\n", "empty", 1),
        ("- a\n- b\n", "wrong-type", 1),
        ("format: [\n", "yaml", 1),
        ("format: cohort-program/1\ntitle: 'open\n", "yaml", 2),
        ("format: cohort-program/1\n---\nformat: cohort-program/1\n", "yaml", 2),
        ("? [format]\n: 1\n", "yaml", 1),
        ("a: &a [*a]\n", "yaml", 1),
        ("[" * 100_000, "yaml", 1),
        ("- " * 100_000, "yaml", 1),
        ("{a: " * 100_000, "yaml", 1),
        (b"format: cohort-program/1\ntitle: \xe9\n", "encoding", 2),
        ("format: cohort-program/1".encode("utf-16"), "encoding", 1),
        (b"format: cohort-program/1\n\ntitle: \x00\n", "control-character", 3),
        (b" " * (2 * 1024 * 1024 + 1), "too-large", 1),
    ],
)
def test_text_that_cannot_be_read_gives_one_error(text: str | bytes, code: str, line: int) -> None:
    assert [(error.code, error.line) for error in read_pack(text).errors] == [(code, line)]


def test_file_that_is_wrong_all_over_gives_the_first_few_hundred_errors() -> None:
    levels = "\n".join(f"  - {{key: c{number}, levels: 0, behaviours: 0}}" for number in range(50))
    modules = "\n".join(f"  - {{key: m{number}}}" for number in range(200))

    errors = read_pack(f"format: cohort-program/1\ncompetencies:\n{levels}\nmodules:\n{modules}\n").errors

    assert len(errors) == 501
    assert (errors[-1].code, errors[-1].path) == ("more-errors", "")


def test_list_that_is_too_long_is_one_error() -> None:
    checkins = "\n".join("  - {}" for _ in range(201))
    before, after = SHIPPED.split("checkins:\n")
    _, after = after.split("\nassessments:\n")

    (error,) = read_pack(f"{before}checkins:\n{checkins}\nassessments:\n{after}").errors

    assert (error.code, error.path) == ("too-many", "checkins")


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    reading = read_pack(text)

    assert (reading.document is None) == bool(reading.errors)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SHIPPED) - 1), st.integers(1, 40), st.text(max_size=5))
def test_any_slip_in_the_shipped_pack_is_read_or_refused(at: int, length: int, typed: str) -> None:
    text = SHIPPED[:at] + typed + SHIPPED[at + length :]

    reading = read_pack(text)

    assert (reading.document is None) == bool(reading.errors)
    assert all(1 <= error.line <= len(text.splitlines()) for error in reading.errors)
