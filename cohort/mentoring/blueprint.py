"""The blueprint that the pages of mentors and pairs share."""

from flask import Blueprint

bp = Blueprint("mentoring", __name__)
