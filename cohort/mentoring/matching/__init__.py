"""Who mentors whom: exact, proven, explained. People and rules in, pairs out; no database, no web, no clock."""

from cohort.mentoring.matching.certificate import CertificateError
from cohort.mentoring.matching.engine import Pair, Result, match_people
from cohort.mentoring.matching.fixing import Conflict, PinConflictError
from cohort.mentoring.matching.people import Mentee, Mentor, Window
from cohort.mentoring.matching.rules import CustomFactor, Rules
from cohort.mentoring.matching.words import Reason, reasons

__all__ = [
    "CertificateError",
    "Conflict",
    "CustomFactor",
    "Mentee",
    "Mentor",
    "Pair",
    "PinConflictError",
    "Reason",
    "Result",
    "Rules",
    "Window",
    "match_people",
    "reasons",
]
