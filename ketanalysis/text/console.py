"""A result on the console: title, table and notes as R prints them, and one row on the whole."""

from __future__ import annotations

from textwrap import fill

import polars as pl

from ketanalysis.results import Result
from ketanalysis.tables import tabulate, to_text

WIDTH = 88


def summary(result: Result) -> str:
    """Return title, table and notes as console text."""
    table = tabulate(result)
    notes = [fill(note, WIDTH, initial_indent="  ", subsequent_indent="  ") for note in table.notes]
    return "\n".join([table.title, "", to_text(table), "", *notes])


def glance(result: Result) -> pl.DataFrame:
    """Return one row on the whole result."""
    return pl.DataFrame(
        {
            "title": [result.title],
            "rows": [result.table.height],
            "conf_level": [result.conf_level],
            "simulated": [result.simulated],
            "warnings": [len(result.warnings)],
        }
    )
