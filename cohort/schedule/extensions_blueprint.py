"""The blueprint of the pages on which more time is asked for and given."""

from flask import Blueprint

bp = Blueprint("extensions", __name__)
