"""How often one address may knock: a limit per client on pages that check secrets or send mail."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://")

secrets_limit = limiter.limit("60 per minute; 600 per hour", methods=["POST"])
"""For forms that check a secret or send a mail. Accounts are locked in the database besides, see people.passwords."""
