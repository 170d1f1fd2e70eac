"""A rehearsal as the command line prints it, as JSON and in short."""

from collections.abc import Iterator
from typing import Any

from cohort.reminders.rehearsing import WEEKLY_BUDGET, Rehearsal


def as_facts(played: Rehearsal) -> dict[str, Any]:
    """A rehearsal as `cohort rehearse --json` prints it; days and weeks are ISO dates, weeks by their Monday."""
    return {
        "mails": [
            {
                "person": mail.person,
                "subject": mail.subject,
                "rules": list(mail.rules),
                "items": list(mail.items),
                "class": "critical" if mail.is_essential else "digest",
                "local": mail.local.isoformat(timespec="minutes"),
                "utc": f"{mail.at:%Y-%m-%dT%H:%M:%SZ}",
                "faults": [fault.what for fault in mail.faults],
            }
            for mail in played.mails
        ],
        "weeks": [
            {"week": week.first.isoformat(), "mails": week.mails, "most_per_person": week.most} for week in played.weeks
        ],
        "busiest_week": played.busiest and played.busiest.first.isoformat(),
        "budget": WEEKLY_BUDGET,
        "over_budget": [
            {"week": one.week.isoformat(), "person": one.person, "mails": one.mails, "critical": one.essential}
            for one in played.overloads
        ],
        "items_on_days_off": [
            {"title": one.title, "kind": one.kind, "local": one.local.isoformat(timespec="minutes"), "why": one.why}
            for one in played.on_days_off
        ],
        "mails_on_days_off": [
            {"day": one.day.isoformat(), "mails": one.mails, "critical": one.essential}
            for one in played.mails_on_days_off
        ],
        "empty_fields": [
            {"subject": one.mail.subject, "mails": one.mails, "what": one.fault.what, "mend": one.fault.mend}
            for one in played.empty
        ],
        "gaps": [{"title": gap.title, "kind": gap.kind, "what": gap.what, "mend": gap.mend} for gap in played.gaps],
        "undated": played.undated,
    }


def as_lines(played: Rehearsal) -> Iterator[str]:
    """The same in short, for people."""
    for mail in played.mails:
        yield f"{mail.local:%Y-%m-%d %H:%M}  {', '.join(mail.rules):30}  {mail.person:24}  {mail.subject}"
    yield f"{len(played.mails)} mails to {len(played.people)} people, as if nobody did anything from now on."
    if played.busiest:
        yield f"The busiest week begins on {played.busiest.first}: {played.busiest.mails} mails."
    over = {one.person_id for one in played.overloads}
    yield f"{len(over)} people get more than {WEEKLY_BUDGET} mails in some week."
    yield from (
        f"Look at: {one.title} ({one.kind}) lies on a {one.why}, {one.local:%Y-%m-%d}." for one in played.on_days_off
    )
    yield from (f"Look at: {one.mails} mails leave on a blackout day, {one.day}." for one in played.mails_on_days_off)
    yield from (f"Fill in: “{one.mail.subject}”. {one.fault.what} {one.fault.mend}" for one in played.empty)
    yield from (f"Fill in: {gap.title} ({gap.kind}). {gap.what} {gap.mend}" for gap in played.gaps)
