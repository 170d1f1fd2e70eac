"""The person behind the cookie of this request, as Flask-Login handles it."""

from datetime import datetime

from flask import g, request, session
from flask_login import login_user

from cohort import clock
from cohort.people import sessions
from cohort.people.models import Person


class SignedIn:
    """A person through one sign-in. Its id is the browser's token, so that signing out is final."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, person: Person, token: str, *, confirmed_at: datetime) -> None:
        self.person = person
        self.token = token
        self.confirmed_at = confirmed_at

    @property
    def is_active(self) -> bool:
        return self.person.is_active

    def get_id(self) -> str:
        return self.token


def load_signed_in(token: str) -> SignedIn | None:
    """Flask-Login's user loader: one query a request."""
    found = sessions.find(token, now=clock.now())
    return SignedIn(found.person, token, confirmed_at=found.signed_in_at) if found else None


def begin_session(person: Person) -> None:
    """Sign this browser in. A new session id at every sign-in; nothing of the session before survives."""
    session.clear()
    token = sessions.begin(person, device=request.user_agent.string, now=clock.now())
    session.permanent = True
    login_user(SignedIn(person, token, confirmed_at=clock.now()))
    g.pop("actor", None)
    g.pop("csrf_token", None)  # made for the session before: a form on the answer to this request would be refused
