"""Many studies at once: each reported by a process of its own, none harmed by another."""
