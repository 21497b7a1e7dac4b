"""Words that must not be read, such as the names of masked arms: one pattern finds them all."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONG = 5  # letters from which a word is found within others too: ketamine in esketamine


def pattern_of(words: Sequence[str]) -> re.Pattern[str]:
    """Return what finds each of these words, in any case of letters, the longest first.

    A word of letters alone is found with the whole word around it; others, which may hold signs
    and spaces, where no letter or digit goes before or follows.
    """
    within = [rf"\w*{word}\w*" for word in words if word.isalpha() and len(word) >= LONG]
    # The longest first: of "ketamine 0.5 mg/kg" no dose may stay behind a masked "ketamine".
    whole = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile("|".join([rf"(?<!\w)(?:{whole})(?!\w)", *within]), re.IGNORECASE)
