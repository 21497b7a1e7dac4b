"""HTML of cells: what is kept, what is renamed, and what is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.render.sanitise import (
    UnsafeHtml,
    check_fragment,
    check_page,
    clean_html,
    scope_style,
)
from tests.render.pages import assert_is_inert, read_page


def cleaned(html: str) -> str:
    whole = clean_html(html, "c")
    start, end = '<div id="c" class="cell-html">', "</div>"
    assert whole.startswith(start)
    assert whole.endswith(end)
    return whole[len(start) : -len(end)]


@pytest.mark.parametrize(
    "html, kept",
    [
        ("<table><tr><td>a &lt; b &amp; c</td></tr></table>",) * 2,
        ("a < b", "a &lt; b"),
        ("<p>open <b>both", "<p>open <b>both</b></p>"),
        ("</div></main>stray", "stray"),
        ("<p>a<!-- remark --></p>", "<p>a</p>"),
        ('<td data-x="y" class="z">', '<td class="z"></td>'),
        ('<a href="https://doi.org/10.1/x">d</a>',) * 2,
        ('<td style="color: red">x</td>',) * 2,
        ('<p title="&quot;&gt;">x</p>', '<p title="&quot;&gt;">x</p>'),
        ('<th id="n a">x</th><td headers="n a">y</td>',
         '<th id="c-1">x</th><td headers="c-1">y</td>'),
        ('<a href="#n">x</a><p id="n">y</p>', '<a href="#c-1">x</a><p id="c-1">y</p>'),
        ('<div id="g"><style>#g p{color:red} td, th {margin:0}</style></div>',
         '<div id="c-1"><style>\n#c #c-1 p { color:red }\n#c td, #c th { margin:0 }\n'
         "</style></div>"),
    ],
)  # fmt: skip
def test_what_is_kept(html: str, kept: str) -> None:
    assert cleaned(html) == kept


@pytest.mark.parametrize(
    "html, named",
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT>", "<script>"),
        ("<iframe src=x>", "<iframe>"),
        ("<object data=x>", "<object>"),
        ("<svg onload=alert(1)>", "<svg>"),
        ("<link rel=stylesheet href=x>", "<link>"),
        ("<meta http-equiv=refresh>", "<meta>"),
        ("<base href=x>", "<base>"),
        ("<form>", "<form>"),
        ("<math>", "<math>"),
        ("<h1>", "<h1>"),
        ("<p onclick=alert(1)>", "the attribute onclick of <p>"),
        ("<p ONCLICK=alert(1)>", "the attribute onclick of <p>"),
        ("<td background=x>", "the attribute background of <td>"),
        ("<p is=x>", "the attribute is of <p>"),
        ("<img alt=a src=http://x/y.png>", "a source outside the page in <img>"),
        ("<img alt=a src=/etc/passwd>", "a source outside the page in <img>"),
        ("<img alt=a src='data:text/html;base64,AAAA'>", "a source outside the page in <img>"),
        ("<img src='data:image/png;base64,AAAA'>", "<img> without alt"),
        ("<a href='javascript:alert(1)'>", "the link 'javascript:alert(1)'"),
        ("<a href=' javascript:alert(1)'>", "the link ' javascript:alert(1)'"),
        ("<a href='java&#10;script:alert(1)'>", "the link 'java\\nscript:alert(1)'"),
        ("<a href='//x.y'>", "the link '//x.y'"),
        ("<a href='https://x.y'>", "the link 'https://x.y'"),
        ("<p style='background:url(x)'>", "the style 'background:url(x)'"),
        ("<p style='position: fixed'>", "the style 'position: fixed'"),
        ("<p style='position:absolute'>", "the style 'position:absolute'"),
        ("<p style='b:\\75rl(x)'>", "the style 'b:\\\\75rl(x)'"),
        ("<style>@import 'x';</style>", "a style that loads, covers or escapes"),
        ("<style>p{background:URL(x)}</style>", "a style that loads, covers or escapes"),
        ("<style>p{</style>", "a style with rules inside rules"),
        ("<!DOCTYPE html>", "a declaration <!…>"),
        ("<?xml version='1.0'?>", "an instruction <?…>"),
    ],
)
def test_what_is_refused(html: str, named: str) -> None:
    with pytest.raises(UnsafeHtml) as caught:
        cleaned(html)
    assert str(caught.value) == named


def test_a_rule_cannot_reach_out_of_its_table() -> None:
    assert scope_style("* {x:y} body, #other {z:w}", "c") == (
        "#c * { x:y }\n#c body, #c #other { z:w }"
    )


def test_the_author_may_write_unbalanced_html_but_no_style() -> None:
    check_fragment("<details open>")
    check_fragment("</details>")
    check_fragment('<a href="https://example.org/">')
    with pytest.raises(UnsafeHtml, match="<style>"):
        check_fragment("<style>p{}</style>")


@pytest.mark.parametrize(
    "html",
    [
        "<body><script></script></body>",
        "<body><meta http-equiv=refresh></body>",
        "<body><p onfocus=x></p></body>",
        "<body><img src=http://x/y></body>",
        "<body><a href=javascript:x></a></body>",
        "<body><math><annotation-xml></annotation-xml></math></body>",
    ],
)
def test_a_page_is_refused(html: str) -> None:
    with pytest.raises(UnsafeHtml):
        check_page(html)


PIECES = st.sampled_from(
    ["<", ">", "</", "/>", "'", '"', "=", " ", "table", "td", "p", "b", "script", "style", "a",
     "img", "href", "src", "onerror", "id", "x", "&lt;", "&#60;", "<!--", "-->", "javascript:",
     "<table>", "</table>", "<td>", "</td>", "<style>", "</style>", "{", "}", "#x", "\x00", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30))
def test_what_passes_is_inert_and_balanced(pieces: list[str]) -> None:
    try:
        html = clean_html("".join(pieces), "c")
    except UnsafeHtml:
        return
    page = read_page(html)
    assert_is_inert(page)
    assert [one.attrs.get("id") for one in page.inside if not isinstance(one, str)] == ["c"]
