"""Filters and globals of the templates, and Markdown: the only place that declares text safe to show as HTML.

Times are aware. A filter without a `zone` uses the reader's, which the application keeps in `g.zone` for each request;
mail is rendered for its recipient and names the zone.
"""

import re
from collections.abc import Iterator, MutableMapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

import nh3
from flask import Flask, current_app, g, has_app_context, request
from flask.templating import Environment
from jinja2 import StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from wtforms import Field, Form

from cohort import assets, clock

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
}
_TABLE_TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td"}
# The only div is the one around a table, which scrolls where the screen is narrower than its words.
_ATTRIBUTES = {
    "div": {"class": "table-responsive", "role": "region", "aria-label": "Table", "tabindex": "0"},
    "table": {"class": "list"},
}
# An image would be fetched from another host, which the content policy forbids: its text stays, as a link.
_parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_parser.add_render_rule("table_open", lambda *_: "<div><table>\n")
_parser.add_render_rule("table_close", lambda *_: "</table></div>\n")


class SharedGlobals(Environment):
    """Gives all templates the same globals. They are compared for each component that a page imports, and Jinja's own
    chain of mappings, which nobody here adds to, takes a twentieth of a page for it."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def install(app: Flask) -> None:
    """Make the static files if needed, and give the templates their filters and globals."""
    assets.ensure()
    app.jinja_environment = SharedGlobals
    app.jinja_env.undefined = StrictUndefined
    for of_time in (local, day, long_day, clock_time, span, date_span, moment, host_time, iso, due_words, clock.city):
        app.add_template_filter(of_time)
    app.add_template_filter(extended_words)
    for of_words in (minutes_words, size_words, initials, first_name, number_words, count, slug, plain_lines, markdown):
        app.add_template_filter(of_words)
    app.add_template_filter(weekly_words)
    for tool in (asset, icon, control_kind, error_links, reader_zone):
        app.add_template_global(tool)


def reader_zone() -> str:
    """The zone of the person who reads the page, UTC where nobody is known."""
    return str(g.get("zone", "UTC")) if has_app_context() else "UTC"


def local(value: datetime, zone: str | None = None) -> datetime:
    """The moment as the reader's clocks show it, or those of `zone`."""
    return clock.in_zone(value, zone or reader_zone())


def _date(value: date, zone: str | None) -> date:
    return local(value, zone).date() if isinstance(value, datetime) else value


def day(value: date, zone: str | None = None, now: datetime | None = None) -> str:
    """`Wed 25 Nov`, in another year than now's `Wed 25 Nov 2026`. Takes a moment or a date."""
    shown = _date(value, zone)
    this_year = local(now or clock.now(), zone).year
    return _day(shown) + ("" if shown.year == this_year else f" {shown.year}")


@lru_cache(maxsize=2000)
def _day(shown: date) -> str:
    """A schedule says each of its days several times."""
    return f"{shown:%a} {shown.day} {shown:%b}"


def long_day(value: date, zone: str | None = None) -> str:
    """`Monday 23 November`"""
    shown = _date(value, zone)
    return f"{shown:%A} {shown.day} {shown:%B}"


def clock_time(value: datetime, zone: str | None = None) -> str:
    """`16:00`"""
    shown = local(value, zone)
    return f"{shown.hour:02}:{shown.minute:02}"


def span(start: datetime, end: datetime, zone: str | None = None) -> str:
    """`16:00–18:00`, over midnight `23:00 to Thu 26 Nov, 01:00`"""
    if _date(start, zone) == _date(end, zone):
        return f"{clock_time(start, zone)}–{clock_time(end, zone)}"
    return f"{clock_time(start, zone)} to {day(end, zone)}, {clock_time(end, zone)}"


def date_span(first: date, last: date) -> str:
    """`5 – 25 Oct`, `14 Sep – 4 Oct`"""
    begin = f"{first.day}" if (first.year, first.month) == (last.year, last.month) else f"{first.day} {first:%b}"
    return f"{begin} – {last.day} {last:%b}"


def moment(value: datetime, zone: str | None = None, host: str | None = None) -> str:
    """`Wed 25 Nov, 16:00 London`, with the zone of the cohort as `host` `Wed 25 Nov, 16:00 London (10:00 Chicago)`

    The host's time is left out where its clocks show the same.
    """
    zone = zone or reader_zone()
    words = f"{day(value, zone)}, {clock_time(value, zone)} {clock.city(zone)}"
    there = host_time(value, zone, host)
    return f"{words} ({there})" if there else words


def host_time(value: datetime, zone: str, host: str | None, end: datetime | None = None) -> str:
    """`10:00 Chicago`, `10:00–12:00 Chicago`, on another date `Tue 24 Nov, 22:00 Chicago`

    Empty where the clocks of `zone` show the same.
    """
    if host is None or local(value, zone).replace(tzinfo=None) == local(value, host).replace(tzinfo=None):
        return ""
    date_first = "" if _date(value, zone) == _date(value, host) else f"{day(value, host)}, "
    return f"{date_first}{span(value, end, host) if end else clock_time(value, host)} {clock.city(host)}"


def iso(value: date) -> str:
    """`2026-11-25T16:00Z` of a moment, `2026-11-25` of a date: what `<time datetime>` wants"""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%MZ}" if isinstance(value, datetime) else value.isoformat()


