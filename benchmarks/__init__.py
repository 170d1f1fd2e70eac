"""How long the pages take, beside the least that the same stack needs for as much."""
