"""The walk through a profile step by step, the same for participants and mentors: a step sent, kept as typed, left."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from cohort.db import db
from cohort.errors import DomainError

S = TypeVar("S", bound=StrEnum)


def save_step(
    form: Any, save: Callable[[], None], *, again: Callable[[], str], leave: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    """Keep what was sent and leave the step, or show it `again` with what is wrong and all that was typed."""
    if not form.validate():
        return again(), 422
    try:
        save()
    except DomainError as refusal:
        form.refuse(refusal)
        return again(), refusal.status
    db.session.commit()
    return leave()


def keep_draft(form: Any, save: Callable[[], None]) -> ResponseReturnValue:
    """Keep what is typed so far, without a page in answer."""
    if not form.validate():
        abort(422)
    save()
    db.session.commit()
    return {"saved": True}


def leave_step(
    step: S, order: Sequence[S], url_of: Callable[[S], str], *, missing: Callable[[], list[str]], end: str
) -> ResponseReturnValue:
    """To the step that the button names; after the last one to the page `end`, saying what is `missing` still."""
    place = order.index(step)
    if request.form.get("go") == "back" and place:
        return redirect(url_of(order[place - 1]))
    if step is not order[-1]:
        return redirect(url_of(order[place + 1]))
    if words := missing():
        flash(f"Saved. Still missing: {', '.join(words)}.", "info")
    else:
        flash("Your profile is complete: you appear in the matching pool. You can change it at any time.", "success")
    return redirect(end)
