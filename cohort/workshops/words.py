"""Words about sittings that pages and mails share."""

STANDING_MAKE_UP = (
    "Read the materials on the page of the workshop, do its pre-work, and tell your mentor in three sentences what you "
    "take from it."
)
"""What makes up for a missed sitting, unless its staff wrote something else."""
