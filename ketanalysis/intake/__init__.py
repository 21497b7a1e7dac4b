"""From somebody's own frames to a checked trial."""
