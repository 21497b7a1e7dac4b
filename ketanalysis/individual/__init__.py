"""Each subject's own course: change at a visit, what happened when, bands of severity."""
