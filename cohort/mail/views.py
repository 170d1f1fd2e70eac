"""Pages of this feature."""

from flask import Blueprint

bp = Blueprint("mailroom", __name__)
