"""The Word file of an assembled document: real headings, captions and tables, A4, page numbers."""

from __future__ import annotations

import functools
import io
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from ketanalysis.render import paper
from ketanalysis.render.assemble import Assembled
from ketanalysis.render.html import date_words, references_shown
from ketanalysis.render.nodes import Node, attributes, div, image, paragraph, string, text_of
from ketanalysis.render.pandoc import write_bytes
from ketanalysis.render.qmd import Document
from ketanalysis.render.word_contents import with_page_numbers
from ketanalysis.tables.fitting import Fit
from ketanalysis.tables.ooxml import LOOKS, to_ooxml
from ketanalysis.tables.table import Table
from ketanalysis.whole_files import unzipped, zipped

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

FONT = "Arial"
# A4, upright and on its side, with margins of 2 cm; twentieths of a point.
UPRIGHT = '<w:pgSz w:w="11906" w:h="16838"/>'
LYING = '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>'
_MARGINS = (
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="708" '
    'w:footer="708" w:gutter="0"/>'
)
_FOOTER = re.compile(rb"<w:footerReference [^<>]*/>")


class WordWriter:
    """What Word makes of a table, a picture, a caption and a callout."""

    def table(self, panel: Table, fitted: Fit) -> list[Node]:
        """Return a table of ours as Word's own markup."""
        return [_openxml(to_ooxml(panel, fitted))]

    def turned(self, blocks: list[Node]) -> list[Node]:
        """Return blocks on pages that lie on their side: a section of its own."""
        return [_end_of_section(UPRIGHT), *blocks, _end_of_section(LYING)]

    def caption(self, words: list[Node], identifier: str, kind: str) -> list[Node]:
        """Return a caption as a paragraph that stays with its table or picture."""
        if not words:
            return []
        style = "Table Caption" if kind == "table" else "Image Caption"
        return [div([paragraph(words)], attributes(identifier, (), [("custom-style", style)]))]

    def picture(self, picture: Node, words: list[Node], identifier: str) -> list[Node]:
        """Return a picture that fits the page, with its text for those who do not see it."""
        width = f"{paper.width_of(picture):.2f}in"
        shown = image(picture["c"][2][0], text_of(picture["c"][1]), [("width", width)])
        styled = div([paragraph([shown])], attributes("", (), [("custom-style", "Figure")]))
        return [styled, *self.caption(words, identifier, "figure")]

    def callout(self, title: list[Node], content: list[Node]) -> list[Node]:
        """Return a callout as paragraphs with a line at their left."""
        head = paragraph([{"t": "Strong", "c": title}])
        return [div([head, *content], attributes("", (), [("custom-style", "Callout")]))]


def _openxml(code: str) -> Node:
    return {"t": "RawBlock", "c": ["openxml", code]}


def _end_of_section(size: str) -> Node:
    """Return the paragraph that ends a section; nothing is seen of it."""
    return _openxml(
        '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
        f"<w:sectPr>{size}{_MARGINS}</w:sectPr></w:pPr></w:p>"
    )


def _with_footer(document: bytes) -> bytes:
    """Return the text of a Word file whose first section has the footer; the others follow it."""
    footers = _FOOTER.findall(document)
    start, found, rest = document.partition(b"<w:sectPr>")
    is_last = b"<w:sectPr" not in rest
    return document if is_last or not footers else start + found + footers[-1] + rest


def write_docx(
    document: Document, assembled: Assembled, *, version: str, footer: str, bibliography: list[Path]
) -> bytes:
    """Return the Word file; the same document gives the same bytes."""
    paper.check_no_html(document, assembled, "docx")
    blocks = paper.lower(assembled.blocks, WordWriter())
    header = document.header
    if header.has_toc:
        blocks = [*_contents(blocks, header.toc_depth, header.toc_title), *blocks]
    blocks = [*_title_block(document, assembled), *blocks]
    blocks, arguments = references_shown(document, blocks, bibliography, level=1)
    blocks = [*blocks, _styled([string(footer)], "Made By")]
    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        reference = Path(folder) / "reference.docx"
        reference.write_bytes(reference_document())
        meta = {"lang": {"t": "MetaInlines", "c": [string(header.lang)]}}
        made = write_bytes(
            blocks, meta, ["--standalone", "-t", "docx", f"--reference-doc={reference}", *arguments]
        )
    return _settled(made, text_of(assembled.words["title"]), version, header.lang)


def _title_block(document: Document, assembled: Assembled) -> list[Node]:
    words = assembled.words
    lines = [_styled(words["title"][0], "Title")]
    lines += [_styled(one, "Subtitle") for one in words.get("subtitle", [])]
    lines += [_styled(one, "Author") for one in words.get("author", [])]
    if document.header.date is not None:
        lines.append(_styled([string(date_words(document.header))], "Date"))
    return [*lines, *[_styled(one, "Abstract") for one in words.get("abstract", [])]]


