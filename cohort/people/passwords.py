"""Passwords: hashed with scrypt, two at a time at most, and checked as slowly for an address that does not exist."""

from datetime import datetime, timedelta
from threading import BoundedSemaphore

from werkzeug.security import check_password_hash, generate_password_hash

from cohort.errors import DomainError
from cohort.people.models import Person

METHOD = "scrypt:65536:8:2"
"""Werkzeug's name for scrypt with N=65536, r=8, p=2: a row of OWASP's table. About 0.4 s."""
SHORTEST, LONGEST = 10, 200
FAILURES_ALLOWED = 8
LOCKED_FOR = timedelta(minutes=15)
_two_at_a_time = BoundedSemaphore(2)
_dummy: dict[str, str] = {}


def hash_password(password: str, *, person: Person) -> str:
    """The hash to store. Raises DomainError for a password that is too easy to guess."""
    if len(password) < SHORTEST:
        raise DomainError(
            f"Use at least {SHORTEST} characters; three or four words are a good start.", field="password"
        )
    if len(password) > LONGEST:
        raise DomainError(f"Use at most {LONGEST} characters.", field="password")
    if password.casefold() in (person.email_key, person.name.casefold()):
        raise DomainError("Choose something that is neither your name nor your address.", field="password")
    return _hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """True when `stored` is the hash of `password`. Costs the same when nothing is stored."""
    with _two_at_a_time:
        return check_password_hash(stored or _dummy_hash(), password[:LONGEST]) and stored is not None


def note_failure(person: Person, *, now: datetime) -> None:
    """Count a wrong password; after a few the account takes none for a quarter of an hour."""
    person.failed_sign_ins += 1
    if person.failed_sign_ins >= FAILURES_ALLOWED:
        person.locked_until = now + LOCKED_FOR
        person.failed_sign_ins = 0


def is_locked(person: Person | None, *, now: datetime) -> bool:
    return person is not None and person.locked_until is not None and person.locked_until > now


def _hash(password: str) -> str:
    with _two_at_a_time:
        return generate_password_hash(password, method=METHOD)


def _dummy_hash() -> str:
    if METHOD not in _dummy:
        _dummy[METHOD] = generate_password_hash("nobody has this password", method=METHOD)
    return _dummy[METHOD]
