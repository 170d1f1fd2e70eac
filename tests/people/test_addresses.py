import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cohort.people.addresses import AddressError, address_key, check_address


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Petra.Novakova@Example.com\u00a0", "petra.novakova@example.com"),
        ("o'hara+desk@example.org", "o'hara+desk@example.org"),
        ("info@BÜCHER.example", "info@xn--bcher-kva.example"),
    ],
)
def test_address_is_stored_as_it_is_compared(typed: str, stored: str) -> None:
    assert (check_address(typed), address_key(typed), address_key(stored)) == (stored, stored, stored)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("  ", "Give an e-mail address."),
        (
            "jasper\u200b.lim@example.com",
            "“jasper‹U+200B›.lim@example.com” contains an invisible character. Type the address again without it.",
        ),
        (
            "ann\u00a0lee@example.com",
            "“ann‹U+00A0›lee@example.com” contains an invisible character. Type the address again without it.",
        ),
        ("=cmd|x@example.com", "“=cmd|x@example.com” is not an e-mail address but looks like a spreadsheet formula."),
        (
            "gareth.pugh@",
            "“gareth.pugh@” is not an e-mail address. There must be something after the @-sign.",
        ),
    ],
)
def test_address_that_is_none_is_refused_with_a_reason(typed: str, message: str) -> None:
    with pytest.raises(AddressError) as refusal:
        check_address(typed)

    assert refusal.value.message == message


@pytest.mark.parametrize(
    "typed",
    [
        "mıke@example.com",
        "a＠b@example.com",
        "ann@example.com\nBcc: bo@example.com",
        "Ann Lee <ann@example.com>",
        "ann@localhost",
        "ann@[192.0.2.1]",
        f"{'a' * 65}@example.com",
    ],
)
def test_address_that_could_mislead_is_refused(typed: str) -> None:
    with pytest.raises(AddressError):
        check_address(typed)


def test_key_of_full_width_letters_is_the_key_of_the_plain_ones() -> None:
    assert address_key("ａｎｎ＠example.com") == "ann@example.com"


@given(st.from_regex(r"\s?[A-Za-z0-9]([A-Za-z0-9_+'.-]{0,9}[A-Za-z0-9])?@[A-Za-zäß]{1,9}\.example\s?", fullmatch=True))
def test_key_of_an_address_is_the_address_stored(typed: str) -> None:
    assume(".." not in typed)

    assert address_key(typed) == address_key(typed.swapcase() if typed.isascii() else typed) == check_address(typed)


@given(st.text(max_size=60).filter(lambda text: "@" not in text and "＠" not in text and "﹫" not in text))
def test_key_of_what_is_no_address_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        check_address(address_key(text))
