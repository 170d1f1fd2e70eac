"""What staff are told on weekday mornings: what waits in a cohort, and the dates of the next seven days."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from cohort.access import Actor, Verdict, decide
from cohort.clock import from_local
from cohort.cohorts.models import Cohort, CohortState, Staff
from cohort.db import db
from cohort.mail.letters import MOST_LINES, Button, Desk, Letter, Line, Moot, Things
from cohort.mail.links import Links
from cohort.people.names import list_names
from cohort.people.wishes import Choice, Topic
from cohort.reports.attention import Concern, list_concerns
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem
from cohort.schedule.queries import list_items
from cohort.schedule.words import KIND_WORDS
from cohort.templating import capital, count, day, moment, number_words

NOTHING_TO_SAY = "nothing to say"
AHEAD = timedelta(days=7)
A_DAY = timedelta(days=1)


def staff_digest(desk: Desk) -> Letter:
    cohort, choice = desk.own_cohort, desk.person.wishes.choice(Topic.STAFF)
    roles = _roles(desk)
    if choice is Choice.OFF:
        raise Moot("turned off")
    if cohort.state is not CohortState.RUNNING or not _may(desk, roles, "progress.read"):
        raise Moot("nothing to do with this cohort any more")
    if _began_at(cohort, roles) > _asked_at(desk):
        raise Moot("it began later that day")
    concerns = list_concerns(cohort, now=desk.now, with_sealed=_may(desk, roles, "concern.read"))
    waiting = [one for one in concerns if one.kind != "failed"]
    failed = len(concerns) - len(waiting) if _may(desk, roles, "mail.log") else 0
    coming = _coming(desk, AHEAD)
    is_weekly = choice is Choice.WEEKLY
    if not waiting and not failed and not (coming if is_weekly else _coming(desk, A_DAY)):
        raise Moot(NOTHING_TO_SAY)
    often = "once a week" if is_weekly else "on weekdays"
    return Letter(
        subject=_subject(desk, waiting, failed, coming),
        title=_title(len(waiting) + bool(failed), coming),
        opening=f"this is where {cohort.title} stands.",
        things=tuple(filter(None, (_attention(desk, waiting, failed), _dates(desk, coming)))),
        button=Button("Open the cohort", desk.links.cohort(cohort.slug), "What is settled leaves the list by itself."),
        why=f"you are {list_names(sorted(roles), most=2)} of {cohort.title}. It comes {often}, when there is something "
        "to say.",
        preheader=_preheader(waiting, coming, desk),
        is_essential=False,
    )


def _roles(desk: Desk) -> dict[str, datetime]:
    """What the reader is in the cohort at this moment, and since when."""
    mine = (Staff.cohort_id == desk.own_cohort.id, Staff.person_id == desk.person.id, Staff.until.is_(None))
    return {role.value: since for role, since in db.session.execute(select(Staff.role, Staff.since).where(*mine))}


def _began_at(cohort: Cohort, roles: Mapping[str, datetime]) -> datetime:
    """Since when the reader runs the cohort: what was to be told before is no business of theirs."""
    begun = min(roles.values())
    return max(begun, cohort.launched_at) if cohort.launched_at else begun


def _asked_at(desk: Desk) -> datetime:
    on = date.fromisoformat(desk.message.params["on"])
    return from_local(on, desk.person.wishes.digest_at, desk.person.time_zone)


def _may(desk: Desk, roles: Collection[str], action: str) -> bool:
    """What the mail says is what its reader could open."""
    actor = Actor(desk.person.id, roles={desk.own_cohort.id: frozenset(roles)})
    return decide(actor, action, desk.own_cohort.guard(), desk.now) is Verdict.ALLOW


def _coming(desk: Desk, within: timedelta) -> list[tuple[datetime, DatedItem]]:
    items = [(item.at, item) for item in list_items(desk.own_cohort.id) if item.at is not None]
    return [(at, item) for at, item in items if desk.now < at <= desk.now + within]


def _subject(desk: Desk, waiting: Sequence[Concern], failed: int, coming: Sequence[tuple[datetime, DatedItem]]) -> str:
    title, zone = desk.own_cohort.title, desk.person.time_zone
    if waiting:
        since = day(min(one.since for one in waiting), zone, desk.now)
        number = len(waiting) + bool(failed)
        return f"{count(number, 'thing waits', 'things wait')} in {title}, the oldest since {since}"
    if failed:
        return f"{_failed_words(failed)} in {title}"
    at, item = coming[0]
    return f"Next in {title}: {item.title}, {moment(at, zone)}"


def _title(number: int, coming: Sequence[tuple[datetime, DatedItem]]) -> str:
    if number:
        return f"{capital(count(number, 'thing waits', 'things wait', words=True))} for you"
    return f"Next: {coming[0][1].title}"


def _attention(desk: Desk, waiting: Sequence[Concern], failed: int) -> Things | None:
    """The urgent first, as on the page of the cohort; how much mail failed is said in one line."""
    lines = [_line(desk, one) for one in waiting]
    if failed:
        mail = Line(_failed_words(failed), "The mail room says why.", desk.links.mail_room(desk.own_cohort.slug))
        lines.insert(0, mail)
    if not lines:
        return None
    rest = len(lines) - MOST_LINES
    return Things(
        "What needs attention",
        tuple(lines[:MOST_LINES]),
        f"And {number_words(rest)} more on the page of the cohort." if rest > 0 else "",
    )


def _line(desk: Desk, concern: Concern) -> Line:
    since = day(concern.since, desk.person.time_zone, desk.now)
    return Line(concern.who, f"{concern.what} Since {since}.", _page(desk, concern))


def _page(desk: Desk, concern: Concern) -> str:
    """Where it is settled."""
    links, slug = desk.links, desk.own_cohort.slug
    if concern.item_id is not None:
        return links.sitting(slug, concern.item_id)
    if concern.kind == "late" and concern.enrolment_id is not None:
        return links.person(slug, concern.enrolment_id)
    return _PAGES.get(concern.kind, Links.people)(links, slug)


_PAGES = {
    "asking": Links.extensions,
    "quiet": Links.matching,
    "unpaired": Links.matching,
    "unanswered": Links.matching,
    "declined": Links.matching,
    "concern": Links.concerns,
}


def _failed_words(failed: int) -> str:
    return f"Mail to {count(failed, 'person', 'people')} failed"


def _dates(desk: Desk, coming: Sequence[tuple[datetime, DatedItem]]) -> Things | None:
    if not coming:
        return None
    slug, zone, host = desk.own_cohort.slug, desk.person.time_zone, desk.own_cohort.zone
    lines = tuple(
        Line(
            f"{KIND_WORDS[Kind(item.kind)]}: {item.title}",
            moment(at, zone, host),
            desk.links.sitting(slug, item.id) if item.kind in SITTINGS else desk.links.cohort_schedule(slug),
        )
        for at, item in coming[:MOST_LINES]
    )
    rest = len(coming) - MOST_LINES
    return Things("The next seven days", lines, f"And {number_words(rest)} more on the schedule." if rest > 0 else "")


def _preheader(waiting: Sequence[Concern], coming: Sequence[tuple[datetime, DatedItem]], desk: Desk) -> str:
    if waiting:
        return " · ".join(one.who for one in waiting[:3])
    return " · ".join(f"{item.title}, {day(at, desk.person.time_zone, desk.now)}" for at, item in coming[:2])
