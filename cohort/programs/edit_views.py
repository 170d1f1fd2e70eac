"""The editors of a program: its dates one by one, and its whole text. What they publish is the next version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from cohort import clock
from cohort.cohorts.models import CohortState
from cohort.errors import Conflict, DomainError
from cohort.gate import access, current_actor, me
from cohort.programs.blueprint import bp
from cohort.programs.dating import Said, all_places, foresee, list_changes, list_places, with_dates
from cohort.programs.finding import open_latest
from cohort.programs.forms import DatesForm, EditForm, can_start_on
from cohort.programs.import_views import Way, preview, take
from cohort.programs.importing import publish, refuse_outdated
from cohort.programs.models import ProgramVersion
from cohort.programs.packs import PackError, Reading, read_pack, write_pack
from cohort.programs.queries import UseFacts, find_version, list_uses
from cohort.programs.source import write_path

_ICONS = {CohortState.DRAFT: "hourglass-split", CohortState.RUNNING: "play-fill", CohortState.ARCHIVED: "archive"}


@bp.route("/programs/<key:key>/text", methods=["GET", "POST"])
@access("program.edit", open_latest)
def edit_text(version: ProgramVersion) -> ResponseReturnValue:
    form = EditForm(data={"text": write_pack(version.document), "based_on": version.number})
    way = _way(version, form)
    try:
        if form.is_submitted():
            refuse_outdated(version.program, form.based_on.data)
        return take(form, way)
    except DomainError as refusal:
        return _refuse(form, refusal, version, way)


@bp.route("/programs/<key:key>/dates", methods=["GET", "POST"])
@access("program.edit", open_latest)
def edit_dates(version: ProgramVersion) -> ResponseReturnValue:
    if request.method == "GET":
        form = DatesForm(formdata=None, data={"based_on": version.number, "start": _asked_start()})
        return _show_dates(form, version, {}, read_pack(write_pack(version.document)))
    form = DatesForm(data={"start": _next_monday()})
    typed, is_all = _typed(version, form)
    if not is_all:
        return _go_on_as_text(version, form.based_on.data)
    if form.based_on.data != version.number:
        form.refuse(Conflict(_outdated_words(version, typed)))
        form.based_on.data = version.number
        return _show_dates(form, version, typed, _read(version, typed)), Conflict.status
    reading = _read(version, typed)
    is_sound = form.validate() and reading.pack is not None
    if request.form.get("do") != "preview":
        return _show_dates(form, version, typed, reading), 422 if form.errors else 200
    if not is_sound or reading.document is None or reading.pack is None:
        return _show_dates(form, version, typed, reading), 422
    text = EditForm(formdata=None, data={"text": write_pack(reading.document), "based_on": version.number})
    way = replace(_way(version, text), dates=url_for("programs.edit_dates", key=version.program.key))
    return preview(text, reading.document, reading.pack, way)


def _go_on_as_text(version: ProgramVersion, based_on: int) -> ResponseReturnValue:
    """What came back from the preview was changed there in more than its dates: nothing of it is left out."""
    form = EditForm(data={"based_on": based_on})
    form.refuse(DomainError("This text has more changes than dates. Go on with it here."))
    return _way(version, form).show(()), DomainError.status


def use_rows(uses: Iterable[UseFacts], latest: int) -> list[dict[str, Any]]:
    """The cohorts of a program, each with its version and, where it is behind, the way to the latest one."""
    return [_use_row(use, latest) for use in uses]


def _use_row(use: UseFacts, latest: int) -> dict[str, Any]:
    is_behind = use.number < latest and use.state is not CohortState.ARCHIVED
    url = url_for("schedule.change_cohort", slug=use.slug, deed="version") if is_behind else ""
    return {
        "title": use.title,
        "url": url_for("cohorts.show", slug=use.slug),
        "meta": f"Version {use.number}, {use.state.value}.",
        "icon": _ICONS[use.state],
        "action": {"word": f"Take version {latest}", "url": url, "about": f"in {use.title}"} if url else {},
    }


def _way(version: ProgramVersion, form: EditForm) -> Way:
    program = version.program
    here, home = url_for("programs.edit_text", key=program.key), url_for("programs.show", key=program.key)

    def show(errors: Sequence[PackError]) -> str:
        return render_template("programs/edit_text.html", form=form, errors=errors, version=version)

    return Way(
        show=show,
        store=lambda document: publish(
            document, program=program, based_on=form.based_on.data, by=me(), now=clock.now()
        ),
        url=here,
        back=home,
        crumbs=[("Programs", url_for("programs.overview")), (program.title, home), "Preview"],
        done="published",
        button=f"Publish version {version.number + 1}",
    )


def _refuse(form: EditForm, refusal: DomainError, version: ProgramVersion, way: Way) -> ResponseReturnValue:
    """The text stays. After a conflict it goes on from the latest version, and the next preview shows what differs."""
    if isinstance(refusal, Conflict):
        form.based_on.data = version.number
        words = "Your text is still here. Preview it again: you see what it would change in that version."
        refusal = Conflict(f"{refusal.message} {words}")
    form.refuse(refusal)
    return way.show(()), refusal.status


def _typed(version: ProgramVersion, form: DatesForm) -> tuple[dict[str, str], bool]:
    """What was typed, by name of the date, and whether that is all that was sent.

    After a newer version came in between it is only what was changed.
    """
    based_on = form.based_on.data
    began = version if based_on == version.number else find_version(version.program.key, based_on)
    text = request.form.get("text", "").replace("\r\n", "\n")
    if text:
        document = read_pack(text).document
        if document is None or began is None:
            return {}, False
        names = {one.name: one.text for one in all_places(list_places(document))}
        return list_changes(began.document, names), with_dates(began.document, names) == document
    names = {name.removeprefix("date."): text for name, text in request.form.items() if name.startswith("date.")}
    return list_changes(began.document, names) if began else names, True


def _outdated_words(version: ProgramVersion, typed: Mapping[str, str]) -> str:
    names = {one.name for one in all_places(list_places(version.document))}
    lost = sorted(name for name in typed if name not in names)
    gone = f" These dates are not in it any more: {', '.join(lost)}." if lost else ""
    words = "It stands below with the dates you changed. Look at them, and preview again."
    return f"Version {version.number} was published while you were editing. {words}{gone}"


def _read(version: ProgramVersion, typed: Mapping[str, str]) -> Reading:
    return read_pack(write_pack(with_dates(version.document, typed)))


def _show_dates(form: DatesForm, version: ProgramVersion, typed: Mapping[str, str], reading: Reading) -> str:
    groups = list_places(with_dates(version.document, typed))
    by_path = {write_path(one.path): one.name for one in all_places(groups)}
    wrong = {by_path[error.path]: error for error in reversed(reading.errors) if error.path in by_path}
    start = form.start.data if form.start.data and can_start_on(form.start.data) else _next_monday()
    said = foresee(with_dates(version.document, typed), start=start)
    said |= {name: Said(error.message, is_wrong=True) for name, error in wrong.items()}
    return render_template(
        "programs/edit_dates.html",
        form=form,
        version=version,
        groups=groups,
        said=said,
        start=start,
        wrong=[one for one in all_places(groups) if said[one.name].is_wrong],
        others=[error for error in reading.errors if error.path not in by_path],
        number=sum(bool(one.text) for one in all_places(groups)),
        uses=use_rows(list_uses(version.program_id, current_actor()), version.number),
    )


def _asked_start() -> date:
    try:
        asked = date.fromisoformat(request.args.get("start", ""))
    except ValueError:
        return _next_monday()
    return asked if can_start_on(asked) else _next_monday()


def _next_monday() -> date:
    today = clock.today(me().time_zone)
    return today + timedelta(days=7 - today.weekday())
