"""Pages of this feature."""

from flask import Blueprint

bp = Blueprint("checkins", __name__)
