"""Forms of the mail room."""

from wtforms import SelectField

from cohort.forms import BaseForm, line, options
from cohort.mail.foreseeing import Sending

KIND_WORDS = {
    Sending.ALWAYS: "Always sent",
    Sending.CAN_WAIT: "May join digest",
    Sending.DIGEST: "Digest",
}


class FilterForm(BaseForm):
    """What of the forecast is shown; sent by GET, so it carries no token."""

    class Meta:
        csrf = False

    rule = SelectField("Rule")
    kind = SelectField("Kind", choices=options([("", "Every kind"), *KIND_WORDS.items()]))
    q = line("Name", 120)


class NewAddressForm(BaseForm):
    email = line("New address", 320, required="Write the new address.")


class PauseForm(BaseForm):
    reason = line("Why", 200, required="Write in a few words why all mail stops.")
