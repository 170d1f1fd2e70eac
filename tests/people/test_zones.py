import pytest

from cohort.people.zones import suggest_zone


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Berlin time", "Europe/Berlin"),
        ("London", "Europe/London"),
        ("New York", "America/New_York"),
        ("são paulo (GMT-3)", "America/Sao_Paulo"),
        ("Europe/Berln", "Europe/Berlin"),
        ("Eastern time", None),
        ("", None),
    ],
)
def test_zone_is_suggested_by_city_or_near_spelling(typed: str, zone: str | None) -> None:
    assert suggest_zone(typed) == zone
