"""The code holds its own layout: read from the syntax trees, so that no rule depends on somebody remembering it.

Layers, each importing only its own and earlier ones: ground (clock, config, db and the like); models and rules;
queries and deeds; forms, and what is made to be read; entry points (views, what is around them, command line, worker).
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

from cohort.config import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "cohort").rglob("*.py"))
}
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*")) if path.is_file()]

GROUND, MODELS, DEEDS, FORMS, ENTRY = range(5)
AT_THE_GROUND = {"access", "assets", "clock", "config", "converters", "db", "errors", "exports"}
ENDINGS = {
    "models": MODELS,
    "rules": MODELS,
    "wishes": MODELS,  # what a person wants, as their row keeps it
    "forms": FORMS,
    "composing": FORMS,
    "letters": FORMS,
    "templating": FORMS,
    "rows": FORMS,  # people and things as lists put them into words
    "blueprint": ENTRY,
    "finding": ENTRY,  # how routes find what their address names
    "views": ENTRY,
    "scheduler": ENTRY,
}
MORE_ENTRY_POINTS = {
    "cohort.people.kept",  # the answer to a post whose session ended
    "cohort.people.signed_in",  # who is signed in, as Flask-Login asks
    "cohort.mail.preparing",  # the part of the worker's loop that writes letters
    "cohort.mail.recording",  # and the part that says they leave
    "cohort.mail.delivery",  # the worker's loop: each message is claimed, sent and recorded by itself
    "cohort.mentoring.run_worker",  # a run is claimed, worked out and kept in transactions of its own
    "cohort.reminders.tick",  # the worker's round: each cohort is planned in a transaction of its own
}

WEB = {"flask", "flask_login", "flask_wtf", "wtforms"}
PURE = re.compile(
    r"cohort\.(clock|access|schedule\.(dates|plan|moving|pushing|snapshots|clashes|slots|suggesting)"
    r"|programs\.(packs?|checks|combining|dating|fields|findings|layout|source)"
    r"|cohorts\.roster\w*|people\.wishes|reminders\.(timing|windows|leaving|placeholders)|mentoring\.matching(\.\w+)?)"
)
BANNED = {"asyncio", "http.client", "marshal", "pickle", "requests", "shelve", "subprocess", "urllib.request"}
MAY_IMPORT = {
    ("cohort.cli.starting", "subprocess"),  # starts the web and the worker process of the demo
    ("cohort.cli.starting", "http.client"),  # asks the web it has started whether it answers
}
MAY_SAY_SQL = {
    "cohort.db",  # how each connection and each transaction of SQLite begins
}

Found = dict[str, list[str]]


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


@cache
def imports(module: str) -> frozenset[str]:
    """All that `module` imports, wherever in the file: full module names, of our own never names in them."""
    return frozenset(_imports(module))


def _imports(module: str) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for name in (f"{node.module}.{alias.name}" for alias in node.names):
                yield name if name in MODULES or name in BANNED else str(node.module)


def ours(module: str) -> set[str]:
    return {name for name in imports(module) if name in MODULES}


def reached(module: str) -> set[str]:
    """`module` and all of ours that it imports, directly or through others."""
    seen: set[str] = set()
    waiting = {module}
    while waiting:
        seen |= waiting
        waiting = {name for each in waiting for name in ours(each)} - seen
    return seen


def called(module: str) -> Iterator[tuple[str, ast.Call]]:
    """Each call, with what is called as it is written: 'db.session.commit'."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def layer(module: str) -> int:
    parts = module.split(".")
    ending = parts[-1].rsplit("_", 1)[-1]
    if module in MORE_ENTRY_POINTS or parts == ["cohort"] or parts[1] == "cli":
        return ENTRY
    if is_feature_part(module) or ending in ENDINGS:
        return ENDINGS.get(ending, DEEDS)
    return GROUND if parts[1] in AT_THE_GROUND else ENTRY


def is_feature_part(module: str) -> bool:
    return (ROOT / "cohort" / feature(module)).is_dir() and module != "cohort"


