"""Answering a check-in: drafts, and sending it.

Every deed expects that the caller holds the participant's place (see learning.finding), so that two saves at the same
moment come one after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cohort.checkins.models import CheckInAnswer, Kept, MoodAudience
from cohort.checkins.queries import find_window, list_answers
from cohort.cohorts.models import CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.programs.pack import CheckIn, Pack
from cohort.programs.queries import pack_of

LONGEST_ANSWER = 4_000
LONGEST_PROMISE = 140


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody put into the form; a draft may leave out anything."""

    kept: Kept | None = None
    mood: int | None = None
    """1 struggling to 5 strong."""
    mood_for: MoodAudience = MoodAudience.PAIR
    answers: tuple[str, ...] = ()
    """One text per question of the check-in, in its order."""
    help: tuple[str, ...] = ()
    promise: str = ""
    promise_by: date | None = None


def save_draft(
    enrolment: Enrolment, checkin: CheckIn, answers: Answers, *, version: int, now: datetime
) -> CheckInAnswer:
    """Keep what is typed so far. `version` is that of the page it was typed on, 0 when there was no draft yet.

    Saving what is there already changes nothing, from whatever page. Raises Conflict when another page has saved
    something else since, when the check-in is sent, or takes no answers now; DomainError when a text is too long.
    """
    _check(enrolment, checkin, answers, now)
    given = list_answers(enrolment.id)
    return _save(enrolment, checkin, answers, given, version=version, now=now)


def answer(enrolment: Enrolment, checkin: CheckIn, answers: Answers, *, version: int, now: datetime) -> CheckInAnswer:
    """Send the check-in. Raises as `save_draft` does, and DomainError while a choice that it needs is missing."""
    _check(enrolment, checkin, answers, now)
    given = list_answers(enrolment.id)
    if answers.mood is None:
        raise DomainError("Choose how you are; any of the five is right.", field="mood")
    if answers.kept is None and last_promise(pack_of(enrolment.cohort.version), checkin, given) is not None:
        raise DomainError("Say what became of your last promise.", field="kept")
    saved = _save(enrolment, checkin, answers, given, version=version, now=now)
    if saved.answered_at is None:
        saved.answered_at, saved.saved_at = now, now
        db.session.flush()
    return saved


def last_promise(pack: Pack, checkin: CheckIn, given: Mapping[str, CheckInAnswer]) -> CheckInAnswer | None:
    """The answered check-in just before this one, if it holds a promise."""
    keys = [entry.key for entry in pack.checkins]
    earlier = [given[key] for key in keys[: keys.index(checkin.key)] if key in given and given[key].answered_at]
    return earlier[-1] if earlier and earlier[-1].promise else None


def _save(
    enrolment: Enrolment,
    checkin: CheckIn,
    answers: Answers,
    given: Mapping[str, CheckInAnswer],
    *,
    version: int,
    now: datetime,
) -> CheckInAnswer:
    values = _values(answers, len(checkin.questions))
    kept = given.get(checkin.key)
    if kept is not None and all(getattr(kept, name) == value for name, value in values.items()):
        return kept
    if kept is not None and kept.answered_at is not None:
        raise Conflict("You have sent this check-in already.")
    if version != (kept.version if kept else 0):
        raise Conflict("This draft was saved in another window since you opened this page.")
    if kept is None:
        kept = CheckInAnswer(enrolment=enrolment, checkin_key=checkin.key, version=0)
        db.session.add(kept)
    for name, value in values.items():
        setattr(kept, name, value)
    kept.version, kept.saved_at = kept.version + 1, now
    db.session.flush()
    return kept


def _values(answers: Answers, questions: int) -> dict[str, object]:
    """The columns that `answers` fill, with one text per question."""
    texts = list(answers.answers[:questions])
    return {
        "kept": answers.kept,
        "mood": answers.mood,
        "mood_for": answers.mood_for,
        "answers": texts + [""] * (questions - len(texts)),
        "help": list(answers.help),
        "promise": answers.promise,
        "promise_by": answers.promise_by if answers.promise else None,
    }


def _check(enrolment: Enrolment, checkin: CheckIn, answers: Answers, now: datetime) -> None:
    window = find_window(enrolment, pack_of(enrolment.cohort.version), checkin)
    if window.is_ahead(now) or enrolment.cohort.state is CohortState.DRAFT:
        raise Conflict("This check-in is not open yet.")
    if window.is_over(now):
        raise Conflict("The next check-in is open by now, so this one takes no more answers.")
    for number, text in enumerate(answers.answers):
        if len(text) > LONGEST_ANSWER:
            raise DomainError(f"At most {LONGEST_ANSWER:,} characters; shorten this answer.", field=f"answer_{number}")
    if len(answers.promise) > LONGEST_PROMISE:
        raise DomainError(f"At most {LONGEST_PROMISE} characters; shorten the promise.", field="promise")
