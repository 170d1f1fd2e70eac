"""Refusals that people read, and the pages for everything that can go wrong."""


class DomainError(Exception):
    """A deed refused, in one sentence fit to show. `field` names the form field it concerns, if one does."""

    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Conflict(DomainError):
    """Somebody else was faster: the thing has changed, is full, or is closed by now."""

    status = 409


class Gone(DomainError):
    """It was here and is not any more: a used or outdated link."""

    status = 410