def due_words(value: date, now: datetime | None = None, zone: str | None = None, verb: str = "Due") -> str:
    """`Due today`, `Due tomorrow`, `Due in 11 days`, `Due yesterday`, `Due 3 days ago`: calendar days in the zone"""
    days = (_date(value, zone) - local(now or clock.now(), zone).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    words = near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")
    return f"{verb} {words}"


def extended_words(due: datetime, was: datetime, by: str = "", zone: str | None = None) -> str:
    """`extended to Fri 12 Jun (was Fri 5 Jun) by Dana Whitfield`; on one day `extended to 20:00 (was 17:00)`"""
    shows = clock_time if _date(due, zone) == _date(was, zone) else day
    return f"extended to {shows(due, zone)} (was {shows(was, zone)})" + (f" by {by}" if by else "")


def minutes_words(minutes: int) -> str:
    """`90 min`; from there on `2 h`, `2 h 15 min`"""
    if minutes <= 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def size_words(size: int) -> str:
    """`640 bytes`, `212 kB`, `1.4 MB`, `10 MB`; a kilobyte has 1000 bytes"""
    if size < 1000:
        return count(size, "byte", "bytes")
    if size < 999_500:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f}".removesuffix(".0") + " MB"


def initials(name: str) -> str:
    """`PR` for Priya Raman, `Ł` for Łukasz, `AS` for Ana Maria de Souza"""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def first_name(name: str) -> str:
    """`Priya` for Priya Raman"""
    return name.split()[0] if name.split() else name


def number_words(number: int) -> str:
    """`no`, `six`, `ten`, `11`: for sentences"""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def count(number: int, one: str, many: str, words: bool = False) -> str:
    """`1 mail`, `10 mails`; for sentences, with `words`, `ten mails`"""
    return f"{number_words(number) if words else number} {one if number == 1 else many}"


def weekly_words(hours: str) -> str:
    """`Tue 09:00–11:00, Thu 13:00–15:00` for tue 09:00-11:00;thu 13:00-15:00, as free hours are kept"""
    return ", ".join(part.strip().title().replace("-", "–") for part in hours.split(";"))


def capital(text: str) -> str:
    """`You were away.` for you were away."""
    return text[:1].upper() + text[1:]


def slug(text: str) -> str:
    """`what-happens-next` for What happens next: a part of an id"""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def plain_lines(text: str) -> str:
    """A text mail without the blank lines that its template leaves: at most one between paragraphs."""
    lines = "\n".join(line.rstrip() for line in str(text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def markdown(text: str | None, top: int = 2) -> Markup:
    """Markdown as safe HTML, its highest heading at level `top`: `## Why` -> `<h2>Why</h2>`

    Two walls: the parser takes no HTML, and only the elements, attributes and addresses named here pass.
    """
    tokens = _parser.parse(text or "")
    _align_headings(tokens, top)
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS | _TABLE_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener",
        set_tag_attribute_values=_ATTRIBUTES,
    )
    return Markup(clean)  # noqa: S704 -- cleaned on the line above


def _align_headings(tokens: list[Token], top: int) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    lift = top - min((int(token.tag[1]) for token in headings), default=top)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) + lift)}"


def asset(name: str) -> str:
    """Address of a static file, which changes when its content does, so that it may be kept for long."""
    return request.script_root + _path_of_asset(name)


@cache
def _path_of_asset(name: str) -> str:
    """Made once: a table of icons asks for it hundreds of times, and `url_for` takes its time."""
    return f"{current_app.static_url_path}/{name}?v={assets.fingerprint(name)}"


def icon(name: str, label: str = "") -> Markup:
    """A picture from our sprite, read out only when it has a label. Raises LookupError when it has none such."""
    return _icon(asset("icons.svg"), name, label)


@lru_cache(maxsize=1000)
def _icon(sprite: str, name: str, label: str) -> Markup:
    """Made once: a table shows hundreds of the same few."""
    if name not in assets.icons_made():
        raise LookupError(f"There is no icon {name!r} in the sprite. Name it as a literal in a template or in Python.")
    words = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"/></svg>').format(words, sprite, name)


def control_kind(field: Field) -> str:
    """What a form field is shown as: radio, checkboxes, select, textarea, or the type of its input element."""
    if hasattr(field, "iter_choices"):
        if getattr(field.option_widget, "input_type", "") == "radio":
            return "radio"
        is_single = getattr(field.widget, "multiple", True) is False
        return "select" if is_single else "checkboxes"
    return str(getattr(field.widget, "input_type", "textarea"))


def error_links(form: Form) -> list[tuple[str, str]]:
    """(id of the control, message) of everything to fix in a form, in its order; the id is empty for the form's own."""
    return [*_field_errors(form), *(("", str(message)) for message in form.form_errors)]


def _field_errors(parts: Form | Field) -> Iterator[tuple[str, str]]:
    for field in parts:
        inner = getattr(field, "form", None) or (field if hasattr(field, "entries") else None)
        if inner is not None:
            yield from _field_errors(inner)
        else:
            anchor = f"{field.id}-0" if control_kind(field) in ("radio", "checkboxes") else field.id
            yield from ((anchor, str(message)) for message in field.errors)
