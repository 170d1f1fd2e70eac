"""Filters say what their docstrings say; Markdown lets nothing through that acts or fetches."""

import gzip
import re
from datetime import UTC, date, datetime

import html5lib
import pytest
import time_machine
from flask import Flask, g
from jinja2 import UndefinedError
from wtforms import FieldList, Form, FormField, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from cohort import assets, templating
from cohort.templating import (
    clock_time,
    count,
    date_span,
    day,
    due_words,
    error_links,
    first_name,
    host_time,
    initials,
    iso,
    long_day,
    markdown,
    minutes_words,
    moment,
    number_words,
    plain_lines,
    size_words,
    slug,
    span,
    weekly_words,
)

LONDON, CHICAGO, AUCKLAND = "Europe/London", "America/Chicago", "Pacific/Auckland"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
STARTS = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
ENDS = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def test_day_shows_the_date_in_the_zone_and_the_year_only_when_it_is_another() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert day(STARTS, LONDON, NOW) == "Wed 25 Nov"
    assert day(late, LONDON, NOW) == "Thu 31 Dec"
    assert day(late, AUCKLAND, NOW) == "Fri 1 Jan 2027"
    assert day(date(2026, 11, 25), AUCKLAND, NOW) == "Wed 25 Nov"


def test_day_takes_the_zone_of_the_request_when_none_is_given() -> None:
    app = Flask("reader")
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)

    with app.app_context():
        g.zone = AUCKLAND
        assert day(late, now=NOW) == "Thu 26 Nov"
    assert day(late, now=NOW) == "Wed 25 Nov"


def test_times_are_those_of_the_zone() -> None:
    assert long_day(NOW, LONDON) == "Monday 23 November"
    assert clock_time(STARTS, CHICAGO) == "10:00"
    assert span(STARTS, ENDS, LONDON) == "16:00–18:00"
    assert date_span(date(2026, 10, 5), date(2026, 10, 25)) == "5 – 25 Oct"
    assert date_span(date(2026, 9, 14), date(2026, 10, 4)) == "14 Sep – 4 Oct"


@time_machine.travel(NOW, tick=False)
def test_span_over_midnight_names_the_second_day() -> None:
    assert span(STARTS, ENDS, "Asia/Karachi") == "21:00–23:00"
    assert span(STARTS, ENDS, "Asia/Dhaka") == "22:00 to Thu 26 Nov, 00:00"


@time_machine.travel(NOW, tick=False)
def test_moment_adds_the_hosts_time_only_where_its_clocks_differ() -> None:
    assert moment(STARTS, LONDON) == "Wed 25 Nov, 16:00 London"
    assert moment(STARTS, LONDON, CHICAGO) == "Wed 25 Nov, 16:00 London (10:00 Chicago)"
    assert moment(STARTS, LONDON, "Europe/Lisbon") == "Wed 25 Nov, 16:00 London"
    assert moment(STARTS, AUCKLAND, CHICAGO) == "Thu 26 Nov, 05:00 Auckland (Wed 25 Nov, 10:00 Chicago)"
    assert host_time(STARTS, LONDON, CHICAGO, ENDS) == "10:00–12:00 Chicago"


def test_iso_of_a_moment_is_in_utc_and_of_a_date_is_the_date() -> None:
    assert iso(STARTS) == "2026-11-25T16:00Z"
    assert iso(date(2026, 11, 25)) == "2026-11-25"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2026, 11, 23, 23, 59, tzinfo=UTC), "Due today"),
        (datetime(2026, 11, 24, 0, 1, tzinfo=UTC), "Due tomorrow"),
        (datetime(2026, 12, 4, 23, 0, tzinfo=UTC), "Due in 11 days"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "Due yesterday"),
        (datetime(2026, 11, 20, 0, 1, tzinfo=UTC), "Due 3 days ago"),
        (date(2026, 11, 25), "Due in 2 days"),
    ],
)
def test_due_words_count_calendar_days(value: date, words: str) -> None:
    assert due_words(value, NOW, LONDON) == words


