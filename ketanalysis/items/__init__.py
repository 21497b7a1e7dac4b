"""From the items of a rating scale to its scores."""
