"""The form of how somebody takes their dates along."""

from wtforms import BooleanField

from cohort.forms import BaseForm


class ChoiceForm(BaseForm):
    takes_invitations = BooleanField("Send me my workshops and mentoring sessions as invitations")
    shows_links = BooleanField("Put the join link of a workshop into my feed")
