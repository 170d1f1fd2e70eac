"""Pages of this feature."""

from flask import Blueprint

bp = Blueprint("mentoring", __name__)
