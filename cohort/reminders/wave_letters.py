"""The mail to staff about late reminders that wait for a decision."""

from cohort.mail.letters import Button, Desk, Letter, Moot
from cohort.reminders.waves import count_waiting
from cohort.templating import count, moment


def late_wave(desk: Desk) -> Letter:
    cohort = desk.own_cohort
    number, leaves_at = count_waiting(cohort.id)
    if leaves_at is None:
        raise Moot("somebody has decided")
    mails = count(number, "reminder is", "reminders are")
    until = moment(leaves_at, desk.person.time_zone)
    return Letter(
        subject=f"{mails} late in {cohort.title}: send or drop by {until}",
        title=f"{mails} late",
        opening="no worker ran when they were due, so they wait for you instead of leaving all at once. You can send "
        "them, send only what is due within a day, or drop them.",
        when=(f"Decide by {until}", "Then those leave whose date is still ahead, one after the other."),
        button=Button("Open the mail room", desk.links.mail_room(cohort.slug)),
        why="you lead this cohort, and its mail needs a decision.",
        preheader="Send them, send the urgent ones, or drop them.",
    )
