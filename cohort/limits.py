"""How often one address may knock: a limit per client on pages that check secrets or send mail."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

limiter = Limiter(get_remote_address, storage_uri="memory://")

secrets_limit = limiter.limit("60 per minute; 600 per hour", methods=["POST"])
"""For forms that check a secret or send a mail. Accounts are locked in the database besides, see people.passwords."""


def _reader() -> str:
    """Who is signed in: a whole room may come from one address."""
    return f"person {current_user.person.id}" if current_user.is_authenticated else get_remote_address()


code_limit = limiter.limit("10 per minute; 60 per hour", methods=["POST"], key_func=_reader)
"""For the code of a workshop, which many people enter at the same moment."""
feeds_limit = limiter.limit("60 per minute; 600 per hour", deduct_when=lambda answer: answer.status_code == 404)
"""For secret addresses that programs fetch again and again: only wrong ones count, as many people share a proxy."""
