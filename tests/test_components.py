"""The shell and each component: valid, tied together, and deaf to hostile names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, flash, render_template
from wtforms import Form, StringField
from wtforms.validators import InputRequired

from cohort.assets import TEMPLATES
from tests.gallery import HOSTILE, NOW, STORY, by_id, create_gallery, draw, filled_form, parse, shell, text

ERRORS = ("400", "403", "404", "409", "410", "413", "429", "500", "503")


@pytest.fixture(scope="module")
def gallery() -> Flask:
    return create_gallery()


@pytest.fixture(autouse=True)
def demo_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def part(gallery: Flask, component: str, arguments: str, **context: Any) -> Any:
    """The tree of one component, called with `arguments` as a template writes them."""
    source = f'{{% from "components/{component}.html" import {component} %}}{{{{ {component}({arguments}) }}}}'
    return parse(draw(gallery, source, **context), whole=False)


def test_gallery_is_valid_has_one_h1_and_unique_ids(gallery: Flask) -> None:
    tree = parse(gallery.test_client().get("/light").text)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]

    assert [text(h1) for h1 in tree.iter("h1")] == ["Gallery"]
    assert text(next(tree.iter("title"))) == "Gallery · Spring Emerging Leaders · Cohort"
    assert len(ids) == len(set(ids))


def test_every_reference_between_elements_is_kept(gallery: Flask) -> None:
    tree = parse(gallery.test_client().get("/light").text)
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    ties = ("aria-describedby", "aria-labelledby", "for")
    named = {name for element in tree.iter() for tie in ties for name in (element.get(tie) or "").split()}
    anchors = {a.get("href")[1:] for a in tree.iter("a") if a.get("href").startswith("#")}

    assert {"talk", "talk-error", "kept-audience", "pair-2"} <= named
    assert (named | anchors) - ids == set()


def test_every_component_is_drawn_in_the_gallery() -> None:
    shown = (Path(__file__).parent / "gallery.html").read_text() + (TEMPLATES / "base.html").read_text()
    parts = {path.name for path in (TEMPLATES / "components").glob("*.html")}
    inner = {name for part in parts for name in re.findall(r"components/(\w+\.html)", _source(part))}
    drawn = {name for name in parts if f"components/{name}" in shown}

    assert parts - drawn - inner == set()


def _source(component: str) -> str:
    return (TEMPLATES / "components" / component).read_text()


def test_every_component_states_its_arguments() -> None:
    for path in sorted((TEMPLATES / "components").glob("*.html")):
        opening = path.read_text().split("#}")[0]
        macros = re.findall(rf"macro {path.stem}\((.*)\) -%}}", path.read_text())
        names = [name for arguments in macros for name in re.findall(r"(?:^|, )(\w+)", arguments)]

        assert [name for name in [f"{path.stem}(", *names] if name not in opening] == []
        assert len(macros) == 1 or path.stem == "icon", "only the icon is made in templating.py"


def test_templates_hold_no_style_no_script_and_no_promise_of_safety() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if "email" not in path.parts]
    offence = re.compile(r"\bstyle=|<style|<script(?! src)|\bon\w+=\"|\|\s*safe\b|javascript:")

    assert [path.name for path in pages if offence.search(path.read_text())] == []


def test_field_ties_label_help_error_and_audience_to_the_control(gallery: Flask) -> None:
    tree = part(gallery, "field", 'form.talk, audience="you", help="Two lines.", rows=4', form=filled_form())
    control = by_id(tree, "talk")

    assert control.get("aria-describedby") == "talk-help talk-error talk-audience"
    assert control.get("aria-invalid") == "true"
    assert control.get("rows") == "4"
    assert text(by_id(tree, "talk-error")) == "Write what was said"
    assert text(by_id(tree, "talk-audience")) == "Read by: you"
    assert [text(label) for label in tree.iter("label") if label.get("for") == "talk"] == ["The feedback talk"]


def test_field_without_help_error_or_audience_points_at_nothing(gallery: Flask) -> None:
    tree = part(gallery, "field", "form.title", form=filled_form())
    control = by_id(tree, "title")

    assert control.get("aria-describedby") is None
    assert control.get("aria-invalid") is None
    assert [text(label) for label in tree.iter("label")] == ["Title (optional)"]


def test_field_of_radios_is_a_named_group_with_its_error(gallery: Flask) -> None:
    tree = part(gallery, "field", "form.kept", form=filled_form())
    group = by_id(tree, "kept")

    assert group.tag == "fieldset"
    assert (group.get("role"), group.get("aria-invalid")) == ("radiogroup", "true")
    assert group.get("aria-describedby") == "kept-error"
    assert [text(legend) for legend in tree.iter("legend")] == ["Your last promise"]
    assert [(i.get("id"), i.get("value"), i.get("required")) for i in tree.iter("input")] == [
        ("kept-0", "yes", ""),
        ("kept-1", "no", ""),
    ]


def test_field_of_checkboxes_keeps_what_was_ticked(gallery: Flask) -> None:
    tree = part(gallery, "field", "form.topics", form=filled_form())
    boxes = [(i.get("type"), i.get("value"), i.get("checked")) for i in tree.iter("input")]

    assert boxes == [("checkbox", "kpi", ""), ("checkbox", "talk", None)]


def test_error_summary_counts_and_links_in_the_order_of_the_form(gallery: Flask) -> None:
    tree = part(gallery, "error_summary", "form", form=filled_form())

    assert text(tree).startswith("5 things to fix. What you typed is still here.")
    assert [a.get("href") for a in tree.iter("a")] == ["#talk", "#until", "#at", "#kept-0", "#mood-0"]


def test_error_summary_of_a_form_without_errors_is_nothing(gallery: Flask) -> None:
    class Calm(Form):
        name = StringField("Name", [InputRequired()])

    assert len(part(gallery, "error_summary", "form", form=Calm())) == 0


@pytest.mark.parametrize(
    ("component", "arguments"),
    [
        ("person", 'name, name, "/"'),
        ("tag", '"ok", "eye", name'),
        ("audience", "name, name"),
        ("button", 'name, "/", about=name, post=True, fields={"a": name}'),
        ("choice", '"n", name, name, name'),
        ("chip", '"n", name, name'),
        ("alert", '"bad", "eye", name'),
        ("rows", '[{"face": name, "title": name, "meta": name, "tag": ("ok", "eye", name)}]'),
        ("tiles", '[{"name": name, "number": name, "of": name, "definition": name}]'),
        ("quote", "name, name"),
        ("meter", "1, 2, name, name"),
        ("heat", '[(name, name)], [{"name": name, "url": "/", "cells": [("", "eye", name)]}], name'),
    ],
)
def test_component_shows_a_hostile_name_as_text(gallery: Flask, component: str, arguments: str) -> None:
    tree = part(gallery, component, arguments, name=HOSTILE)
    attributes = {name for element in tree.iter() for name in element.attrib}

    assert list(tree.iter("script")) == []
    assert "onload" not in attributes
    assert HOSTILE in text(tree)


def test_when_says_day_time_and_city_of_both_zones(gallery: Flask) -> None:
    tree = part(gallery, "when", 'workshop, "America/Chicago", workshop_ends, "In 2 days"', **STORY)
    (spoken,) = tree.iter("p")
    (moment,) = tree.iter("time")

    assert text(spoken) == "In 2 days, Wed 25 Nov, 16:00–18:00 London 10:00–12:00 Chicago."
    assert moment.get("datetime") == "2026-11-25T16:00Z"


def test_button_that_posts_is_a_form_with_its_token(gallery: Flask) -> None:
    source = (
        '{% from "components/button.html" import button %}{{ button("Hold", "/hold", post=True, fields={"id": 7}) }}'
    )
    tree = parse(draw(gallery, source), whole=False)
    (form,) = tree.iter("form")

    assert (form.get("method"), form.get("action")) == ("post", "/hold")
    assert [(i.get("name"), i.get("value")) for i in tree.iter("input")] == [("csrf_token", "token"), ("id", "7")]


def test_button_that_is_off_says_why(gallery: Flask) -> None:
    (button,) = part(gallery, "button", '"Join", off="opens"').iter("button")

    assert (button.get("disabled"), button.get("aria-describedby")) == ("", "opens")


def test_flashes_come_first_and_the_first_takes_the_focus(gallery: Flask) -> None:
    with gallery.test_request_context():
        flash("Moved to Tue 1 Dec.", "success")
        flash("One mail failed.", "error")
        tree = parse(render_template("layouts/participant.html", shell=shell()))
    alerts = [element for element in tree.iter("div") if "alert" in (element.get("class") or "").split()]

    assert [text(alert) for alert in alerts] == ["Moved to Tue 1 Dec.", "One mail failed."]
    assert [alert.get("tabindex") for alert in alerts] == ["-1", None]


def test_account_menu_signs_out_by_post_and_marks_the_place(gallery: Flask) -> None:
    tree = parse(draw(gallery, '{% extends "layouts/staff.html" %}'))
    (form,) = tree.iter("form")
    current = {a.get("href"): a.get("aria-current") for a in tree.iter("a") if a.get("aria-current")}

    assert (form.get("method"), form.get("action")) == ("post", "/sign_out")
    assert current == {"/Cohorts": "page", "/mentor": "true", "/Overview": "page"}


def test_shell_of_a_visitor_has_no_menu(gallery: Flask) -> None:
    nobody = shell("device", person=None, nav=[], tabs=[], bar=None, cohort=None, places=[], zone="UTC", tick=None)
    tree = parse(draw(gallery, '{% extends "layouts/participant.html" %}', shell=nobody))

    assert list(tree.iter("details")) == []
    assert text(next(tree.iter("footer"))) == "Times are shown in UTC."
    assert [s.get("src").split("?")[0] for s in tree.iter("script")] == ["/static/theme-device.js", "/static/app.js"]


@pytest.mark.parametrize("layout", ["plain", "welcome"])
def test_layouts_for_visitors_are_valid(gallery: Flask, layout: str) -> None:
    tree = parse(
        draw(gallery, '{% extends "layouts/' + layout + '.html" %}{% block content %}<h1>A</h1>{% endblock %}')
    )

    assert [text(h1) for h1 in tree.iter("h1")] == ["A"]
    assert list(tree.iter("details")) == []


@pytest.mark.parametrize("code", ERRORS)
def test_error_page_says_what_happened_and_where_to_go(gallery: Flask, code: str) -> None:
    with gallery.test_request_context():
        tree = parse(render_template(f"errors/{code}.html", shell=shell(), request_id="r-1"))
    (heading,) = tree.iter("h1")
    main = by_id(tree, "main")

    assert text(next(tree.iter("title"))).startswith(text(heading))
    assert len(text(main)) > 150
    assert [a.get("href") for a in main.iter("a")] == ["/"]


def test_error_page_gives_the_programs_own_reason_when_there_is_one(gallery: Flask) -> None:
    with gallery.test_request_context():
        tree = parse(render_template("errors/409.html", shell=shell(), message="The sitting is full by now."))

    assert [text(p) for p in tree.iter("p") if p.get("class") == "page-lead"] == ["The sitting is full by now."]


@pytest.mark.parametrize("code", ["500", "503"])
def test_page_of_a_broken_program_asks_nothing_of_the_shell(gallery: Flask, code: str) -> None:
    class Broken:
        def __getattr__(self, name: str) -> None:
            raise ConnectionError(name)

    with gallery.test_request_context():
        assert "safe" in render_template(f"errors/{code}.html", shell=Broken(), request_id="r-1")
