"""Time to an event: Kaplan-Meier curves, medians, log-rank tests."""