def feature(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def only(found: dict[str, set[str]]) -> Found:
    return {module: sorted(names) for module, names in found.items() if names}


def test_modules_import_downwards_only() -> None:
    upwards = {name: {other for other in ours(name) if layer(other) > layer(name)} for name in MODULES}
    assert only(upwards) == {}


def test_features_take_no_forms_from_another() -> None:
    forms = {other for other in MODULES if other.endswith("forms") and is_feature_part(other)}
    parts = [name for name in MODULES if is_feature_part(name)]
    foreign = {name: {other for other in ours(name) & forms if feature(other) != feature(name)} for name in parts}
    assert only(foreign) == {}


def test_deeds_know_no_web() -> None:
    inner = [name for name in MODULES if layer(name) in (MODELS, DEEDS)]
    assert only({name: {other for other in imports(name) if other.split(".")[0] in WEB} for name in inner}) == {}


def test_pure_modules_reach_neither_web_nor_database() -> None:
    pure = [name for name in MODULES if PURE.fullmatch(name)]
    assert {"cohort.schedule.plan", "cohort.programs.packs", "cohort.mentoring.matching.engine"} <= set(pure)
    outside = {name: {other.split(".")[0] for each in reached(name) for other in imports(each)} for name in pure}
    apart = WEB | {"werkzeug", "jinja2", "sqlalchemy", "flask_sqlalchemy"}
    assert only({name: names & apart for name, names in outside.items()}) == {}


def test_only_entry_points_commit() -> None:
    inner = [name for name in MODULES if layer(name) < ENTRY]
    assert only({name: {what for what, _ in called(name) if what.endswith(".commit")} for name in inner}) == {}


def test_only_the_clock_asks_for_the_time() -> None:
    asking = re.compile(r"(\w+\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime)")
    asked = {name: {what for what, _ in called(name) if asking.fullmatch(what)} for name in MODULES}
    assert set(only(asked)) == {"cohort.clock"}


def test_dangerous_modules_are_imported_only_with_a_reason() -> None:
    assert {(name, other) for name in MODULES for other in imports(name) & BANNED} - MAY_IMPORT == set()


def test_nothing_is_evaluated() -> None:
    evaluating = {"eval", "exec", "yaml.load", "yaml.unsafe_load", "__import__"}
    assert only({name: {what for what, _ in called(name)} & evaluating for name in MODULES}) == {}


def test_sql_text_is_literal() -> None:
    """`text()` takes a literal, so nothing that anybody typed can be in it; statements are built, never written."""
    written = {
        name: {ast.unparse(call) for what, call in called(name) if what == "text" and not is_literal(call)}
        | {what for what, _ in called(name) if what.endswith("exec_driver_sql")}
        for name in MODULES.keys() - MAY_SAY_SQL
        if "sqlalchemy" in imports(name)
    }
    assert only(written) == {}


def is_literal(call: ast.Call) -> bool:
    return isinstance(call.args[0], ast.Constant)


def test_only_templating_declares_markup_safe() -> None:
    made = {name: {what for what, _ in called(name) if what.split(".")[-1] == "Markup"} for name in MODULES}
    assert set(only(made)) <= {"cohort.templating"}


def test_templates_escape_and_keep_style_and_script_out() -> None:
    everywhere = [
        r"\|\s*safe\b",
        r"autoescape\s+false",
        r"<script(?![^>]*\ssrc=)",
        r"\son[a-z]+\s*=\s*[\"']",
        r"javascript:",
    ]
    on_pages = [*everywhere, r"\sstyle\s*=", r"<style\b"]
    found = {
        str(path): banned_in(path.read_text(), everywhere if "email" in path.parts else on_pages) for path in TEMPLATES
    }
    assert only(found) == {}


def banned_in(source: str, rules: list[str]) -> set[str]:
    return {found.group() for rule in rules for found in re.finditer(rule, source, re.IGNORECASE)}


def test_templates_have_an_ending_that_jinja_knows_how_to_escape() -> None:
    assert [path.name for path in TEMPLATES if path.suffix not in {".html", ".txt"}] == []