def _contents(blocks: list[Node], depth: int, title: str) -> list[Node]:
    lines = paper.contents(blocks, depth)
    head = _styled([{"t": "Strong", "c": [string(title)]}], "Contents")
    return [head, div(lines, attributes("", (), [("custom-style", "Contents")]))]


def _styled(words: list[Node], style: str) -> Node:
    return div([paragraph(words)], attributes("", (), [("custom-style", style)]))


@functools.cache
def reference_document() -> bytes:
    """Return the document whose styles, page and footer every Word file takes."""
    import docx
    from docx.shared import Cm

    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2))
    _page_number(section.footer.paragraphs[0])
    _styles(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


# Name, size in points, bold, grey, space before and after, whether it stays with the next.
_STYLES = (
    ("Title", 20, True, False, 0, 4, True),
    ("Subtitle", 12, False, True, 0, 8, False),
    ("Author", 11, False, False, 0, 2, False),
    ("Date", 11, False, True, 0, 8, False),
    ("Abstract", 10, False, False, 4, 8, False),
    ("Heading 1", 15, True, False, 16, 6, True),
    ("Heading 2", 12.5, True, False, 12, 4, True),
    ("Heading 3", 11, True, False, 10, 4, True),
    ("Heading 4", 11, True, True, 8, 4, True),
    ("Contents", 10, False, False, 0, 1, False),
    ("Table Caption", 10, False, False, 12, 4, True),
    ("Image Caption", 10, False, False, 2, 12, False),
    ("Figure", 10, False, False, 8, 2, True),
    ("Callout", 10.5, False, False, 4, 4, False),
    ("Made By", 8.5, False, True, 16, 0, False),
    *((name, size, False, False, apart, apart, False) for name, (size, apart) in LOOKS.items()),
    ("Compact", 10.5, False, False, 0, 3, False),
    ("First Paragraph", 10.5, False, False, 0, 6, False),
    ("Body Text", 10.5, False, False, 0, 6, False),
    ("Source Code", 8.5, False, False, 4, 6, False),
)


def _styles(made: WordDocument) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    normal: Any = made.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10.5)
    for name, size, bold, grey, before, after, keeps in _STYLES:
        known = [one.name for one in made.styles]
        style: Any = (
            made.styles[name]
            if name in known
            else made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        )
        style.base_style = None if name == "Normal" else normal
        style.font.name, style.font.size = ("Consolas" if name == "Source Code" else FONT), Pt(size)
        _one_font(style)
        style.font.bold, style.font.italic = bold, False
        style.font.color.rgb = RGBColor(0x55, 0x55, 0x55) if grey else RGBColor(0x11, 0x11, 0x11)
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.keep_with_next = keeps
    _bar_at_left(made.styles["Callout"])
    _dots_to_the_right(made.styles["Contents"])


def _one_font(style: Any) -> None:
    """Take the font of the theme from a style: its own would not be seen."""
    from docx.oxml.ns import qn

    fonts = style.element.rPr.rFonts
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{kind}"), None)
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), style.font.name)


def _bar_at_left(style: Any) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    border = '<w:left w:val="single" w:sz="18" w:space="6" w:color="888888"/>'
    style.element.get_or_add_pPr().append(parse_xml(f"<w:pBdr {nsdecls('w')}>{border}</w:pBdr>"))


def _dots_to_the_right(style: Any) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Cm

    stops = style.paragraph_format.tab_stops
    stops.add_tab_stop(Cm(17), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)


def _page_number(line: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    line._p.append(parse_xml(field))


def marker(version: str) -> str:
    """Return what stands near the beginning of every Word file of ours, uncompressed."""
    return f"<Application>ketanalysis {version}"


def _settled(made: bytes, title: str, version: str, lang: str) -> bytes:
    """Return the file with fixed times, no author, and our mark near its beginning."""
    parts = unzipped(made)
    text = with_page_numbers(_with_footer(parts["word/document.xml"]).decode("utf-8"))
    parts["word/document.xml"] = text.encode("utf-8")
    parts["docProps/app.xml"] = _app(version)
    parts["docProps/core.xml"] = _core(title, lang)
    parts.pop("docProps/custom.xml", None)
    for name in ("[Content_Types].xml", "_rels/.rels"):
        parts[name] = _without_custom(parts[name])
    mark = "docProps/app.xml"
    return zipped(parts, first=["[Content_Types].xml", mark], plain=mark)


def _app(version: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'extended-properties">{marker(escape(version))}</Application></Properties>'
    ).encode()


def _core(title: str, lang: str) -> bytes:
    moment = "1980-01-01T00:00:00Z"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:language>{escape(lang)}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{moment}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{moment}</dcterms:modified>'
        "</cp:coreProperties>"
    ).encode()


def _without_custom(part: bytes) -> bytes:
    return re.sub(rb"<[^<>]*docProps/custom\.xml[^<>]*/>", b"", part)
