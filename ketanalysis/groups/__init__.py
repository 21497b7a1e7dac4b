"""Do scores differ between groups: two samples, ranks, responders and non-responders."""
