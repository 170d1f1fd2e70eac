"""Explanations of mails in words: to the person themselves, or to staff about somebody."""

from datetime import datetime

from cohort.clock import city
from cohort.mail.explaining import Explanation, Told
from cohort.mail.failing import is_about_address
from cohort.mail.kinds import kind_of
from cohort.mail.models import Message, MessageState
from cohort.mail.timeline import Fate
from cohort.people.wishes import DIGEST, Choice
from cohort.programs.pack import ReminderRule
from cohort.reminders.reasons import YOU, sentence
from cohort.reminders.timing import is_wall_clock, rule_words, when_words
from cohort.templating import clock_time, day, first_name, local, moment, number_words, reader_zone

Step = tuple[str, str, str]
"""Head, text and small print, as the component `trail` takes them."""

FATES = {
    Fate.SENT: ("ok", "check-lg", "Sent"),
    Fate.FAILED: ("bad", "envelope-x-fill", "Failed"),
    Fate.NOT_SENT: ("", "dash-circle", "Not sent"),
    Fate.JOINED: ("", "collection", "Joined the digest"),
    Fate.WAITING: ("info", "hourglass-split", "Waiting"),
    Fate.HELD: ("warn", "clock-fill", "Late, waits for a decision"),
    Fate.COMING: ("info", "calendar-check", "Planned"),
    Fate.NOT_COMING: ("", "dash-circle", "Will not be sent"),
}
"""As tags."""
UNKNOWN = "not known any more"
_UNLESS = {
    "submitted": "unless it is handed in",
    "answered": "unless it is answered",
    "done": "unless it is done",
    "profile-complete": "unless the profile is complete",
    "booked": "unless the next meeting is arranged",
    "logged": "unless the session is logged",
    "given": "unless the feedback is given",
    "declined": "unless they have said that they do not come",
}
_NOT_DONE = {
    "submitted": "{who} had not handed it in",
    "answered": "{who} had not answered it",
    "done": "{who} had not done it",
    "profile-complete": "{who} had not completed the profile",
    "booked": "no meeting was arranged",
    "logged": "no session was logged",
    "given": "no feedback was given",
    "declined": "{who} had not said no to it",
}
_TO = {
    "participant": "to the participant",
    "attendees": "to those who are expected there",
    "pair": "to both of the pair",
    "mentor": "to the mentor",
    "staff": "to program leads and facilitators",
}
_MET = {"match.published": "the match was published", "pair.last_contact": "the last contact of the pair"}


def rule_sentence(rule: ReminderRule) -> str:
    """`“Check-in closes, on the day”, at 09:00 of each one’s own clock, to the participant, unless it is answered.`"""
    name = rule_words(rule)
    at = f" at {rule.at} of each one’s own clock," if is_wall_clock(rule) and rule.at else ""
    unless = f", {_UNLESS.get(rule.unless, 'unless ' + rule.unless)}" if rule.unless else ""
    return f"“{name[:1].upper()}{name[1:]}”,{at} {_TO.get(rule.to, 'to ' + rule.to)}{unless}."


def question(explained: Explanation, *, is_own: bool) -> str:
    """`Why did Ellen not get this?`"""
    name = YOU if is_own else first_name(explained.reader.name)
    match explained.fate:
        case Fate.NOT_SENT:
            return f"Why did {name} not get this?"
        case Fate.COMING | Fate.WAITING | Fate.HELD:
            return f"Why {'do' if is_own else 'does'} {name} get this?"
        case Fate.NOT_COMING:
            return f"Why {'do' if is_own else 'does'} {name} not get this?"
        case Fate.FAILED:
            return f"Why did this not reach {name}?"
        case _:
            return f"Why did {name} get this?"


def title_of(explained: Explanation) -> str:
    if explained.message is not None and not explained.is_reminder_alone and explained.message.subject:
        return explained.message.subject
    if len(explained.told) == 1:
        told = explained.told[0]
        return f"{told.title}: {when_words(told.rule)}" if told.rule else told.title
    return kind_of(explained.message.template).name if explained.message else ""


def answer(explained: Explanation, *, is_own: bool) -> str:
    """One sentence: the answer to `question`."""
    reader = YOU if is_own else first_name(explained.reader.name)
    told = explained.told[0] if len(explained.told) == 1 else None
    reason = told.reason if told and told.reason else explained.message.reason if explained.message else ""
    if explained.fate in (Fate.NOT_SENT, Fate.NOT_COMING):
        return _why_not(explained, told, reason, reader)
    if explained.fate is Fate.FAILED:
        return _why_failed(reason)
    if told is None or told.rule is None:
        if explained.message is not None and not explained.told:
            return f"It is sent {kind_of(explained.message.template).why}."
        return "It says several things that came due together." if explained.told else ""
    who = _participant(told, explained, is_own)
    if told.rule.unless and told.rule.unless in _NOT_DONE and explained.fate is Fate.SENT:
        return f"{_capital(_NOT_DONE[told.rule.unless].format(who=who))}, and the rule speaks {when_words(told.rule)}."
    if explained.fate is Fate.COMING:
        return f"The rule speaks {when_words(told.rule)}, and as things stand nothing holds it back."
    return f"The rule speaks {when_words(told.rule)}, and nothing held it back."


