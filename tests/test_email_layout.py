"""The frame of every mail: valid, escaped, and the same facts in the same order as text."""

import pytest
from flask import Flask, render_template
from jinja2 import ChoiceLoader, DictLoader

from tests.gallery import HOSTILE, create_gallery, parse, text

MAIL = {
    "sender": "Spring Emerging Leaders",
    "organisation": "Prairie MSP Peer Group",
    "zone": "Europe/London",
    "settings_url": "https://cohort.example/mail",
    "always_sent": True,
}
MAIL_BODY = """{% extends "email/layout.KIND" %}{% import "email/parts.KIND" as part %}
{% block preheader %}Two lessons left.{% endblock %}
{% block title %}Tomorrow: {{ workshop }}{% endblock %}
{% block greeting %}Hello Priya, we meet tomorrow.{% endblock %}
{% block body %}{{ part.when_box('Wed 25 Nov, 16:00 London', '10:00 in Chicago.') }}{{ part.text('Bring a mail.') -}}
{{ part.things(
    'Two things left', [('Bad news', '12 min', 'https://cohort.example/b'), ('One page', '10 min', '')], 'Due today.'
) -}}
{{ part.button('Open the page', 'https://cohort.example/w', 'The link appears at 15:45.') -}}
{{ part.way_out('Cannot come?', 'Tell us', 'https://cohort.example/n') }}{% endblock %}
{% block why %}you said yes.{% endblock %}"""


@pytest.fixture(scope="module")
def gallery() -> Flask:
    app = create_gallery()
    mails = {f"mail.{kind}": MAIL_BODY.replace("KIND", kind) for kind in ("html", "txt")}
    app.jinja_loader = ChoiceLoader([app.jinja_loader, DictLoader(mails)])
    return app


def test_mail_in_html_is_valid_and_escapes(gallery: Flask) -> None:
    with gallery.app_context():
        tree = parse(render_template("mail.html", workshop=HOSTILE, **MAIL))

    assert list(tree.iter("script")) == []
    assert [text(h1) for h1 in tree.iter("h1")] == ["Tomorrow: " + HOSTILE]
    assert [a.get("href") for a in tree.iter("a")] == [
        "https://cohort.example/b",
        "https://cohort.example/w",
        "https://cohort.example/n",
        "https://cohort.example/mail",
    ]
    assert {table.get("role") for table in tree.iter("table")} == {"presentation"}


def test_mail_as_text_says_the_same_in_the_same_order(gallery: Flask) -> None:
    with gallery.app_context():
        written = render_template("mail.txt", workshop="Hard talks & more", **MAIL)

    assert written == (
        "Tomorrow: Hard talks & more\n\nHello Priya, we meet tomorrow.\n\n"
        "  Wed 25 Nov, 16:00 London\n  10:00 in Chicago.\n\nBring a mail.\n\n"
        "Two things left\n  - Bad news (12 min)\n    https://cohort.example/b\n  - One page (10 min)\nDue today.\n\n"
        "Open the page:\n  https://cohort.example/w\nThe link appears at 15:45.\n\n"
        "Cannot come? Tell us:\n  https://cohort.example/n\n\n"
        "Why you get this: you said yes.\nThis kind of mail is always sent. Other mail:\n  https://cohort.example/mail\n\n"
        "Spring Emerging Leaders, run by Prairie MSP Peer Group. All times are in your zone, London.\n"
    )


def test_mail_that_can_be_turned_off_says_so(gallery: Flask) -> None:
    with gallery.app_context():
        written = render_template("mail.txt", workshop="W", **MAIL | {"always_sent": False})
        bare = render_template("mail.txt", workshop="W", **MAIL | {"settings_url": ""})

    assert "Choose which mail you get:\n  https://cohort.example/mail\n" in written
    assert "https://cohort.example/mail" not in bare
