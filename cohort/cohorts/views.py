"""Pages of this feature."""

from flask import Blueprint

bp = Blueprint("cohorts", __name__)
