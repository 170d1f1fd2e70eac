"""Forms of accounts: signing in, passwords, profile, days away."""

from wtforms import DateField, FileField, HiddenField, PasswordField, RadioField
from wtforms.validators import InputRequired, Length

from cohort.forms import BaseForm, line, options, zone_field
from cohort.people.models import AwayKind, Theme

BY_LINK = "link-"
"""Prefix of the second form of the sign-in page, which asks for an address, too."""
ADDRESS_MISSING = "Write the address your invitation came to."


class SignInForm(BaseForm):
    email = line("E-mail address", 320, required=ADDRESS_MISSING)
    password = PasswordField("Password", validators=[InputRequired("Write your password."), Length(max=200)])
    next = HiddenField()


class AddressForm(BaseForm):
    email = line("E-mail address", 320, required=ADDRESS_MISSING)
    next = HiddenField()


class PasswordForm(BaseForm):
    password = PasswordField("New password", validators=[InputRequired("Choose a password."), Length(max=200)])


class ConfirmForm(BaseForm):
    password = PasswordField("Password", validators=[InputRequired("Write your password."), Length(max=200)])
    next = HiddenField()


class ProfileForm(BaseForm):
    name = line("Name", 120, required="Write your name as others should read it.")
    company = line("Employer", 120)
    job_title = line("Job title", 120)
    time_zone = zone_field()
    theme = RadioField(
        "Colours",
        choices=options([(Theme.LIGHT, "Light"), (Theme.DARK, "Dark"), (Theme.DEVICE, "Like my device")]),
    )


class AwayForm(BaseForm):
    kind = RadioField(
        "What it is",
        choices=options([(AwayKind.AWAY, "Away"), (AwayKind.ON_CALL, "On call")]),
        validators=[InputRequired("Choose whether you are away or on call.")],
        default=AwayKind.AWAY,
    )
    first = DateField("First day", validators=[InputRequired("Choose the first day.")])
    last = DateField("Last day", validators=[InputRequired("Choose the last day.")])


class CalendarFileForm(BaseForm):
    calendar = FileField("Calendar file", validators=[InputRequired("Choose a file.")], render_kw={"accept": ".ics"})


class EmptyForm(BaseForm):
    """One button, nothing to fill in."""
