"""Shares of subjects: intervals of one, contrasts of two, response and remission."""
