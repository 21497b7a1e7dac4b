"""Texts that try to be code, a file, a formula or another text, and a table of them all."""

from __future__ import annotations

from ketanalysis.tables import Column, Table

CANARY = "canary-9b04-of-a-local-file"

MARKUP = (
    "<script>alert(1)</script>",
    "</td></tr></table><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onload="x',
    "' onmouseover='alert(1)",
    "<!-- <b>remark</b> -->",
    "]]> <![CDATA[x]]>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "&lt;script&gt; &amp; &#60;b&#62;",
    '</w:t></w:r><w:r><w:instrText>INCLUDETEXT "/etc/passwd"</w:instrText></w:r>',
    "<w:altChunk r:id='x'/>",
    "_x003D_1+1 _x000D_",
    "<https://example.org/x> https://example.org",
)
MARKDOWN = (
    "![](canary.txt)",
    "![a](/etc/passwd)",
    "[click](javascript:alert(1))",
    "{{< include /etc/passwd >}}",
    "{{< video x >}} {{ y }}",
    "```{=html}\n<b>x</b>\n```",
    "`<b>`{=html}",
    "`{python} 1 + 1`",
    "::: {.callout-note onclick=x}\nx\n:::",
    "[x]{#id .class onclick=x}",
    "---\ntitle: other\n---",
    "a | b | c",
    "|---|---|",
    "# heading",
    "1. item",
    ": a definition",
    "x:smile: @fig-x [@cite] [^1]",
    "$x^2$ $$y$$ *e* _u_ ~s~ ^t^ % c",
)
TYPESET = (
    "\\input{/etc/passwd}",
    "\\immediate\\write18{touch canary}",
    "\\begin{verbatim} \\end{longtable}",
    "\\catcode`\\%=12 ^^5cinput",
    "--- -- ``x'' ?` !`",
    "\\\\ & [1em] \\hline",
    '#read("/etc/passwd")',
    '#eval("1 + 1") #sys.inputs',
    '"); #image("canary.png"',
    '\\u{23}read(\\"x\\")',
    '{\\field{\\*\\fldinst INCLUDETEXT "/etc/passwd"}}',
    "{\\object\\objocx{\\*\\objdata 0105}}",
    "a\\'5cb \\par } \\u35?x \\bin9 x",
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    '=HYPERLINK("https://example.org","x")',
    "=IMPORTXML(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " \u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u2060\u00ad@x",
    "\u034f=1+1",
    "\u3164=1+1",
    "\uff1dHYPERLINK(1)",
    "\uff0b1 \uff0d1 \uff201",
    "\ufe62x",
    "\u207ax",
    "a;=1+1",
    "x\n=1+1",
    "\x00=1+1",
)
SIGNS = (
    "a\x00b\x07c\x1b[31md\x7fe\x85f",
    "a\ufffeb\uffffc\U0001fffed\ufdd0e",
    "a\ud800b\udfffc",
    "12\u202e.5\u202c",
    "\u2066x\u2069",
    "Größe µ − → αβ Ж",
    "شلوم שלום",
    "a" * 300,
    "line\nline\r\nline\rTAB\tend",
)
PAYLOADS = (*MARKUP, *MARKDOWN, *TYPESET, *FORMULAS, *SIGNS)
assert len(PAYLOADS) > 70


def table_of(texts: tuple[str, ...]) -> Table:
    """Return a table with every text as a cell, a group of rows and a note, and in its title."""
    every = " / ".join(texts)
    return Table(
        every,
        (Column("Label", "left"), Column(f"n {every}"), Column("p", spanner=f"Over {texts[0]}")),
        tuple((text, text, "0.5") for text in texts),
        tuple((text, 1) for text in texts),
        texts,
    )
