"""From a text to a version: check it, show what it holds and changes, and store it only when that is asked for.

The import of a pack and the editors of a program go the same way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.db import db
from cohort.gate import access, me
from cohort.programs.blueprint import bp
from cohort.programs.finding import Shelf, open_shelf
from cohort.programs.forms import PackForm, TextForm
from cohort.programs.importing import digest_of, import_pack
from cohort.programs.models import ProgramVersion
from cohort.programs.outline import compare, in_words
from cohort.programs.pack import Pack
from cohort.programs.packs import PackError
from cohort.programs.queries import find_latest_version, list_versions

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """What differs between an import and an edit."""

    show: Callable[[Sequence[PackError]], str]
    """The page on which the text is written, with its mistakes."""
    store: Callable[[Document], ProgramVersion | None]
    url: str
    """Where the form is sent."""
    back: str
    crumbs: Sequence[tuple[str, str] | str]
    done: str = "imported"
    button: str = "Import program"
    dates: str = ""
    """The editor of dates, where the text came from there."""


@bp.route("/import-program", methods=["GET", "POST"])
@access("program.edit", open_shelf)
def import_program(_: Shelf) -> ResponseReturnValue:
    form = PackForm()
    here, home = url_for("programs.import_program"), url_for("programs.overview")
    way = Way(
        show=lambda errors: render_template("programs/import_program.html", form=form, errors=errors),
        store=lambda document: import_pack(document, by=me(), now=clock.now()),
        url=here,
        back=home,
        crumbs=[("Programs", home), ("Import program", here), "Preview"],
    )
    return take(form, way)


def take(form: TextForm, way: Way) -> ResponseReturnValue:
    """Answer a form with the text of a pack."""
    reading = form.read() if form.is_submitted() else None
    if reading is None or reading.document is None or reading.pack is None:
        return way.show(reading.errors if reading else ()), 422 if form.is_submitted() else 200
    if request.form.get("do") == "edit":
        return way.show(())
    if request.form.get("do") == "import":
        return _store(reading.document, way)
    return preview(form, reading.document, reading.pack, way)


def preview(form: TextForm, document: Document, pack: Pack, way: Way) -> str:
    """What storing `document` would do."""
    latest = find_latest_version(pack.key)
    versions = list_versions(latest.program_id) if latest else []
    return render_template(
        "programs/preview.html",
        form=form,
        way=way,
        latest=latest,
        is_same=latest is not None and latest.digest == digest_of(document),
        changes=compare(latest.document, document) if latest else None,
        cohorts=sum(version.cohorts for version in versions),
        module_url=lambda module: "",
        **in_words(pack),
    )


def _store(document: Document, way: Way) -> ResponseReturnValue:
    version = way.store(document)
    db.session.commit()
    if version is None:
        flash("Nothing has changed: the latest version says the same.", "info")
    else:
        flash(f"Version {version.number} is {way.done}. Cohorts keep the version they were made from.", "success")
    return redirect(url_for("programs.show", key=document["key"]))
