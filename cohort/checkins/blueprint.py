"""The blueprint of the pages about check-ins."""

from flask import Blueprint

bp = Blueprint("checkins", __name__)
