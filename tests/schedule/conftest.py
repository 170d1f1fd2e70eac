"""What the tests of more time share: a cast, an assignment that is ahead, and a lead who decides."""

import pytest

from cohort.people.models import Person
from cohort.schedule.models import DatedItem
from tests.build import Build
from tests.learning.cast import Cast, make_cast


@pytest.fixture
def cast(build: Build) -> Cast:
    return make_cast(build)


@pytest.fixture
def item(build: Build, cast: Cast) -> DatedItem:
    return build.item(cast.cohort, "assignment.due:three-conversations")


@pytest.fixture
def dana(build: Build, cast: Cast) -> Person:
    return build.staff(cast.cohort, build.person("Dana Whitfield")).person
