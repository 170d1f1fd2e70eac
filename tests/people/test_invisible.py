from cohort.people.invisible import excerpt, reveal


def test_reveal_shows_code_points_of_what_cannot_be_seen() -> None:
    assert reveal("a\u200bb\u00a0c\x07 é\u3164") == "a‹U+200B›b‹U+00A0›c‹U+0007› é‹U+3164›"


def test_excerpt_is_one_line_of_at_most_the_length() -> None:
    assert excerpt("  two\r\nlines ") == "two lines"
    assert excerpt("x" * 60) == "x" * 60
    assert excerpt("x" * 61) == "x" * 60 + "…"
