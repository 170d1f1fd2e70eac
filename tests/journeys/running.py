"""A cohort that runs, made from the command line in a few seconds."""

from dataclasses import dataclass
from pathlib import Path

from tests.journeys.office import TITLE, ZONE, first_day
from tests.journeys.site import Site


@dataclass(frozen=True)
class RunningCohort:
    site: Site
    slug: str

    @property
    def path(self) -> str:
        return f"/cohorts/{self.slug}"

    @property
    def url(self) -> str:
        return self.site.base_url + self.path


def start_cohort(site: Site, content: Path) -> str:
    """Program, people, matches, launch. Everybody on the rosters takes part. Gives the slug."""
    site.run("import-program", str(content / "emerging-leaders.yaml"))
    made = ("create-cohort", "--program", "emerging-leaders", "--title", TITLE, "--start", first_day().isoformat())
    slug = site.run(*made, "--zone", ZONE).strip()
    site.run("create-admin", "ines.duarte@example.com", "--name", "Inês Duarte")
    fill_and_launch(site, slug, content)
    return slug


def fill_and_launch(site: Site, slug: str, content: Path) -> None:
    site.run("import-people", slug, str(content / "participants.csv"), "--as", "participant", "--enrol")
    site.run("import-people", slug, str(content / "mentors.csv"), "--as", "mentor", "--enrol")
    site.run("match-cohort", slug, "--publish")
    site.run("launch", slug)
