"""Effects by subgroup, and whether they differ."""