def _why_failed(reason: str) -> str:
    if not reason:
        return f"Why it failed is {UNKNOWN}."
    if is_about_address(reason):
        return "The mail server of the address does not know it, or does not take mail for it."
    return "The mail server did not take it."


def _why_not(explained: Explanation, told: Told | None, reason: str, reader: str) -> str:
    if not reason:
        return f"That is {UNKNOWN}."
    if told is None:
        return f"{_capital(sentence(reason, reader=reader, participant=reader))}."
    who = _participant(told, explained, reader == YOU)
    is_ahead = explained.fate is Fate.NOT_COMING
    words = _capital(sentence(reason, reader=reader, participant=who, is_ahead=is_ahead))
    done_at = told.done_at if told.reason in ("submitted", "answered", "done", "profile complete") else None
    when = f" on {moment(done_at)}" if done_at and done_at <= told.due_at else ""
    rule = f", so the rule’s “unless {told.reason}” {'holds' if is_ahead else 'held'} the mail back" if when else ""
    return f"{words}{when}{rule}."


def list_steps(explained: Explanation, *, is_own: bool, with_facts: bool = True) -> list[Step]:
    """The way of the mail. Without `with_facts` nothing is said of what people had done."""
    steps: list[Step] = []
    if len(explained.told) == 1:
        told = explained.told[0]
        steps += [_rule_step(told), _date_step(told)]
        if with_facts and explained.fate not in (Fate.NOT_SENT, Fate.NOT_COMING, Fate.COMING):
            steps.append(_then_step(told, explained, is_own=is_own))
    elif explained.message is not None and not explained.told:
        steps.append(("What it is", f"{kind_of(explained.message.template).name}.", ""))
    if _is_digest(explained):
        steps.append(("The digest", _digest_words(explained, is_own=is_own), ""))
    return [*steps, _end_step(explained, is_own=is_own, with_facts=with_facts)]


def _is_digest(explained: Explanation) -> bool:
    return explained.message is not None and explained.message.topic == DIGEST


def _rule_step(told: Told) -> Step:
    if told.rule is None:
        return ("The rule", f"“{told.rule_key.replace('-', ' ').capitalize()}”. What it said is {UNKNOWN}.", "")
    changed = (
        f"Changed on {moment(told.rule_changed_at)}; what it said before is {UNKNOWN}." if told.rule_changed_at else ""
    )
    return ("The rule", rule_sentence(told.rule), changed)


def _date_step(told: Told) -> Step:
    host = told.cohort.zone
    if told.about == "cohort.start":
        return ("The date", f"{told.cohort.title} begins {day(told.cohort.starts_on)}.", "The first day of the cohort")
    if told.about in _MET:
        return ("The date", f"{_MET[told.about]}, {day(told.anchor_at, host)}.", "")
    words = f"{told.title}: {rule_about(told)}, {moment(told.anchor_at, host=host)}."
    if told.item is None:
        return ("The date", words, f"Why it was on that day is {UNKNOWN}.")
    return ("The date", words, _why_date(told, told.item.at, told.item.ends_at))


def rule_about(told: Told) -> str:
    """`check-in closes`"""
    return rule_words(told.rule).partition(",")[0] if told.rule else told.about


def _why_date(told: Told, at: datetime | None, ends_at: datetime | None) -> str:
    why = told.item.why if told.item else ""
    if told.anchor_at in (at, ends_at):
        return why
    if told.until == told.anchor_at and at:
        return f"More time was given; for everybody else it is {moment(at)}. {why}"
    now_at = f"it is {moment(max(at, told.until or at))} now" if at else "it has no date now"
    return f"The date has changed since: {now_at}. {why}"


def _then_step(told: Told, explained: Explanation, *, is_own: bool) -> Step:
    """What held when the mail was due."""
    reader = YOU if is_own else first_name(explained.reader.name)
    zone = explained.reader.time_zone
    head = f"At {clock_time(told.due_at, zone)}" if zone else ""
    where = "" if is_own else f" in {city(zone)}"
    if told.reason:
        return (f"{head}{where}", answer(explained, is_own=is_own), "")
    facts = [_not_done(told, explained, is_own=is_own), *_could_wait(told, explained, reader)]
    words = _together([fact for fact in facts if fact], reader)
    return (f"{head}{where}", f"{words}.", "")


