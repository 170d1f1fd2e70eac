"""Pairs that stand before anything is solved: staff's pins, and in lock mode the pairs of the earlier run."""

from collections.abc import Sequence
from dataclasses import dataclass

from cohort.mentoring.matching.constraints import ABSOLUTE
from cohort.mentoring.matching.model import Model, Place


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pin that cannot be honoured; `rules` names the absolute rules in its way."""

    code: str
    mentee_id: str
    mentor_id: str
    rules: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        record: dict[str, object] = {"code": self.code, "mentee_id": self.mentee_id, "mentor_id": self.mentor_id}
        return record | {"rules": list(self.rules)} if self.rules else record


class PinConflictError(Exception):
    """Raised when pins cannot be honoured and the rules say that this is an error; `conflicts` names every one."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("Some pins cannot be honoured.")
        self.conflicts = tuple(conflicts)


class Fixed:
    """The fixed pairs, the seats they take, and what could not be fixed."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.mentor_of: dict[Place, Place] = {}
        self.pinned: set[Place] = set()
        self.loads = [0] * len(model.mentors)
        self.conflicts: list[Conflict] = []
        self.unlocked: list[tuple[Place, Place]] = []
        for mentee_id, mentor_id in dict.fromkeys(model.rules.pins):
            self._pin(mentee_id, mentor_id)
        if self.conflicts and model.rules.on_conflict == "error":
            raise PinConflictError(self.conflicts)
        if model.rules.stability == "lock":
            self._lock_previous()

    def has_seat(self, mentor: Place) -> bool:
        return self.loads[mentor] < self._model.capacities[mentor]

    def seats_left(self, mentor: Place) -> int:
        return self._model.capacities[mentor] - self.loads[mentor]

    def status(self, mentee: Place) -> str:
        if mentee not in self.mentor_of:
            return "matched"
        return "pinned" if mentee in self.pinned else "locked"

    def _pin(self, mentee_id: str, mentor_id: str) -> None:
        code, rules = self._objection(mentee_id, mentor_id)
        if code:
            self.conflicts.append(Conflict(code, mentee_id, mentor_id, rules))
            return
        mentee = self._model.mentee_places[mentee_id]
        self._fix(mentee, self._model.mentor_places[mentor_id])
        self.pinned.add(mentee)

    def _objection(self, mentee_id: str, mentor_id: str) -> tuple[str, tuple[str, ...]]:
        mentee = self._model.mentee_places.get(mentee_id)
        mentor = self._model.mentor_places.get(mentor_id)
        if mentee is None or mentor is None:
            return "unknown_id", ()
        if mentee in self.mentor_of:
            return "mentee_pinned_twice", ()
        masks = self._model.ruled_out(mentee)
        rules = tuple(code for code in ABSOLUTE if masks[code] >> mentor & 1)
        if rules:
            return "absolute_constraint", rules
        return ("" if self.has_seat(mentor) else "capacity"), ()

    def _fix(self, mentee: Place, mentor: Place) -> None:
        self.mentor_of[mentee] = mentor
        self.loads[mentor] += 1

    def _lock_previous(self) -> None:
        for mentee, mentor in self._model.previous:
            if mentee in self.pinned:
                continue
            if mentee not in self.mentor_of and self._model.is_eligible(mentee, mentor) and self.has_seat(mentor):
                self._fix(mentee, mentor)
            else:
                self.unlocked.append((mentee, mentor))
