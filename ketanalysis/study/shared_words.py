"""Sentences of a report that is passed on: those without a number that might be a count."""

from __future__ import annotations

import re

# What a sentence of methods may say in numbers; any other number may be a count.
_HARMLESS = re.compile(
    r"\b(?:19|20)\d\d\b"  # a year
    r"|\b9\d(?:\.\d)? % (?=CI|interval|confidence)"
    r"|\bQ[13]\b|\btype \d\b|\bp \d+\b|\bE9\(R1\)|\bdegree \d|\bspan [\d.]+"
    r"|\bseed \d+|\b\d+ (?=data sets|random resamples|resamples)"
)
_SENTENCE = re.compile(r"(?<=[.;:]) +(?=[A-Z])")


def harmless_words(text: str) -> str:
    """Return the sentences of a text that hold no number which might be a count."""
    kept = [
        sentence
        for sentence in _SENTENCE.split(text)
        if not re.search(r"\d", _HARMLESS.sub("", sentence))
    ]
    return " ".join(kept)
