"""Pages of programs: the list, one program, its modules, its text, and the import of a pack."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.access import Guard
from cohort.db import db
from cohort.gate import access, may, me
from cohort.programs.forms import PackForm
from cohort.programs.importing import digest_of, import_pack
from cohort.programs.models import ProgramVersion
from cohort.programs.outline import (
    DateWords,
    compare,
    competency_of,
    completion_words,
    list_dates,
    list_parts,
    rule_words,
)
from cohort.programs.pack import Module, Pack
from cohort.programs.packs import write_pack
from cohort.programs.queries import (
    VersionFacts,
    facts_of,
    find_latest_version,
    find_version,
    list_versions,
    pack_of,
    programs_by_title,
)
from cohort.templating import day

bp = Blueprint("programs", __name__)

PER_PAGE = 50
PARTS = {
    "modules": "Modules",
    "dates": "Between the modules",
    "rules": "Reminder rules",
    "competencies": "Competencies",
}
"""The tabs of the page of a program."""


class Shelf:
    """All programs together, for what concerns no single one."""

    def guard(self) -> Guard:
        return Guard()


def open_shelf() -> Shelf:
    return Shelf()


def open_version(key: str, **_: object) -> ProgramVersion | None:
    """The version that the address asks for, else the latest."""
    number = request.args.get("version", type=int)
    return find_latest_version(key) if number is None else find_version(key, number)


@dataclass(frozen=True, slots=True)
class ModulePage:
    version: ProgramVersion
    pack: Pack
    module: Module

    def guard(self) -> Guard:
        return self.version.guard()


def open_module(key: str, module: str) -> ModulePage | None:
    version = open_version(key)
    if version is None:
        return None
    pack = pack_of(version)
    found = next((each for each in pack.modules if each.key == module), None)
    return ModulePage(version, pack, found) if found else None


@bp.get("/programs")
@access("program.see", open_shelf)
def overview(shelf: Shelf) -> ResponseReturnValue:
    page = db.paginate(programs_by_title(), per_page=PER_PAGE)
    return render_template(
        "programs/overview.html", page=page, facts=facts_of(page.items), may_import=may("program.edit", shelf)
    )


@bp.get("/programs/<key:key>")
@access("program.see", open_version)
def show(version: ProgramVersion) -> ResponseReturnValue:
    pack = pack_of(version)
    versions = list_versions(version.program_id)
    part = request.args.get("part", "")
    part = part if part in PARTS else "modules"
    return render_template(
        "programs/show.html",
        version=version,
        versions=versions,
        part=part,
        tabs=[_tab(key, label, version, current=key == part) for key, label in PARTS.items()],
        version_rows=[_version_row(each, version) for each in versions],
        kpi_rows=[{"title": kpi.title, "meta": f"{kpi.formula} In {kpi.unit}."} for kpi in pack.kpis],
        completion=[("check-lg", sentence) for sentence in completion_words(pack)],
        may_import=may("program.edit", version),
        module_url=lambda module: url_for(
            "programs.module", key=version.program.key, module=module.key, version=version.number
        ),
        **_in_words(pack),
    )


@bp.get("/programs/<key:key>/modules/<key:module>")
@access("program.see", open_module)
def module(page: ModulePage) -> ResponseReturnValue:
    words = DateWords(page.pack)
    return render_template(
        "programs/module.html",
        version=page.version,
        pack=page.pack,
        module=page.module,
        number=page.pack.modules.index(page.module) + 1,
        competency=competency_of(page.module, page.pack),
        dates=[{"title": words(expression), "meta": name} for name, expression in list_dates(page.module)],
    )


@bp.get("/programs/<key:key>/export")
@access("program.see", open_version)
def export(version: ProgramVersion) -> ResponseReturnValue:
    name = f"{version.program.key}-v{version.number}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_pack(version.document), mimetype="application/yaml", headers=headers)


@bp.route("/import-program", methods=["GET", "POST"])
@access("program.edit", open_shelf)
def import_program(_: Shelf) -> ResponseReturnValue:
    """Check a pack, show what it holds and changes, and store it only when that is asked for."""
    form = PackForm()
    reading = form.read() if form.is_submitted() else None
    if reading is None or reading.document is None or reading.pack is None:
        errors = reading.errors if reading else ()
        page = render_template("programs/import_program.html", form=form, errors=errors)
        return page, 422 if form.is_submitted() else 200
    if request.form.get("do") == "import":
        return _import(reading.document)
    return _preview(form, reading.document, reading.pack)


def _import(document: dict[str, Any]) -> ResponseReturnValue:
    version = import_pack(document, by=me(), now=clock.now())
    db.session.commit()
    if version is None:
        flash("Nothing has changed: the latest version says the same.", "info")
    else:
        flash(f"Version {version.number} is imported. Cohorts keep the version they were made from.", "success")
    return redirect(url_for("programs.show", key=document["key"]))


def _preview(form: PackForm, document: dict[str, Any], pack: Pack) -> ResponseReturnValue:
    latest = find_latest_version(pack.key)
    changes = compare(latest.document, document) if latest else None
    versions = list_versions(latest.program_id) if latest else []
    return render_template(
        "programs/preview.html",
        form=form,
        latest=latest,
        is_same=latest is not None and latest.digest == digest_of(document),
        changes=changes,
        cohorts=sum(version.cohorts for version in versions),
        module_url=lambda module: "",
        **_in_words(pack),
    )


def _tab(key: str, label: str, version: ProgramVersion, *, current: bool) -> dict[str, Any]:
    url = url_for("programs.show", key=version.program.key, version=version.number, part=key)
    return {"label": label, "url": url, "current": current}


def _version_row(facts: VersionFacts, shown: ProgramVersion) -> dict[str, Any]:
    by = f" by {facts.imported_by}" if facts.imported_by else ""
    cohorts = "1 cohort" if facts.cohorts == 1 else f"{facts.cohorts} cohorts"
    return {
        "title": f"Version {facts.number}",
        "url": url_for("programs.show", key=shown.program.key, version=facts.number),
        "meta": f"Imported {day(facts.imported_at)}{by}. Used by {cohorts}.",
        "icon": "check-circle-fill" if facts.number == shown.number else "circle",
    }


def _in_words(pack: Pack) -> dict[str, Any]:
    """What the templates need to show a pack."""
    return {
        "pack": pack,
        "words": DateWords(pack),
        "parts": list_parts(pack),
        "competencies": [competency_of(module, pack) for module in pack.modules],
        "rules": [rule_words(rule) for rule in pack.reminders],
    }
