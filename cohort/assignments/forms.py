"""The form in which participants work on an assignment."""

from wtforms import MultipleFileField

from cohort.assignments.files import ACCEPTED
from cohort.assignments.submitting import LONGEST_TEXT
from cohort.forms import BaseForm, VersionField, paragraph


class WorkForm(BaseForm):
    text = paragraph("Your text", LONGEST_TEXT)
    files = MultipleFileField("Attach files", render_kw={"accept": ACCEPTED})
    version = VersionField(default=0)
