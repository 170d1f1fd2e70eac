"""The tokens in the links of mails: whose mail, and which part of it one click turns off.

A token is made of nothing but that and a key of this installation, so there is nothing to store and nothing to lose. It
begins with a seal over what it says, which also hides it: it shows neither person nor part, and one that was changed
anywhere opens nothing.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from cohort.db import db
from cohort.people.models import Person
from cohort.people.wishes import Topic

SCOPES: Sequence[Topic | None] = (
    None,  # everything that can wait
    Topic.COURSEWORK,
    Topic.WORKSHOPS,
    Topic.CHECKINS,
    Topic.MENTORING,
    Topic.COHORT,
    Topic.STAFF,
)
"""What a token can turn off. It names the place in this row: what is new comes last."""
_SEAL = 16
_PERSON = 5
"""Bytes; the token is 30 characters long, so that no mail program breaks its address."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a token stands for."""

    person: Person
    scope: Topic | None
    """None: everything that can wait."""


def scope_of(topic: str) -> Topic | None:
    """What one click turns off in a mail of `Message.topic`: its topic, or everything where it has none or several."""
    return next((one for one in Topic if one == topic), None)


def make_token(person_id: int, scope: Topic | None, keys: Sequence[str]) -> str:
    """The same for the same mail, whenever it is written. `keys`: the oldest first, the last one seals."""
    said = bytes([SCOPES.index(scope)]) + person_id.to_bytes(_PERSON, "big")
    return _close(said, keys[-1])


def find_subscription(token: str, keys: Sequence[str]) -> Subscription | None:
    """What the token stands for; None when it is not ours."""
    said = next((said for key in keys if (said := _open(token, key))), None)
    if said is None:
        return None
    person = db.session.get(Person, int.from_bytes(said[1:], "big"))
    return Subscription(person, SCOPES[said[0]]) if person else None


def _close(said: bytes, key: str) -> str:
    seal = _mac(key, b"seal", said)[:_SEAL]
    return urlsafe_b64encode(seal + _hide(said, seal, key)).rstrip(b"=").decode()


def _open(token: str, key: str) -> bytes | None:
    """What was closed into `token` with `key`; it must be the very token, not one that reads alike."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    said = _hide(raw[_SEAL:], raw[:_SEAL], key)
    return said if hmac.compare_digest(_close(said, key).encode(), token.encode()) else None


def _hide(said: bytes, seal: bytes, key: str) -> bytes:
    """Hides what is said, and shows what was hidden."""
    return bytes(one ^ other for one, other in zip(said, _mac(key, b"mask", seal), strict=False))


def _mac(key: str, purpose: bytes, content: bytes) -> bytes:
    return hmac.digest(key.encode(), b"unsubscribe %s %s" % (purpose, content), "sha256")
