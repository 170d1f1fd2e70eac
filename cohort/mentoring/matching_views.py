"""Pages of this feature."""

from flask import Blueprint

bp = Blueprint("matching", __name__)
