"""Mails about the account itself, sent because somebody asked for them."""

from cohort.mail.letters import Button, Desk, Letter
from cohort.people.models import LinkPurpose


def password_link(desk: Desk) -> Letter:
    return Letter(
        subject="Choose a new password",
        title="Choose a new password",
        opening="the button opens a page on which you choose a new password. Your old one works until then.",
        button=Button(
            "Choose a new password",
            desk.links.password(desk.one_time(LinkPurpose.PASSWORD)),
            "The link works once, for four hours.",
        ),
        paragraphs=("If you did not ask for this, you can ignore it: nothing changes unless the link is used.",),
        why="somebody, most likely you, asked for a new password for this address.",
        preheader="The link works once, for four hours.",
    )


def sign_in_link(desk: Desk) -> Letter:
    return Letter(
        subject="Your sign-in link",
        title="Sign in without a password",
        opening="the button signs you in.",
        button=Button(
            "Sign in",
            desk.links.sign_in(desk.one_time(LinkPurpose.SIGN_IN)),
            "The link works once, for 20 minutes.",
        ),
        paragraphs=("If you did not ask for this, you can ignore it: nobody gets in unless the link is used.",),
        why="somebody, most likely you, asked for a sign-in link for this address.",
        preheader="The link works once, for 20 minutes.",
    )
