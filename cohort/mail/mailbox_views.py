"""The mailbox of a demo or development installation: the mails that would have left, one page for all of them.

It is open to everybody who can reach such an installation, because its mails are how people get in; where mail leaves
by SMTP, and in production, the pages do not exist.
"""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from flask import abort, current_app, make_response, render_template
from flask.typing import ResponseReturnValue

from cohort.config import Settings
from cohort.gate import public
from cohort.mail.blueprint import bp
from cohort.mail.models import Message
from cohort.mail.queries import find_message, list_mailbox

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-top-navigation-by-user-activation"
)
"""Only the frame with a mail may have inline styles, because mails cannot have others."""


@bp.get("/mailbox")
@public("the mails of a demo or development installation; elsewhere the page does not exist")
def mailbox() -> ResponseReturnValue:
    _require_mailbox()
    return render_template("mail/mailbox.html", page=list_mailbox())


@bp.get("/mailbox/<id:message>")
@public("one mail of a demo or development installation")
def mailbox_message(message: int) -> ResponseReturnValue:
    row, mail = _open(message)
    return render_template("mail/message.html", message=row, mail=mail, text=_part(mail, "plain"))


@bp.get("/mailbox/<id:message>/html")
@public("the HTML of one mail of a demo or development installation")
def mailbox_html(message: int) -> ResponseReturnValue:
    _, mail = _open(message)
    # Links open in the whole window, not in the frame, which may not show our pages.
    response = make_response(_part(mail, "html").replace('<a href="', '<a target="_top" href="'))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _require_mailbox() -> None:
    settings: Settings = current_app.extensions["settings"]
    if not settings.shows_mailbox:
        abort(404)


def _open(message_id: int) -> tuple[Message, EmailMessage]:
    _require_mailbox()
    message = find_message(message_id)
    if message is None or message.frozen is None:
        abort(404)
    return message, message_from_bytes(message.frozen, policy=default)


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return str(body.get_content()) if body else ""
