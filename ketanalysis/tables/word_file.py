"""A Word file of one table: its title, its panels, its notes, on a page that lies as it must."""

from __future__ import annotations

import io
import re
from typing import Any

from ketanalysis.tables.fitting import Fit, fit
from ketanalysis.tables.ooxml import LOOKS, to_ooxml
from ketanalysis.tables.sheets import MOMENT, MOST_OF_A_PROPERTY
from ketanalysis.tables.table import Table
from ketanalysis.whole_files import unzipped, zipped

# What python-docx's own template says of the program and the picture it came from.
_TEMPLATE_PARTS = ("docProps/thumbnail.jpeg", "docProps/app.xml")
_TEMPLATE_RELATION = re.compile(rb"<Relationship [^<>]*docProps/(?:thumbnail|app)[^<>]*/>")
_TEMPLATE_TYPE = re.compile(rb"<Override [^<>]*docProps/app\.xml[^<>]*/>")


def to_word(table: Table) -> bytes:
    """Return the file; the same table gives the same bytes."""
    import docx

    fitted = fit(table)
    made = docx.Document()
    _page(made, fitted)
    for panel in fitted.panels:
        _panel(made, panel, fitted)
    told: Any = made.core_properties
    told.author, told.comments, told.title = "", "", table.title[:MOST_OF_A_PROPERTY]
    told.created = told.modified = MOMENT
    held = io.BytesIO()
    made.save(held)
    return _settled(held.getvalue())


def _page(made: Any, fitted: Fit) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    section = made.sections[0]
    sides = (Cm(21), Cm(29.7))
    section.page_width, section.page_height = sides[::-1] if fitted.is_turned else sides
    if fitted.is_turned:
        section.orientation = WD_ORIENT.LANDSCAPE
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Cm(2))
    for name, (size, _) in LOOKS.items():
        style: Any = made.styles.add_style(name, 1)
        style.font.name, style.font.size = "Arial", Pt(size)
        style.paragraph_format.space_after = Pt(1)


def _panel(made: Any, panel: Table, fitted: Fit) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    caption: Any = made.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    caption.add_run(panel.title).bold = True
    body = parse_xml(f"<w:body {nsdecls('w')}>{to_ooxml(panel, fitted)}</w:body>")
    for part in list(body):
        made.element.body.insert_element_before(part, "w:sectPr")


def _settled(made: bytes) -> bytes:
    """Return a Word file whose entries have one time, in one order, without a template's traces."""
    parts = unzipped(made)
    for name in _TEMPLATE_PARTS:
        parts.pop(name, None)
    relations = "_rels/.rels"
    parts[relations] = _TEMPLATE_RELATION.sub(b"", parts[relations])
    parts["[Content_Types].xml"] = _TEMPLATE_TYPE.sub(b"", parts["[Content_Types].xml"])
    return zipped(parts)
