"""The blueprint of calendars: their settings, the feed, and the months of a cohort."""

from flask import Blueprint

bp = Blueprint("calendars", __name__)
