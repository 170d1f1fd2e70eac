"""Who may do what: one table, one question.

Every action stands in `ACTIONS` with the row of the access matrix it comes from: one cell for each kind of actor.
`decide` looks up which kinds the actor is towards this object and takes the best cell. An action that is not in the
table raises; there is no default allow. This module knows no database and no Flask; `cohort.gate` ties it to both.

Cells: `Y` allow, `-` hidden (404), `x` refused (403), `h` field left out, `L` sign in first; letters are conditions
that all must hold, see `_holds`. `D` allows the metadata fields only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

COLUMNS = ("OWN", "PEER", "MENT", "OMEN", "FAC", "STF", "OSTF", "ADM", "ANON", "WDR")
FRESH = timedelta(minutes=10)
"""How long after giving the password somebody may do what asks for it again."""
AFTER_WITHDRAWAL = timedelta(days=30)


class Verdict(IntEnum):
    """The answer, from worst to best: an actor with two roles gets the better one."""

    HIDE = 0
    REFUSE = 1
    SIGN_IN = 2
    CONFIRM = 3
    """Give the password again first."""
    METADATA = 4
    ALLOW = 5


@dataclass(frozen=True, slots=True)
class Guard:
    """What the policy needs to know of an object."""

    cohort_id: int | None = None
    person_id: int | None = None
    """Whom it is about: the owner of the work, the person of the account."""
    enrolment_id: int | None = None
    author_id: int | None = None
    is_declared: bool = False
    """The assignment said, before the work was handed in, that the mentor reads it."""
    is_draft: bool = False
    """Until it is handed in, only its owner reads it."""
    is_archived: bool = False
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks, with the relations that hold at this moment."""

    person_id: int | None = None
    is_admin: bool = False
    roles: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Cohort id -> of `participant`, `mentor`, `facilitator`, `program lead`, `observer`."""
    mentees: frozenset[int] = frozenset()
    """Enrolments whose mentor this person is now."""
    confirmed_at: datetime | None = None
    """When the password was last given in this browser."""

    @property
    def is_anonymous(self) -> bool:
        return self.person_id is None

    def has_role(self, *roles: str) -> bool:
        """True when the person holds one of `roles` in any cohort."""
        return any(held & set(roles) for held in self.roles.values())

    def cohorts_as(self, *roles: str) -> frozenset[int]:
        """The cohorts in which the person holds one of `roles`."""
        return frozenset(cohort for cohort, held in self.roles.items() if held & set(roles))


ANONYMOUS = Actor()


@dataclass(frozen=True, slots=True)
class Action:
    code: str
    """The row of the matrix; codes beginning with N are ours, for things the matrix does not list."""
    data: str
    """Class of data: K0 public, K1 cohort, K2 work, K3 confidential, K4 sealed."""
    cells: Mapping[str, str]
    writes: bool


def _action(code: str, data: str, cells: str, *, writes: bool = False) -> Action:
    return Action(code, data, dict(zip(COLUMNS, cells.split(), strict=True)), writes)


# Columns:                     OWN PEER MENT OMEN FAC STF OSTF ADM ANON WDR
ACTIONS: Mapping[str, Action] = {
    "account.edit": _action("A4", "K1", "Y x x x x x - x L x", writes=True),
    "account.password": _action("A5", "K4", "U x x x x x - x L U", writes=True),
    "account.change-address": _action("A6", "K1", "U x x x x x - U L x", writes=True),
    "account.send-reset": _action("A9", "K1", "Y x x x x Y - Y L Y", writes=True),
    "account.sessions": _action("A10", "K1", "Y x x x x x - x L Y", writes=True),
    "account.mail": _action("A18", "K1", "Y x x x x x - x L Y", writes=True),
    "account.away": _action("N40", "K1", "Y x x x x x - x L Y", writes=True),
    "account.home": _action("N1", "K1", "Y x x x x x - x L Y"),
    "cohort.see": _action("B1", "K1", "Y Y Y Y Y Y - Y L D"),
    "cohort.directory": _action("B2", "K1", "Y Y Y Y Y Y - D L -"),
    "cohort.create": _action("B3", "K1", "x x x x x x x Y L x", writes=True),
    "cohort.run": _action("N12", "K1", "x x x x Y Y - Y L -"),
    "cohort.edit": _action("B4", "K1", "x x x x x Y - Y L -", writes=True),
    "schedule.change": _action("I3", "K1", "x x x x Y Y - x L -", writes=True),
    "people.invite": _action("B6", "K1", "x x x x x Y - Y L -", writes=True),
    "people.invite-mentor": _action("B7", "K1", "x x x x x Y - Y L -", writes=True),
    "people.invite-staff": _action("B9", "K1", "x x x x x G - Y L -", writes=True),
    "people.withdraw": _action("B13", "K1", "U x x x x Y - Y L -", writes=True),
    "people.reinstate": _action("B14", "K1", "x x x x x Y - Y L x", writes=True),
    "people.resend": _action("B15", "K1", "x x x x x Y - Y L -", writes=True),
    "people.make-admin": _action("B10", "K1", "x x x x x x x U L x", writes=True),
    "person.see": _action("N20", "K1", "x x x x Y Y - D L -"),
    "people.import": _action("B16", "K1", "x x x x x Y - Y L -", writes=True),
    "people.export": _action("B17", "K1", "x x x x x Y - Y L -"),
    "program.see": _action("N2", "K1", "x x x x Y Y x Y L x"),
    "program.edit": _action("N3", "K1", "x x x x x Y x Y L x", writes=True),
    "module.read": _action("C1", "K1", "Y Y Y Y Y Y - x L -"),
    "module.read-early": _action("C2", "K1", "- - - - Y Y - x L -"),
    "progress.read": _action("C7", "K2", "O x D x Y Y - x L O"),
    "progress.tick": _action("N4", "K2", "Y - x - x x - - L x", writes=True),
    "submission.write": _action("D1", "K2", "Y - x - x x - - L x", writes=True),
    "extension.grant": _action("D3", "K2", "x - M - Y Y - - L x", writes=True),
    "extension.ask": _action("N41", "K2", "Y - x - x x - - L x", writes=True),
    "extension.list": _action("N42", "K2", "x x x x Y Y - x L -"),
    "submission.read": _action("D4", "K2", "Y V M - Y Y - - L W"),
    "submission.file": _action("D5", "K2", "Y V M - Y Y - - L W"),
    "submission.status": _action("D6", "K2", "Y - M - Y Y - - L W"),
    "match.decide": _action("E2", "K1", "x x x x x Y - x L x", writes=True),
    "mentor.see": _action("E3", "K2", "Y - Y - Y Y - - L W"),
    "match.see-all": _action("E4", "K2", "x x x x Y Y - x L -"),
    "session.plan": _action("E5", "K3", "Y - Y - x x - - L x", writes=True),
    "session.facts": _action("E6", "K2", "Y - Y - Y Y - - L W"),
    "session.log": _action("E7", "K3", "Y - Y - - - - - L x", writes=True),
    "note.read": _action("E8", "K3", "Y - Y - - - - - L W"),
    "note.keep": _action("N71", "K3", "Y - - - - - - - L -"),
    "mentor.answer": _action("N5", "K1", "Y - - - - - - - L x", writes=True),
    "enrolment.answer": _action("N6", "K1", "Y - - - - - - - L x", writes=True),
    "enrolment.profile": _action("N7", "K1", "Y - x - x x - - L x", writes=True),
    "concern.raise": _action("E14", "K3", "Y - Y - - - - - L Y", writes=True),
    "concern.read": _action("N70", "K4", "- - - - - Y - - L -"),
    "concern.settle": _action("N70", "K4", "- - - - - Y - - L -", writes=True),
    "commitment.tick": _action("N8", "K3", "Y - Y - - - - - L x", writes=True),
    "place.see": _action("N11", "K1", "Y - - - - - - - L W"),
    "checkin.write": _action("N9", "K3", "Y - x - x x - - L x", writes=True),
    "checkin.read": _action("N10", "K3", "Y - Y - D D - - L W"),
    "workshop.see": _action("I1", "K1", "Y Y Y Y Y Y - x L -"),
    "workshop.link": _action("I2", "K1", "C C C C Y Y - x L -"),
    "workshop.edit": _action("I3", "K1", "x x x x Y Y - x L -", writes=True),
    "place.take": _action("I4", "K1", "C C C C x x - x L x", writes=True),
    "place.cancel": _action("I5", "K1", "Y - x - x Y - x L Y", writes=True),
    "place.give": _action("I6", "K1", "x x x x Y Y - x L x", writes=True),
    "place.exceed": _action("I7", "K1", "x x x x x U - x L x", writes=True),
    "workshop.roster": _action("I8", "K1", "x x x x Y Y - x L -"),
    "attendance.record": _action("I9", "K2", "x x x x Y Y - x L x", writes=True),
    "attendance.read": _action("I10", "K2", "Y - D - Y Y - - L W"),
    "workshop.take-part": _action("N50", "K2", "Y - x - x x - - L x", writes=True),
    "calendar.renew": _action("I13", "K1", "Y x x x x x - Y L Y", writes=True),
    "mail.log": _action("J4", "K1", "x x x x x Y - D L -"),
    "mail.preview": _action("J3", "K1", "x x x x x Y - x L -"),
    "mail.edit": _action("J3", "K1", "x x x x x Y - x L -", writes=True),
    "mail.pause": _action("J2", "K1", "x x x x x Y - x L -", writes=True),
    "mail.pause-all": _action("N60", "K1", "x x x x x x - Y L -", writes=True),
    "mail.own": _action("N61", "K1", "Y x x x x x - x L Y"),
}


def decide(actor: Actor, action: str, guard: Guard, now: datetime) -> Verdict:
    """May `actor` do `action` to the object behind `guard`? Raises KeyError for an action that nobody declared."""
    rule = ACTIONS[action]
    columns = _columns(actor, guard)
    verdict = max(_judge(rule.cells[column], column, actor, guard, rule, now) for column in columns)
    if verdict is not Verdict.ALLOW and _observes(actor, guard, rule):
        return _judge(rule.cells["STF"], "STF", actor, guard, rule, now)
    return verdict


def _columns(actor: Actor, guard: Guard) -> set[str]:
    """Every kind of actor that `actor` is towards the object; OSTF for somebody with no relation to it."""
    if actor.is_anonymous:
        return {"ANON"}
    if guard.person_id is not None and guard.person_id == actor.person_id:
        columns = {"WDR" if guard.withdrawn_at else "OWN"}
    else:
        columns = set(_relations(actor, guard))
    if actor.is_admin:
        columns.add("ADM")
    return columns or {"OSTF"}


def _relations(actor: Actor, guard: Guard) -> list[str]:
    if guard.cohort_id is None:
        held: frozenset[str] = frozenset().union(*actor.roles.values()) & {"facilitator", "program lead"}
    else:
        held = actor.roles.get(guard.cohort_id, frozenset())
    columns = [column for role, column in _COLUMN_OF.items() if role in held]
    if "mentor" in held:
        columns.append("MENT" if guard.enrolment_id in actor.mentees else "OMEN")
    return columns


_COLUMN_OF = {"participant": "PEER", "facilitator": "FAC", "program lead": "STF"}


def _observes(actor: Actor, guard: Guard, rule: Action) -> bool:
    """An observer reads what staff read of classes K1 and K2, and writes nothing."""
    if guard.cohort_id is None or rule.writes or rule.data not in ("K0", "K1", "K2"):
        return False
    return "observer" in actor.roles.get(guard.cohort_id, frozenset())


def _judge(cell: str, column: str, actor: Actor, guard: Guard, rule: Action, now: datetime) -> Verdict:
    verdict = _PLAIN.get(cell)
    if verdict is None:
        verdict = _judge_conditions(cell, actor, guard, rule, now)
    if guard.is_draft and rule.code in _CONTENT and column not in ("OWN", "WDR") and verdict >= Verdict.METADATA:
        return Verdict.HIDE
    return verdict


_PLAIN = {"Y": Verdict.ALLOW, "-": Verdict.HIDE, "x": Verdict.REFUSE, "h": Verdict.HIDE, "L": Verdict.SIGN_IN}
_CONTENT = frozenset({"D4", "D5", "N10"})
"""Rows whose object others see only once it was handed in."""


def _judge_conditions(cell: str, actor: Actor, guard: Guard, rule: Action, now: datetime) -> Verdict:
    failed = [letter for letter in cell if not _holds(letter, actor, guard, rule, now)]
    if failed:
        return Verdict.CONFIRM if failed == ["U"] else Verdict.HIDE
    return Verdict.METADATA if "D" in cell else Verdict.ALLOW


def _holds(letter: str, actor: Actor, guard: Guard, rule: Action, now: datetime) -> bool:
    """The condition behind one letter. C and G are decided by the deed, which knows the seats and the role."""
    match letter:
        case "D" | "C" | "G":
            return True
        case "M":
            return guard.is_declared
        case "O":
            return guard.author_id == actor.person_id or guard.person_id == actor.person_id
        case "U":
            return actor.confirmed_at is not None and now - actor.confirmed_at <= FRESH
        case "W":
            return not rule.writes and guard.withdrawn_at is not None and now - guard.withdrawn_at <= AFTER_WITHDRAWAL
        case _:
            return False
