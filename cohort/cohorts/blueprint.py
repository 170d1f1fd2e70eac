"""The blueprint that the pages of cohorts and of their people share."""

from flask import Blueprint

bp = Blueprint("cohorts", __name__)
