"""What an import costs: `import ketanalysis` against `import polars`, on a warm disk."""

from __future__ import annotations

import sys

from contest import Contender, Goal, Section, ratio, take_turns

POLARS = "import polars"
OURS = "import ketanalysis"
FIRST_NAME = "import ketanalysis; ketanalysis.estimate_response"  # names are imported at first use
TIMED = """\
import json, time
start = time.perf_counter()
{statement}
print(json.dumps({{"seconds": [time.perf_counter() - start]}}))
"""
ALLOWED = 1.3


def run(rounds: int) -> Section:
    """Time the statement alone, in a new interpreter each; the first round warms the disk."""
    contenders = [
        Contender(statement, (sys.executable, "-c", TIMED.format(statement=statement)))
        for statement in (POLARS, OURS, FIRST_NAME)
    ]
    take_turns(contenders, 1)
    runs = take_turns(contenders, rounds)
    polars = runs[POLARS].seconds
    ratios = {name: ratio(theirs.seconds, polars) for name, theirs in runs.items()}
    reached = ratios[OURS].median
    goal = Goal(f"`{OURS}` within {ALLOWED} × `{POLARS}`", reached, ALLOWED, at_least=False)
    return Section(
        "Import",
        (
            f"Medians of {rounds} rounds (least to most).",
            "",
            "| statement | time, polars = 1 |",
            "|---|---|",
            *(f"| `{name}` | {found} |" for name, found in ratios.items()),
            "",
            f"- {goal}",
        ),
    )
