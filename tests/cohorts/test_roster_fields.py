import pytest

from cohort.cohorts.roster_fields import RosterKind, Value, fields_of
from cohort.errors import DomainError

AREAS = ("communication", "learning-agility")


def read(kind: str, key: str, cell: str) -> Value:
    return {field.key: field for field in fields_of(RosterKind(kind), AREAS)}[key].read(cell)


@pytest.mark.parametrize(
    ("kind", "key", "cell", "value"),
    [
        ("participant", "name", " \u00a0Kaʻahumanu\u00a0 \u3000Lee ", "Kaʻahumanu Lee"),
        ("participant", "name", "می\u200cخواهم", "می\u200cخواهم"),
        ("participant", "name", "e\u0301", "é"),
        ("participant", "goal", "one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("participant", "manager_email", "", ""),
        (
            "participant",
            "growth_areas",
            " Learning Agility ;communication; communication;",
            ("learning-agility", "communication"),
        ),
        ("participant", "languages", "EN; haw;zh-Hant;en", ("en", "haw", "zh-hant")),
        ("participant", "time_zone", "America/St_Johns", "America/St_Johns"),
        ("mentor", "capacity", "0", 0),
        ("mentor", "capacity", "", None),
        ("mentor", "style", "Direct; Warm and dry;direct", ("direct", "warm and dry")),
        ("staff", "role", "Program-Lead", "program lead"),
    ],
)
def test_cell_becomes_the_value_to_store(kind: str, key: str, cell: str, value: Value) -> None:
    assert read(kind, key, cell) == value


@pytest.mark.parametrize(
    ("kind", "key", "cell", "message"),
    [
        ("participant", "name", "x" * 121, f"“{'x' * 60}…” is too long: 121 characters, at most 120. Shorten it."),
        (
            "participant",
            "name",
            "Ann\x07Lee",
            "“Ann‹U+0007›Lee” contains a line break or a character that cannot be seen. Type it again without.",
        ),
        (
            "participant",
            "name",
            "Ann \u202eeeL",
            "“Ann ‹U+202E›eeL” contains a line break or a character that cannot be seen. Type it again without.",
        ),
        (
            "participant",
            "name",
            "Ann\nLee",
            "“Ann Lee” contains a line break or a character that cannot be seen. Type it again without.",
        ),
        (
            "mentor",
            "strengths",
            "patience;communication; <b>tact</b>",
            "Unknown: “patience” and “<b>tact</b>”. Choose from communication, learning-agility.",
        ),
        (
            "mentor",
            "strengths",
            "communication:6",
            "“communication:6” has no level from 1 to 5. Write it as “communication:4”.",
        ),
        ("mentor", "strengths", "communication:2;Communication", "A strength is named twice. Keep one of them."),
        ("mentor", "seniority", "11", "“11” is not a grade. Write a number from 1 (technician) to 10 (owner)."),
        ("participant", "languages", "English", "“english” is not a language code. Write codes such as “en;es”."),
        (
            "participant",
            "time_zone",
            "europe/berlin",
            "“europe/berlin” is not a time zone. Did you mean Europe/Berlin?",
        ),
        (
            "participant",
            "time_zone",
            "GMT+1",
            "“GMT+1” is not a time zone. Write area and city, such as Europe/London.",
        ),
        ("mentor", "capacity", "100", "“100” is not a number of participants. Write a number from 0 to 99."),
        ("mentor", "capacity", "٣", "“٣” is not a number of participants. Write a number from 0 to 99."),
        (
            "staff",
            "role",
            "owner",
            "“owner” is not a staff role. Choose from admin, program lead, facilitator, observer.",
        ),
        ("staff", "role", "", "Empty, but required. Fill it in, or remove the row."),
    ],
)
def test_cell_is_refused_with_what_was_found(kind: str, key: str, cell: str, message: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read(kind, key, cell)

    assert refusal.value.message == message
