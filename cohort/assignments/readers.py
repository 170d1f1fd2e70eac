"""Who reads handed-in work, in the words that stand at it: what `access` allows, no more and no less."""

STAFF = "the facilitators and staff of this cohort"


def readers_words(reviewed_by: str, mentor: str) -> str:
    """To the participant: `you, your mentor Ruth Okafor, and the facilitators and staff of this cohort`

    `mentor` is the mentor's name, empty as long as there is none.
    """
    if reviewed_by != "mentor":
        return f"you, and {STAFF}"
    return f"you, your mentor {mentor}, and {STAFF}" if mentor else f"you, your mentor once you have one, and {STAFF}"


def readers_of(owner: str, reviewed_by: str) -> str:
    """To the others: `Priya Raman, the mentor, and the facilitators and staff of this cohort`"""
    return f"{owner}, the mentor, and {STAFF}" if reviewed_by == "mentor" else f"{owner}, and {STAFF}"


def reviewer_words(reviewed_by: str, mentor: str) -> str:
    """Who looks at the work first: `Ruth`, `the mentor`, `a facilitator`, `the group`; `mentor` as a first name."""
    names = {"mentor": mentor or "the mentor", "peers": "the group"}
    return names.get(reviewed_by, "a facilitator")