def _together(facts: list[str], reader: str) -> str:
    """`Marcus had not answered it, was not away, and had had 2 of 4 mails`: the reader is named once."""
    if not facts:
        return "nothing held it back"
    named = next((number for number, fact in enumerate(facts) if fact.startswith(f"{reader} ")), len(facts))
    said = [fact if number <= named else fact.removeprefix(f"{reader} ") for number, fact in enumerate(facts)]
    return _capital(", ".join(said[:-1]) + (", and " if said[1:] else "") + said[-1])


def _not_done(told: Told, explained: Explanation, *, is_own: bool) -> str:
    if told.rule is None or not told.rule.unless or told.rule.unless not in _NOT_DONE:
        return ""
    who = _participant(told, explained, is_own)
    if told.done_at is not None and told.done_at <= told.due_at:
        return f"whether it was done then is {UNKNOWN}"
    return _NOT_DONE[told.rule.unless].format(who=who)


def _could_wait(told: Told, explained: Explanation, reader: str) -> list[str]:
    """Of mail that can wait: whether the reader was there, and how much there had been in the week."""
    if told.rule is None or told.rule.kind == "critical" or _is_digest(explained):
        return []
    was = "were" if reader == YOU else "was"
    budget = explained.reader.wishes.budget
    facts = []
    if told.is_away is not None:
        facts.append(f"{reader} {was} {'away' if told.is_away else 'not away'}")
    if told.had is not None:
        mails = f"{told.had} of {budget}" if budget else number_words(told.had)
        facts.append(f"{reader} had had {mails} mails that can wait that week")
    return facts


def _digest_words(explained: Explanation, *, is_own: bool) -> str:
    reader = YOU if is_own else first_name(explained.reader.name)
    told = explained.told[0] if explained.told else None
    if told and told.choice in (Choice.DAILY, Choice.WEEKLY):
        return f"{_capital(reader)} {'get' if is_own else 'gets'} mail of this kind in a {told.choice} digest."
    if told and told.is_away:
        return f"{_capital(reader)} {'were' if is_own else 'was'} away, so it came with the first digest afterwards."
    budget = explained.reader.wishes.budget
    if told and budget and told.had is not None and told.had >= budget:
        return f"{told.had} mails that can wait had come in that week; the budget is {budget}."
    return f"Why it was put off to a digest is {UNKNOWN}."


def _foreseen_digest(told: Told) -> str:
    if not told.digest:
        return ""
    if told.choice in (Choice.DAILY, Choice.WEEKLY):
        return f"It comes with the {told.digest} digest, as the mail settings say."
    return f"It comes with the {told.digest} digest: there is enough mail by then, or there are days away."


def _end_step(explained: Explanation, *, is_own: bool, with_facts: bool) -> Step:
    message, told = explained.message, explained.told
    zone = explained.reader.time_zone
    match explained.fate:
        case Fate.COMING:
            words = f"{moment(told[0].due_at, zone)}, if nothing changes before."
            return ("Leaves", words, _foreseen_digest(told[0]))
        case Fate.NOT_COMING:
            return ("Will not be sent", f"It was to leave {moment(told[0].due_at, zone)}.", "")
        case Fate.NOT_SENT:
            at = told[0].due_at if told else message.due_at if message else None
            words = f"It was to leave {moment(at, zone)}." if at else ""
            reason = message.reason if message and not told and with_facts else ""
            return ("Not sent", words, _capital(reason) + "." if reason else "")
        case _:
            return _mail_step(message) if message else ("Decided", f"What became of it is {UNKNOWN}.", "")


def _mail_step(message: Message) -> Step:
    to = f" to {message.to_address}" if message.to_address else ""
    match message.state:
        case MessageState.SENT if message.sent_at:
            tries = "once" if message.attempts <= 1 else f"at try {message.attempts}"
            at = f"{day(message.sent_at)} at {_exact(message.sent_at)} {city(reader_zone())}"
            words = f"{tries}, {at}{to}, accepted by the mail server."
            return ("Sent", words, "")
        case MessageState.FAILED:
            tries = f"Given up after {message.attempts} {'try' if message.attempts == 1 else 'tries'}{to}."
            return ("Failed", tries, "")
        case _:
            tried = f"Tried {number_words(message.attempts)} times so far." if message.attempts > 1 else ""
            tried = "Tried once so far." if message.attempts == 1 else tried
            words = f"It leaves {moment(message.due_at)}{to}."
            return ("Waiting", words, " ".join(filter(None, [tried, _capital(message.reason)])))


def _exact(at: datetime) -> str:
    """With the seconds, for whoever reads a server's log beside it."""
    return f"{local(at):%H:%M:%S}"


def _participant(told: Told, explained: Explanation, is_own: bool) -> str:
    if is_own and told.participant.id == explained.reader.id:
        return YOU
    return first_name(told.participant.name)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