def test_due_words_count_the_days_of_the_zone_not_of_utc() -> None:
    assert due_words(datetime(2026, 11, 24, 4, 0, tzinfo=UTC), NOW, CHICAGO, verb="Closes") == "Closes today"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (90, "90 min"), (91, "1 h 31 min"), (120, "2 h"), (135, "2 h 15 min")]
)
def test_minutes_words_turn_to_hours_after_ninety(minutes: int, words: str) -> None:
    assert minutes_words(minutes) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (640, "640 bytes"),
        (212_300, "212 kB"),
        (999_600, "1 MB"),
        (1_420_000, "1.4 MB"),
        (10_000_000, "10 MB"),
    ],
)
def test_size_words_round_to_what_people_say(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Priya Raman", "PR"), ("Łukasz", "Ł"), ("Ana Maria de Souza", "AS"), ("  ", "?"), ("Bo Bo", "BB")],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_words_for_sentences() -> None:
    assert first_name("Priya Raman") == "Priya"
    assert [number_words(n) for n in (0, 6, 10, 11)] == ["no", "six", "ten", "11"]
    assert count(1, "mail", "mails") == "1 mail"
    assert count(10, "mail", "mails") == "10 mails"
    assert count(10, "mail", "mails", words=True) == "ten mails"
    assert slug("What happens next?") == "what-happens-next"
    assert plain_lines("a  \n\n\n\n b\n\n") == "a\n\n b\n"


def test_markdown_puts_the_highest_heading_at_the_level_asked_for() -> None:
    assert markdown("## Why\n\n### How") == "<h2>Why</h2>\n<h3>How</h3>\n"
    assert markdown("# Why\n\n## How") == "<h2>Why</h2>\n<h3>How</h3>\n"
    assert markdown("## Why\n\n###### How", top=3) == "<h3>Why</h3>\n<h6>How</h6>\n"


def test_markdown_keeps_lists_of_both_kinds() -> None:
    assert markdown("- a\n- b") == "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
    assert markdown("1. a\n2. b") == "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"


def test_markdown_keeps_tables_and_links_of_the_web() -> None:
    table = str(markdown("| a | b |\n|--:|---|\n| 1 | 2 |"))

    (box,) = re.findall(r"<div ([^>]*)>", table)
    assert sorted(re.findall(r'([\w-]+)="([^"]*)"', box)) == [
        ("aria-label", "Table"),
        ("class", "table-responsive"),
        ("role", "region"),
        ("tabindex", "0"),
    ]
    assert re.findall(r"<(\w[^>]*)>", table)[1:5] == ['table class="list"', "thead", "tr", "th"]
    assert markdown("[x](https://a.example/b)") == '<p><a href="https://a.example/b" rel="noopener">x</a></p>\n'
    assert markdown("<ruth@a.example>").count("mailto:ruth@a.example") == 1
    assert markdown(None) == ""


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/a)",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](https://evil.example/pixel.gif)",
    "<https://a.example/><style>*{display:none}</style>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "```html\n<script>alert(1)</script>\n```",
    '| a |\n|---|\n| <td style="x"> |',
    "[a]: javascript:alert(1)\n\n[a]",
    "<form action=//evil.example><input name=password></form>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_lets_nothing_through_that_acts_or_fetches(attack: str) -> None:
    html = str(markdown(attack))
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)
    found = {element.tag for element in tree.iter()} - {"DOCUMENT_FRAGMENT"}
    addresses = [element.get("href") for element in tree.iter("a") if element.get("href")]
    names = {name for element in tree.iter() for name in element.attrib}

    assert found <= {"p", "a", "code", "pre", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert names <= {"href", "rel", "title", "class", "role", "aria-label", "tabindex"}
    assert [address for address in addresses if not re.match(r"(https?://|mailto:)\w", address)] == []


class Person(Form):
    name = StringField("Name", [InputRequired("Enter a name")])


class Team(Form):
    mood = RadioField("Mood", choices=[SelectChoice("1", "Low")], validators=[InputRequired("Choose a mood")])
    lead = FormField(Person)
    people = FieldList(FormField(Person), min_entries=2)
    tags = FieldList(StringField("Tag", [InputRequired("Enter a tag")]), min_entries=1)

    def validate_mood(self, _: RadioField) -> None:
        raise ValidationError("never reached: the choice is missing")


def test_weekly_words_read_as_hours_and_not_as_they_are_kept() -> None:
    assert weekly_words("tue 09:00-11:00;mon-thu 16:00-17:00") == "Tue 09:00–11:00, Mon–Thu 16:00–17:00"
    assert weekly_words("") == ""


def test_error_links_point_at_the_control_of_each_error() -> None:
    form = Team()
    form.validate()
    form.form_errors.append("The team is full")

    assert error_links(form) == [
        ("mood-0", "Choose a mood"),
        ("lead-name", "Enter a name"),
        ("people-0-name", "Enter a name"),
        ("people-1-name", "Enter a name"),
        ("tags-0", "Enter a tag"),
        ("", "The team is full"),
    ]


def test_install_refuses_what_a_template_does_not_know() -> None:
    app = Flask("strict", static_folder=str(assets.STATIC))
    templating.install(app)

    with app.test_request_context(), pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ surprise }}").render()
    with app.test_request_context(), pytest.raises(LookupError):
        app.jinja_env.from_string("{{ icon('no-such-icon') }}").render()


def test_sprite_has_every_icon_named_in_the_templates() -> None:
    assets.ensure()
    call = re.compile(r"\b(?:icon|picture)(?:=|\()'([a-z0-9-]+)'")
    named = {name for path in assets.TEMPLATES.rglob("*.html") for name in call.findall(path.read_text())}

    assert {"eye", "chevron-down", "cloud-check"} <= named
    assert named - assets.icons_made() == set()


def test_compressed_copies_hold_what_they_are_copies_of() -> None:
    assets.ensure()
    packed = sorted(assets.STATIC.glob("*.gz"))
    stale = [path.name for path in packed if gzip.decompress(path.read_bytes()) != path.with_suffix("").read_bytes()]

    assert {path.name for path in packed} >= {"theme.css.gz", "bootstrap.min.css.gz", "icons.svg.gz", "app.js.gz"}
    assert stale == []


def test_templates_share_their_globals(app: Flask) -> None:
    """A chain of them for each is compared name by name for every component that a page imports."""
    assert app.jinja_env.get_template("components/panel.html").globals is app.jinja_env.globals
