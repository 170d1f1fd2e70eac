"""The blueprint that the pages about mail share."""

from flask import Blueprint

bp = Blueprint("mailroom", __name__)
