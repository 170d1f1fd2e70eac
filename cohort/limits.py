"""How often one address may knock: a limit per client on pages that check secrets or send mail."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://")

secrets_limit = limiter.limit("60 per minute; 600 per hour", methods=["POST"])
"""For forms that check a secret or send a mail. Accounts are locked in the database besides, see people.passwords."""

feeds_limit = limiter.limit("60 per minute; 600 per hour", deduct_when=lambda answer: answer.status_code == 404)
"""For secret addresses that programs fetch again and again: only wrong ones count, as many people share a proxy."""
