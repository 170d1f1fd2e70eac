"""Where somebody stands in a career at a managed service provider, from technician to owner, in words."""

from collections.abc import Mapping
from types import MappingProxyType

SENIORITY: Mapping[int, str] = MappingProxyType(
    {
        1: "Technician",
        2: "Senior technician",
        3: "Engineer",
        4: "Senior engineer",
        5: "Team or shift lead",
        6: "Manager",
        7: "Head of a department",
        8: "Director",
        9: "Vice president or chief officer",
        10: "Owner",
    }
)
"""By grade, as `Person.seniority` keeps it. A grade is what the person does, whatever the title says."""
