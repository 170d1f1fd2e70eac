"""Where the mails of the story go: into the mailbox of the demo, except to mailboxes that are gone."""

from collections.abc import Collection

from cohort.mail.transports import MailboxTransport, Outcome, Verdict


class DemoMail(MailboxTransport):
    def __init__(self, refused: Collection[str]) -> None:
        self.refused = refused

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        if recipient in self.refused:
            return Outcome(Verdict.PERMANENT, "550 5.1.1 mailbox unavailable")
        return super().send(sender, recipient, data)
