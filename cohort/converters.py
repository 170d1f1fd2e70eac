"""Parts of addresses: bounded numbers and keys, so that odd input is a page that does not exist, never a failure."""

from werkzeug.routing import BaseConverter, ValidationError

LARGEST_NUMBER = 2_147_483_647
"""What a whole number of both databases holds."""


def row_number(text: str) -> int:
    """The number of a row, as a form sends it. Raises ValueError for what no row can have."""
    number = int(text)
    if not 0 < number <= LARGEST_NUMBER:
        raise ValueError(f"no row has the number {text[:20]}")
    return number


class IdConverter(BaseConverter):
    """A row number: ASCII digits, within what both databases hold."""

    regex = r"[1-9][0-9]{0,9}"

    def to_python(self, value: str) -> int:
        if not value.isascii() or int(value) > LARGEST_NUMBER:
            raise ValidationError
        return int(value)


class KeyConverter(BaseConverter):
    """A key or slug: lower-case words joined by hyphens."""

    regex = r"[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> str:
        if len(value) > 120:
            raise ValidationError
        return value


class ItemConverter(BaseConverter):
    """The id of a dated item: `assignment.due:three-conversations`."""

    regex = r"[a-z_]+(?:\.[a-z_]+)?:[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> str:
        if len(value) > 240:
            raise ValidationError
        return value


CONVERTERS = {"id": IdConverter, "key": KeyConverter, "item": ItemConverter}
