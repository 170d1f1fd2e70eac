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


def address_changed(desk: Desk) -> Letter:
    """To the old address it does not say which is the new one."""
    is_old = "address" in desk.message.params
    return Letter(
        subject="The address of your account has changed",
        title="The address of your account has changed",
        opening="an admin gave your account another address. Mail goes there from now on, and no more to this one."
        if is_old
        else "an admin gave your account this address. Mail comes here from now on, and you sign in with it. Your "
        "password is the same.",
        button=Button("Open your profile", desk.links.profile()),
        paragraphs=desk.ask("Not what you asked for?")
        or ("If you did not ask for this, tell the people who run your program.",),
        why=f"this is the {'old' if is_old else 'new'} address of your account.",
        preheader="Mail does not come here any more." if is_old else "Mail comes here from now on.",
    )
