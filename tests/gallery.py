"""An application around nothing but the shell and tests/gallery.html, in the demo story: Monday 23 November 2026."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import html5lib
from flask import Blueprint, Flask, current_app, g, render_template, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy.pagination import Pagination
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Optional

from cohort import templating
from cohort.assets import STATIC, TEMPLATES
from cohort.calendars.months import Entry, month_of
from cohort.profile_forms import HoursForm, WishesForm

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
STORY = {
    "closes": datetime(2026, 11, 23, 23, 0, tzinfo=UTC),
    "workshop": datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
    "workshop_ends": datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
    "november": month_of(
        [
            Entry(
                datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
                datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
                "Workshop: Hard talks rehearsal",
                "/",
                "people",
                "You have not said yet whether you come.",
            ),
            Entry(datetime(2026, 11, 25, 23, 0, tzinfo=UTC), None, "Milestone"),
        ],
        date(2026, 11, 1),
        today=date(2026, 11, 23),
        zone="Europe/London",
    ),
}
HOSTILE = """<script>alert("1")</script>' onload='x"""
POLICY = "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'"


class Work(Form):
    talk = TextAreaField("The feedback talk", [InputRequired("Write what was said")])
    title = StringField("Title", [Optional()])
    until = DateField("New date", [InputRequired("Choose a date")])
    at = TimeField("Time", [InputRequired("Choose a time")])
    score = IntegerField("Median minutes", [Optional()])
    who = SelectField("Whose", choices=[SelectChoice("m", "Marcus"), SelectChoice("r", "Ruth")])
    paper = FileField("Attach a file")
    kept = RadioField(
        "Your last promise",
        [InputRequired("Say whether you kept it")],
        choices=[SelectChoice("yes", "Kept"), SelectChoice("no", "Not this time")],
    )
    mood = RadioField("How are you?", choices=[SelectChoice(str(n), f"{n} of 5") for n in range(1, 6)])
    topics = SelectMultipleField("Topics", choices=[SelectChoice("kpi", "Goal"), SelectChoice("talk", "A hard talk")])
    agenda = BooleanField("Put this on our agenda")
    growth = IntegerField("Growth areas", [Optional()], default=40, render_kw={"min": 0, "max": 100})
    style = IntegerField("Working style", [Optional()], render_kw={"min": 0, "max": 100})


class Page(Pagination):
    """The second of three pages."""

    def _query_items(self) -> list[Any]:
        return list(range(50))

    def _query_count(self) -> int:
        return 120


def shell(theme: str = "light", **parts: Any) -> SimpleNamespace:
    nav = [{"label": word, "url": f"/{word}", "current": word == "Cohorts"} for word in ("Cohorts", "Programs")]
    tabs = [{"label": word, "url": f"/{word}", "current": word == "Overview"} for word in ("Overview", "Mail room")]
    bar = {"title": "Spring Emerging Leaders", "tag": ("ok", "check-lg", "Running"), "words": "Day 70 of 179"}
    usual = {
        "person": SimpleNamespace(name="Dana Whitfield"),
        "cohort": SimpleNamespace(title="Spring Emerging Leaders"),
        "nav": nav,
        "tabs": tabs,
        "bar": bar,
        "places": [{"label": "Spring, as mentor", "url": "/mentor", "current": True}],
        "zone": "Europe/London",
        "tick": "Last reminder run 08:39.",
        "theme": theme,
    }
    return SimpleNamespace(**usual | parts)


def filled_form() -> Work:
    """A form sent with most of it missing, so that its errors show."""
    form = Work(MultiDict({"talk": "", "who": "r", "topics": "kpi"}))
    form.validate()
    return form


def create_gallery() -> Flask:
    app = Flask("gallery", static_folder=str(STATIC), static_url_path="/static")
    app.secret_key = "gallery"
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(Path(__file__).parent)])
    templating.install(app)
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    people = Blueprint("people", "people")
    for endpoint in ("profile", "away", "mail_settings", "mail_history", "who_reads_what", "sign_out"):
        people.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
    app.register_blueprint(people)
    app.add_url_rule("/<theme>", "gallery", show)
    app.add_url_rule("/draft", "keep", keep, methods=["POST"])
    app.after_request(lambda answer: answer.headers.add("Content-Security-Policy", POLICY) or answer)
    return app


def show(theme: str = "light") -> ResponseReturnValue:
    g.zone = "Europe/London"
    page = Page(page=2, per_page=50)
    hours, wanted = HoursForm.showing("tue 09:00-11:00;fri 21:15-22:00"), WishesForm.showing([1], {2: "My cousin"})
    wanted.offer([(1, "Ruth Okafor"), (2, "Henrik Dahl")], takes_vetoes=True)
    parts = {"form": filled_form(), "hours": hours, "wanted": wanted, "page": page}
    return render_template("gallery.html", shell=shell(theme), **parts, **STORY)


def keep() -> ResponseReturnValue:
    """What a page sends by itself while somebody types; refuses the word "refuse"."""
    talk = request.form["talk"]
    current_app.config.setdefault("DRAFTS", []).append((request.form["csrf_token"], talk))
    return ("", 503) if talk == "refuse" else ("", 204)


def draw(app: Flask, source: str, **context: Any) -> str:
    """`source` as a template, in London, with the shell of a member of staff."""
    with app.test_request_context():
        g.zone = "Europe/London"
        return render_template_string(source, **{"shell": shell()} | context)


def parse(html: str, *, whole: bool = True) -> Any:
    """The tree of valid HTML, without namespaces; html5lib raises on anything else."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(html) if whole else parser.parseFragment(html)


def text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def by_id(tree: Any, name: str) -> Any:
    (found,) = [element for element in tree.iter() if element.get("id") == name]
    return found
