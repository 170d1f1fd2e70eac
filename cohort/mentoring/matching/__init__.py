"""Who mentors whom: exact, proven, explained. People and rules in, pairs out; no database, no web, no clock."""

from cohort.mentoring.matching.certificate import CertificateError
from cohort.mentoring.matching.diagnosing import blocking_pairs
from cohort.mentoring.matching.engine import Pair, Result, match_people
from cohort.mentoring.matching.explaining import Alternatives, Change, Move, seats_worth_adding
from cohort.mentoring.matching.files import Outcome, match_files
from cohort.mentoring.matching.fixing import Conflict, PinConflictError
from cohort.mentoring.matching.leaving_out import LeftOut, everybody_left_out
from cohort.mentoring.matching.people import Mentee, Mentor, Window
from cohort.mentoring.matching.rules import CustomFactor, Rules
from cohort.mentoring.matching.words import Reason, reasons

__all__ = [
    "Alternatives",
    "CertificateError",
    "Change",
    "Conflict",
    "CustomFactor",
    "LeftOut",
    "Mentee",
    "Mentor",
    "Move",
    "Outcome",
    "Pair",
    "PinConflictError",
    "Reason",
    "Result",
    "Rules",
    "Window",
    "blocking_pairs",
    "everybody_left_out",
    "match_files",
    "match_people",
    "reasons",
    "seats_worth_adding",
]
