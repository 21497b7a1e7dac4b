"""The table of adverse events: subjects with each event, of those exposed."""

from __future__ import annotations

from typing import Any

from ketanalysis.tables.registry import group_label, share_cells, share_columns, table_of
from ketanalysis.tables.table import Column, Table


@table_of("adverse events")
def adverse_events(result: Any) -> Table:
    """One row an event, a block of columns a group: subjects with the event of those exposed."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    events = list(dict.fromkeys(row["AEDECOD"] for row in rows))
    cells = {(group_label(r, result.by), r["AEDECOD"]): r for r in rows}
    columns = [Column("Event", "left"), *share_columns(groups, result.conf_level)]
    lines = [
        (event, *(cell for group in groups for cell in share_cells(cells.get((group, event)))))
        for event in events
    ]
    return Table(result.title, tuple(columns), tuple(lines), notes=result.notes)
