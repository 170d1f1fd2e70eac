"""The walk through a profile step by step, the same for participants and mentors: a step sent, kept as typed, left."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from cohort.cohorts.profiling import Part
from cohort.db import db
from cohort.errors import DomainError

S = TypeVar("S", bound=StrEnum)
COMPLETE = "Your profile is complete: you appear in the matching pool. You can change it at any time."


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


@dataclass(frozen=True, slots=True)
class Walk(Generic[S]):
    """The steps through somebody's profile, as far as they are done now."""

    names: Mapping[S, tuple[str, str]]
    """Icon and name of each step, in their order."""
    parts: Sequence[Part]
    has_wishes: bool
    url_of: Callable[[S], str]
    end: str
    """The page after the last step."""

    @property
    def missing(self) -> list[str]:
        return [part.words for part in self.parts if not part.is_there]

    def items(self, *, here: S | None = None) -> list[dict[str, str]]:
        """The steps as the component `steps` takes them."""
        return [self._item(step, is_here=step is here) for step in self.names]

    def leave(self, step: S) -> ResponseReturnValue:
        """To the step that the button names; after the last one to the page `end`, saying what is missing still."""
        order = list(self.names)
        place = order.index(step)
        if request.form.get("go") == "back" and place:
            return redirect(self.url_of(order[place - 1]))
        if step is not order[-1]:
            return redirect(self.url_of(order[place + 1]))
        if self.missing:
            flash(f"Saved. Still missing: {', '.join(self.missing)}.", "info")
        else:
            flash(COMPLETE, "success")
        return redirect(self.end)

    def _item(self, step: S, *, is_here: bool) -> dict[str, str]:
        icon, word = self.names[step]
        needed = [part.is_there for part in self.parts if part.step is step]
        is_done = all(needed) if needed else self.has_wishes
        meta = "Helps, may stay empty" if not needed and not is_done else "" if is_done else "Something is missing"
        state = "here" if is_here else "done" if is_done else ""
        shown = "check-circle-fill" if state == "done" else icon
        return {"icon": shown, "word": word, "url": self.url_of(step), "state": state, "meta": meta}
