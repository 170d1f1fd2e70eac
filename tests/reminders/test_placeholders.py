"""Placeholders in words of staff: which there are, what is refused, and that nothing else is ever put in."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html import escape
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from cohort.config import Settings
from cohort.mail.composing import Composer
from cohort.mail.letters import Button, Desk, Letter
from cohort.mail.links import Links
from cohort.mail.models import Message
from cohort.programs.combining import FITTING, OCCASIONS
from cohort.programs.pack import ReminderRule
from cohort.reminders.letters import SAYS
from cohort.reminders.occasions import Occasion, Pair, Reader
from cohort.reminders.owing import Owed, owe
from cohort.reminders.own_words_letters import in_own_words, values_of
from cohort.reminders.placeholders import fill, list_broken, placeholders_of

ABOUT = "assignment.due"
LISTED = [one.name for one in placeholders_of(ABOUT)]
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
PIECES = st.one_of(
    st.sampled_from([f"{{{name}}}" for name in LISTED]),
    st.sampled_from(
        ["{", "}", "{}", "{{", "}}", "{0}", "{first_name.x}", "{first_name!r}", "{{ cohort }}", "{%", "%s"]
    ),
    st.text(max_size=6),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


def desk_of(person: str = "Priya Raman", zone: str = "Europe/London", cohort: str = "Spring Emerging Leaders") -> Desk:
    reader: Any = SimpleNamespace(id=1, name=person, time_zone=zone, password_hash="set")
    of: Any = SimpleNamespace(title=cohort, zone="America/Chicago", slug="spring")
    return Desk(Message(dedup_key="x"), reader, of, Links("https://cohort.example"), "Prairie", "", NOW)


def owed_of(
    about: str = ABOUT,
    *,
    mentor: str | None = "Luis Ortega",
    at: datetime = datetime(2026, 12, 4, 23, 0, tzinfo=UTC),
    title: str = "Three conversations",
    **words: str,
) -> Owed:
    priya = Reader(1, "Priya Raman", "Europe/London")
    pair = Pair(5, Reader(2, mentor, "America/Chicago"), at) if mentor else None
    occasion = Occasion(about, "key", title, 7, priya, pair, at, since=at)
    rule = ReminderRule("key", about, "-1d", FITTING[about].audiences[0], "digest", at="09:00", **words)  # type: ignore[arg-type]
    return owe(rule, occasion, priya)


def letter() -> Letter:
    return Letter(
        "Subject", "Title", "opening.", Button("Open", "https://cohort.example/x"), "why", paragraphs=("more",)
    )


def wrong(text: str, about: str = ABOUT, *, is_subject: bool = False) -> list[str]:
    return list(list_broken(text, about, is_subject=is_subject))


def test_every_occasion_has_placeholders_and_values_for_them() -> None:
    for about in OCCASIONS:
        for mentor in ("Luis Ortega", None):
            values = values_of(desk_of(), owed_of(about, mentor=mentor), "https://cohort.example/x")
            said = [values[one.name] for one in placeholders_of(about)]
            assert all(words.strip() for words in said), about


def test_mails_can_speak_of_nothing_that_rules_cannot() -> None:
    assert set(SAYS) <= set(FITTING)


def test_words_are_filled_in_for_the_reader() -> None:
    text = "{first_name}: {title} of {cohort}, {due} ({due_host}), {days}. Ask {mentor}. {link}"

    assert wrong(text) == []
    assert fill(text, values_of(desk_of(), owed_of(), "https://cohort.example/x")) == (
        "Priya: Three conversations of Spring Emerging Leaders, Fri 4 Dec, 23:00 London (Fri 4 Dec, 17:00 Chicago), "
        "in three days. Ask Luis Ortega. https://cohort.example/x"
    )


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 12, 1, 20, 0, tzinfo=UTC), "today"),
        (datetime(2026, 12, 2, 0, 30, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 11, 30, 20, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 11, 20, 20, 0, tzinfo=UTC), "11 days ago"),
    ],
)
def test_days_are_counted_on_the_readers_calendar(at: datetime, words: str) -> None:
    assert values_of(desk_of(), owed_of(at=at), "")["days"] == words


def test_first_day_is_the_same_date_on_every_wall() -> None:
    owed = owed_of("cohort.start")
    start = Occasion("cohort.start", "", "Spring", 7, owed.reader, None, NOW, since=NOW, day=date(2026, 12, 3))
    values = values_of(desk_of(zone="Pacific/Auckland"), owe(owed.rule, start, owed.reader), "")

    assert (values["start"], values["days"]) == ("Thu 3 Dec", "tomorrow")  # it is 2 December there already


def test_without_a_mentor_the_sentence_still_reads() -> None:
    assert fill("Ask {mentor}.", values_of(desk_of(), owed_of(mentor=None), "")) == "Ask your mentor."


def test_what_is_wrong_is_said_for_each_placeholder() -> None:
    assert wrong("Hi {firstname}, {weather} and {firstname}") == [
        "{firstname} is not a placeholder here. Is {first_name} meant?",
        "{weather} is not a placeholder here. The list beside the text has those that there are.",
    ]
    assert wrong("Come {} now") == [
        "Nothing stands between { and }: write a name from the list, or leave the braces out."
    ]
    assert wrong("Hi {first_name, see you") == [
        "A single { stands at “Hi {first_name,”: write both braces around a name, or leave it out."
    ]
    assert wrong("{{ cohort }}") == [
        "{ cohort } is not a placeholder here. Is {cohort} meant?",
        "A single { stands at “{{ cohort }}”: write both braces around a name, or leave it out.",
        "A single } stands at “{{ cohort }}”: write both braces around a name, or leave it out.",
    ]


def test_each_occasion_has_its_own_placeholders() -> None:
    assert wrong("{when}", "workshop.starts") == wrong("{due}", "prework.due") == wrong("{start}", "cohort.start") == []
    assert [len(wrong("{due}", about)) for about in ("workshop.starts", "cohort.start", "pair.last_contact")] == [1] * 3


def test_address_has_no_place_in_a_subject() -> None:
    assert wrong("See {link}", is_subject=True) == ["{link} has no place in a subject: leave it out there."]


@given(TEXTS)
def test_any_text_is_refused_or_filled_in_with_listed_names_alone(text: str) -> None:
    values: Mapping[str, str] = {name: f"<{name}>" for name in LISTED}
    expected = text
    for name in LISTED:
        expected = expected.replace(f"{{{name}}}", f"<{name}>")

    filled = fill(text, values)

    if wrong(text):
        assert re.search(r"[{}]", expected)
    else:
        assert filled == expected
        assert not re.search(r"[{}]", filled)


@given(TEXTS, st.text(max_size=10))
def test_what_is_filled_in_is_never_looked_at_again(text: str, value: str) -> None:
    values = dict.fromkeys(LISTED, "{cohort}" + value)

    assert fill(text, values).count("{cohort}" + value) >= sum(text.count(f"{{{name}}}") for name in LISTED)


def test_own_words_stand_in_place_of_the_products() -> None:
    owed = owed_of(subject="Bring {title}", text="First, {first_name}.\nStill first.\n\n \n\nSecond.")

    said = in_own_words(letter(), desk_of(), owed)

    assert (said.subject, said.title) == ("Bring Three conversations", "Bring Three conversations")
    assert said.own_words == ("First, Priya.\nStill first.", "Second.")
    assert (said.paragraphs, said.button, said.why) == ((), letter().button, "why")
    assert in_own_words(letter(), desk_of(), owed_of()) == letter()


def test_subject_is_one_line_whatever_is_filled_in() -> None:
    said = in_own_words(letter(), desk_of(), owed_of(title="Week 3\r\nBcc: evil@example.org", subject="Now: {title}"))

    assert said.subject == "Now: Week 3 Bcc: evil@example.org"


def test_text_of_staff_stays_text_in_html(app: Flask, settings: Settings) -> None:
    hostile = "<b>{title}</b> & {{first_name}}<script>"
    desk = desk_of(person="<i>Pri</i> Raman", cohort="A & B")
    said = in_own_words(letter(), desk, owed_of(title="<img src=x>", subject="<u>{title}", text=hostile))

    shown = Composer(settings, app.jinja_env).show(said, desk, None)

    for markup in ("<b>", "<script>", "<img", "<u>", "<i>"):
        assert markup not in shown.html.split("</head>")[1]
    assert escape("<b><img src=x></b> & {<i>Pri</i>}<script>") in shown.html
    assert "<b><img src=x></b> & {<i>Pri</i>}<script>" in shown.text
    assert "Hello <i>Pri</i>,\n\n<b>" in shown.text


def test_lines_stay_lines_in_html(app: Flask, settings: Settings) -> None:
    said = in_own_words(letter(), desk_of(), owed_of(text="Bring:\n- a pen\n- <paper>"))

    shown = Composer(settings, app.jinja_env).show(said, desk_of(), None)

    assert "Bring:<br>- a pen<br>- &lt;paper&gt;</p>" in shown.html
    assert "Bring:\n- a pen\n- <paper>\n" in shown.text
