"""Pages of programs: the list, one program, its modules, its text; importing and editing have modules of their own."""

from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort.access import Guard
from cohort.db import db
from cohort.gate import access, current_actor, may
from cohort.programs import edit_views, import_views
from cohort.programs.blueprint import bp
from cohort.programs.edit_views import use_rows
from cohort.programs.finding import Shelf, open_shelf, open_version
from cohort.programs.models import ProgramVersion
from cohort.programs.outline import DateWords, competency_of, completion_words, in_words, list_dates
from cohort.programs.pack import Module, Pack
from cohort.programs.packs import write_pack
from cohort.programs.queries import VersionFacts, facts_of, list_uses, list_versions, pack_of, programs_by_title
from cohort.templating import day

__all__ = ["bp", "edit_views", "import_views"]

PER_PAGE = 50
PARTS = {
    "modules": "Modules",
    "dates": "Between the modules",
    "rules": "Reminder rules",
    "competencies": "Competencies",
}
"""The tabs of the page of a program."""


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
        use_rows=use_rows(list_uses(version.program_id, current_actor()), versions[0].number),
        completion=[("check-lg", sentence) for sentence in completion_words(pack)],
        may_edit=may("program.edit", version),
        module_url=lambda module: url_for(
            "programs.module", key=version.program.key, module=module.key, version=version.number
        ),
        **in_words(pack),
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
