import pytest

from cohort.errors import DomainError
from cohort.people.languages import read_languages


@pytest.mark.parametrize(
    ("text", "known", "codes"),
    [
        ("", [], []),
        ("English, SPANISH; fr", [], ["en", "es", "fr"]),
        ("Maori\nen\nEnglish", [], ["mi", "en"]),
        ("Norwegian, Portuguese", ["no", "pt-br"], ["no", "pt-br"]),
        ("tlh, English", ["tlh"], ["tlh", "en"]),
    ],
)
def test_languages_are_read_by_name_and_by_code(text: str, known: list[str], codes: list[str]) -> None:
    assert read_languages(text, known=known) == codes


def test_what_is_no_language_is_said() -> None:
    with pytest.raises(DomainError, match="“tlh” is not a language we know"):
        read_languages("English, tlh")
