"""The blueprint of the pages on which participants learn."""

from flask import Blueprint

bp = Blueprint("learning", __name__)
