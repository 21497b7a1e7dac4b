"""A table as Quarto reads one: the same table in the words of each format that has its own.

Quarto makes a pipe table of equal columns, breaks none of its tables over pages in a PDF, and
puts a numbered one into a cell of another in Word, where no head is repeated. So a page gets the
HTML, Typst its own markup, Word a real table behind the number; every other format gets an HTML
table that Quarto reads itself.

Source: Quarto's guide, "Cross-references: div syntax", "Conditional content", "HTML tables".
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html import escape

from ketanalysis.tables.fitting import continued, fit
from ketanalysis.tables.html import to_html
from ketanalysis.tables.markdown import escape_markdown
from ketanalysis.tables.ooxml import to_ooxml
from ketanalysis.tables.table import Table
from ketanalysis.tables.typst import literal, to_typst

# Its float is set in the middle, and its pieces are not parted by pages, unless told so before.
_KIND = 'where(kind: "quarto-float-tbl")'
BREAKABLE = f"""\
#show figure.{_KIND}: set block(breakable: true)
#show figure.{_KIND}: set align(left)
#show figure.caption.{_KIND}: it => {{
  if sys.version >= version(0, 12, 0) {{ block(sticky: true, it) }} else {{ it }}
}}"""
# A page of Quarto has no style sheet of ours, and lines in a table of Bootstrap's classes alone.
_START = (
    '<div tabindex="0" role="group" aria-label="Table" style="overflow-x: auto">'
    '<table data-quarto-disable-processing="true" '
    'style="font-size: 0.9em" class="table table-sm '
)
_LOOKS = (
    ('<table class="', _START),
    ('<th scope="row" style="', '<th scope="row" style="font-weight: normal; '),
    ('<td style="text-align: right"', '<td style="text-align: right; white-space: nowrap"'),
    ("<p>", '<p style="margin: 0 0 0.2em; font-size: 0.9em">'),
    ("</table>", "</table></div>"),
)
_FORMATS = ("html", "typst", "docx")
_NOTHING = (
    '<w:p><w:pPr><w:keepNext/><w:spacing w:before="0" w:after="0" w:line="20" '
    'w:lineRule="exact"/></w:pPr></w:p>'
)
_AGAIN = continued("")
_TYPST_AGAIN = f"\n#block(text({literal(_AGAIN)}))\n"
_WORD_AGAIN = f"<w:p><w:pPr><w:keepNext/></w:pPr><w:r><w:t>{escape(_AGAIN)}</w:t></w:r></w:p>"
_TICKS = re.compile(r"`+")
_JOINED = "\N{WORD JOINER}"


def is_in_quarto() -> bool:
    """Whether this process runs the cells of a document for Quarto, which sets its figure size."""
    return "QUARTO_FIG_WIDTH" in os.environ


def to_quarto(table: Table, *, name: str = "", caption: str = "") -> str:
    """Return the Markdown of a table; one with a `name`, such as tbl-response, is numbered.

    A table without a name stands where a cell may have a label and a caption of its own: there
    Word takes the table that Quarto reads.
    """
    if not name:
        titled = [f"**{escape_markdown(caption)}**"] if caption else []
        return "\n\n".join([*titled, _raw("typst", BREAKABLE), *_shown(table, _FORMATS[:2])])
    content = "\n\n".join([*_shown(table, _FORMATS), _raw("openxml", _NOTHING)])
    numbered = numbered_float(name, content, caption)
    return "\n\n".join([_raw("typst", BREAKABLE), numbered, _raw("openxml", _in_word(table))])


def numbered_float(name: str, content: str, caption: str) -> str:
    """Return what Quarto numbers, and the text may refer to by `name`, such as fig-relapse."""
    # Braces at the end of a caption would be taken for attributes.
    end = _JOINED if caption.rstrip().endswith("}") else ""
    return f"::: {{#{name}}}\n\n{content}\n\n{escape_markdown(caption)}{end}\n\n:::"


def attribute_text(text: str) -> str:
    """Return a text that may stand between the quotes of an attribute: shortcodes run there too."""
    one_line = " ".join(text.split()).replace("{{<", f"{{{_JOINED}{{<")
    return one_line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def _shown(table: Table, own: tuple[str, ...]) -> list[str]:
    """Return the table for a page and for Typst, and once more for all but the formats `own`."""
    page = to_html(table, has_caption=False)
    for ours, theirs in _LOOKS:  # no text of the data holds a <
        page = page.replace(ours, theirs)
    rest = _raw("html", to_html(replace(table, notes=()), has_caption=False))
    notes = [escape_markdown(note) for note in table.notes]
    lines = [_raw("html", page), _raw("typst", _in_typst(table))]
    for depth, one in enumerate(own):
        lines.append(f'{":" * (4 + depth)} {{.content-visible unless-format="{one}"}}')
    lines += [rest, *notes]
    return [*lines, *(":" * (4 + depth) for depth in reversed(range(len(own))))]


def _in_typst(table: Table) -> str:
    fitted = fit(table, may_turn=False)
    return _TYPST_AGAIN.join(to_typst(one, fitted, on_any_page=True) for one in fitted.panels)


def _in_word(table: Table) -> str:
    fitted = fit(table, may_turn=False)
    return _WORD_AGAIN.join(to_ooxml(one, fitted, has_styles=False) for one in fitted.panels)


def _raw(kind: str, code: str) -> str:
    """Return a raw block; no text in it ends it, and none of it is a shortcode of Quarto."""
    if kind == "typst":  # in the others a < of a text is written otherwise
        code = code.replace("{{<", "{\\u{7b}<")
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(code)), default=0))
    return f"{fence}{{={kind}}}\n{code}\n{fence}"
