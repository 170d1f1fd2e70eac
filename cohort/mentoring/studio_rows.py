"""The matching studio in rows and words, as its components take them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cohort.mentoring.gathering import People
from cohort.mentoring.kept_runs import Difference, SavedRun, Sums, compare
from cohort.mentoring.models import KeptApart, Mentor, Pairing, Side
from cohort.mentoring.settings import FACTOR_WORDS, STANDARD_WEIGHTS, RunSettings
from cohort.mentoring.why import Why
from cohort.templating import count, moment, number_words

Row = dict[str, Any]
GONE = "Somebody who left"
ALWAYS_ON = {
    "same_person": "Two different people",
    "line_manager": "Not their own manager",
    "mentee_veto": "No veto of the participant",
    "mentor_veto": "No veto of the mentor",
    "staff_forbid": "Not kept apart by staff, nor declined before",
}


class Names:
    """The people of a cohort by row id, as a stored run knows them."""

    def __init__(self, people: People) -> None:
        self._people = people

    def mentee(self, enrolment_id: int) -> str:
        found = self._people.by_enrolment_id.get(enrolment_id)
        return found.person.name if found else GONE

    def mentor(self, mentor_id: int) -> str:
        found = self._people.by_mentor_id.get(mentor_id)
        return found.person.name if found else GONE


def pair_rows(people: People, saved: SavedRun | None, before: SavedRun | None, *, is_staff: bool) -> list[Row]:
    """Proposals, those that fit least first. Wishes are for staff who decide."""
    changed = {one.enrolment_id for one in compare(before, saved)} if saved and before else set()
    return [_pair_row(one, people, saved, one.enrolment_id in changed, is_staff) for one in people.proposed]


def _pair_row(one: Pairing, people: People, saved: SavedRun | None, changed: bool, is_staff: bool) -> Row:
    by_hand = one.is_locked and not _is_of_run(one, saved)
    load, capacity = people.loads[one.mentor_id], one.mentor.capacity
    notes = [
        ("lock-fill", "Locked", "here") if one.is_locked else (),
        ("pencil", "By hand", "") if by_hand else (),
        ("arrow-repeat", "Changed", "warn") if changed and not by_hand else (),
        ("star-fill", wish, "") if is_staff and (wish := _wish_of(one)) else (),
        ("people-fill", f"Full, {load} of {capacity}", "") if load >= capacity else (),
    ]
    return {
        "id": one.id,
        "enrolment_id": one.enrolment_id,
        "mentee": one.enrolment.person.name,
        "mentor": one.mentor.person.name,
        "fit": one.score,
        "reasons": one.reasons,
        "locked": one.is_locked,
        "changed": changed,
        "tags": [(kind, icon, word) for icon, word, kind in filter(None, notes)],
    }


def _is_of_run(one: Pairing, saved: SavedRun | None) -> bool:
    mentor_id, _, how = saved.couples.get(one.enrolment_id, (0, 0, "hand")) if saved else (0, 0, "hand")
    return mentor_id == one.mentor_id and how != "hand"


def _wish_of(one: Pairing) -> str:
    ranked = list(one.enrolment.wishes or ())
    return f"Wish {ranked.index(one.mentor_id) + 1}" if one.mentor_id in ranked else ""


FILTERS: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "all": ("All", lambda row: True),
    "open": ("Not locked", lambda row: not row["locked"]),
    "locked": ("Locked", lambda row: bool(row["locked"])),
    "changed": ("Changed", lambda row: bool(row["changed"])),
}


def load_rows(people: People) -> list[Row]:
    return [_load_row(mentor, people.loads[mentor.id]) for mentor in people.mentors]


def _load_row(mentor: Mentor, load: int) -> Row:
    state = ", full" if load >= mentor.capacity else ""
    words = f"{load} of {mentor.capacity}{state}" if mentor.capacity or load else "Paused"
    return {"name": mentor.person.name, "value": load, "of": max(1, mentor.capacity), "words": words}


def difference_rows(differences: Sequence[Difference], people: People) -> list[Row]:
    names = Names(people)

    def end(couple: tuple[int, int] | None) -> str:
        return f"{names.mentor(couple[0])}, {couple[1]}" if couple else "Nobody"

    return [
        {"what": names.mentee(one.enrolment_id), "now": end(one.before), "after": end(one.after)} for one in differences
    ]


def difference_words(earlier: SavedRun, later: SavedRun, differences: Sequence[Difference]) -> str:
    """`Nine pairs are the same. Mean fit 79, was 80.`"""
    same = len(later.couples) - sum(one.after is not None for one in differences)
    pairs = f"{number_words(same).capitalize()} {'pair is' if same == 1 else 'pairs are'} the same."
    means = [one.row.outcome["spread"]["mean"] for one in (later, earlier)]
    return pairs if None in means else f"{pairs} Mean fit {means[0]}, was {means[1]}."


def seat_words(saved: SavedRun, people: People) -> list[str]:
    names = Names(people)
    return [
        f"{names.mentor(mentor_id)}: {_gain(matched, points)}"
        for mentor_id, matched, points in saved.row.outcome["seats"]
    ]


def _gain(matched: int, points: int) -> str:
    more = f"{count(matched, 'person', 'people')} more with a mentor" if matched else ""
    gained = f"{abs(points)} {'point' if abs(points) == 1 else 'points'} {'more' if points > 0 else 'fewer'}"
    return ", ".join(filter(None, (more, gained if points else "")))


def blocking_words(saved: SavedRun, people: People) -> Iterator[str]:
    """Pairs in which both would fit better."""
    names = Names(people)
    for enrolment_id, mentor_id, together, present in saved.row.outcome["blocking"]["pairs"]:
        now = f"now {present}" if present is not None else "now without a mentor"
        yield f"{names.mentee(enrolment_id)} with {names.mentor(mentor_id)}: {together} together, {now}"


def fit_rows(saved: SavedRun) -> list[Row]:
    """Pairs by tens of their fit, the tens that have any and those between."""
    histogram = saved.row.outcome["histogram"]
    used = [ten for ten, number in enumerate(histogram) if number]
    return [
        {"name": f"{10 * ten} to {10 * ten + 9 if ten < 9 else 100}", "value": histogram[ten], "words": histogram[ten]}
        for ten in (range(used[0], used[-1] + 1) if used else ())
    ]


def steadiness_words(saved: SavedRun) -> str:
    """What it took to change few enough pairs; empty when nothing was asked."""
    found, most = saved.row.outcome["steadiness"], saved.settings.most_changes
    if most is None:
        return ""
    asked = f"At most {count(most, 'pair', 'pairs')} could change, {number_words(found['changed'])} did"
    if found["mode"] == "free":
        return f"{asked}: the best plan of all needed no more."
    lost = [
        f"{count(found['matched'], 'person', 'people')} fewer with a mentor" if found["matched"] else "",
        f"{count(found['points'], 'point', 'points')} of fit" if found["points"] else "",
    ]
    cost = f"It cost {' and '.join(filter(None, lost))}." if any(lost) else "It cost nothing."
    if found["mode"] == "bonus":
        bonus = f"{found['bonus_bp'] / 100:.1f}"
        return f"{asked}. Each kept pair counted {bonus} points more, the least that was enough. {cost}"
    return f"{asked}. No bonus was enough, so every pair of the run before was kept that still can be. {cost}"


def asked_words(saved: SavedRun) -> str:
    """What a run was asked, as far as it is not the usual: `Growth areas 10; no shared hours needed`."""
    weights = [
        f"{FACTOR_WORDS[name]} {weight}"
        for name, weight in saved.settings.weights.items()
        if weight != STANDARD_WEIGHTS[name]
    ]
    return "; ".join([", ".join(weights) or "Standard weights", *_rule_words(saved.settings)])


def _rule_words(chosen: RunSettings) -> list[str]:
    usual = RunSettings()
    words = {
        "employers may be the same": not chosen.different_employer,
        "no shared language needed": not chosen.shared_language,
        "no shared hours needed": not chosen.shared_hours,
        f"{chosen.least_starts} possible starts at least": chosen.least_starts != usual.least_starts,
        "employers that compete kept apart": bool(chosen.competitors),
        f"{chosen.least_gap} grades above at least": chosen.least_gap is not None,
        f"fit {chosen.least_fit} at least": chosen.least_fit != usual.least_fit,
        f"{count(chosen.most_changes or 0, 'change', 'changes')} at most": chosen.most_changes is not None,
    }
    return [word for word, is_said in words.items() if is_said]


def outcome_words(sums: Sums) -> str:
    """A run in a line of a list."""
    matched = f"{sums.matched} of {sums.people} matched"
    return matched if sums.mean is None else f"{matched}, mean fit {sums.mean}"


_SAID = {
    Side.PARTICIPANT: "The participant asked for it",
    Side.MENTOR: "The mentor asked for it",
    Side.STAFF: "Program staff decided",
}


def apart_title(one: KeptApart) -> str:
    return f"{one.enrolment.person.name} and {one.mentor.person.name}"


def apart_words(one: KeptApart) -> str:
    return f"{_SAID[one.side]}" + (f": “{one.reason}”" if one.reason else ".")


def apart_since(one: KeptApart) -> str:
    return f"Said {moment(one.said_at)}"


def factor_rows(why: Why) -> list[Row]:
    """The bar of factor points."""
    return [
        {
            "name": one.name,
            "value": one.points,
            "of": max(1, one.most),
            "words": f"{one.points} of {one.most}",
            "why": one.evidence,
        }
        for one in why.factors
    ]
