"""Who the subjects are, who left and when, and what else they took."""
