"""A table of ours on its way from a cell to the page: JSON outside, a raw block in the tree."""

from __future__ import annotations

import json
from typing import Any

from ketanalysis.render.nodes import Node
from ketanalysis.tables.table import Column, Table

NEUTRAL = "ketanalysis-table"


def describe_table(table: Table) -> dict[str, Any]:
    """Return a table as what JSON can carry."""
    return {
        "title": table.title,
        "columns": [[one.label, one.align, one.spanner] for one in table.columns],
        "rows": [list(row) for row in table.rows],
        "row_groups": [list(group) for group in table.row_groups],
        "notes": list(table.notes),
    }


def table_node(described: dict[str, Any]) -> Node:
    """Return the block that holds a described table, to be written by the format."""
    return {"t": "RawBlock", "c": [NEUTRAL, json.dumps(described)]}


def is_table(node: Node) -> bool:
    """Whether a node is such a block."""
    return bool(node["t"] == "RawBlock" and node["c"][0] == NEUTRAL)


def table_of(node: Node) -> Table:
    """Return the table that a block holds."""
    found = json.loads(node["c"][1])
    return Table(
        found["title"],
        tuple(Column(label, align, over) for label, align, over in found["columns"]),
        tuple(map(tuple, found["rows"])),
        tuple((label, count) for label, count in found["row_groups"]),
        tuple(found["notes"]),
    )
