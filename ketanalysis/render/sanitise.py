"""HTML that a cell shows, rebuilt from an allow-list; and the check of the finished page.

What leaves `clean_html` was taken apart by a parser and written anew: text escaped, tags
balanced and known, identifiers renamed, style rules confined to the output. A tag or attribute
that could run, load or reach out is refused by name, never dropped.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VOID = _words("br hr col img")
_CELL_TAGS = _VOID | _words(
    "a abbr b blockquote caption code colgroup dd details div dl dt em h3 h4 h5 h6 i li ol p pre "
    "s section small span strong style sub summary sup table tbody td tfoot th thead tr u ul "
    "var"
)
_PAGE_TAGS = _CELL_TAGS | _words(
    "aside body cite del figcaption figure footer h1 h2 head header html ins kbd main mark meta "
    "nav q samp time title wbr math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt "
    "mroot mstyle merror mpadded mphantom msub msup msubsup munder mover munderover mmultiscripts "
    "mtable mtr mtd menclose mprescripts none"
)
_CELL_ATTRIBUTES = _words(
    "abbr align alt border class colspan dir headers height href id lang open role rowspan scope "
    "span src style tabindex title valign width"
)
_IDENTIFIERS = frozenset({"id", "headers", "aria-labelledby", "aria-describedby"})
_NEVER_ATTRIBUTES = _words(
    "action background cite codebase data formaction http-equiv longdesc manifest ping poster "
    "profile srcdoc srcset xlink:href"
)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=]*")
_LINK = re.compile(r"#\S*|https?://\S+|mailto:\S+|[A-Za-z0-9_][A-Za-z0-9_./-]*(#\S*)?", re.I)
_CELL_LINKS = ("#", "https://doi.org/")
_BAD_STYLE = re.compile(
    r"url\(|image\(|image-set\(|expression\(|javascript:|behaviou?r\s*:|-moz-binding|"
    r"@|\\|<|position\s*:(?!\s*(?:static|relative|sticky|initial|inherit)\b)",
    re.I,
)
_STYLE_REMARK = re.compile(r"/\*.*?\*/", re.S)
_STYLE_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


class UnsafeHtml(ValueError):
    """HTML holds something that a report must not hold; the text names it."""


def clean_html(html: str, prefix: str) -> str:
    """Return the HTML rebuilt, in a wrapper whose identifier is `prefix`.

    Raises
    ------
    UnsafeHtml
        A tag, an attribute, a link or a style is not on the list.
    """
    cleaner = _Cleaner(prefix, is_cell=True)
    cleaner.feed(html)
    cleaner.close()
    return f'<div id="{prefix}" class="cell-html">{cleaner.finish()}</div>'


def check_fragment(html: str) -> None:
    """Check a piece of the author's own raw HTML; unlike a cell's it may be unbalanced."""
    checker = _Cleaner("author", is_cell=False)
    checker.feed(html)
    checker.close()
    if checker.has_style:
        raise UnsafeHtml("<style>")


def check_page(html: str) -> None:
    """Check a finished page: nothing in it runs, loads or reaches out."""
    checker = _PageCheck(convert_charrefs=True)
    checker.feed(html)
    checker.close()


def check_attribute(tag: str, name: str, value: str) -> None:
    """Raise `UnsafeHtml` for an attribute that could run, load or reach out."""
    if name.startswith("on") or name in _NEVER_ATTRIBUTES:
        raise UnsafeHtml(f"the attribute {name} of <{tag}>")
    if name == "src" and not _PICTURE.fullmatch(value):
        raise UnsafeHtml(f"a source outside the page in <{tag}>")
    if name == "href" and not _LINK.fullmatch(value):
        raise UnsafeHtml(f"the link {value[:60]!r}")
    if name == "style" and _BAD_STYLE.search(value):
        raise UnsafeHtml(f"the style {value[:60]!r}")


def scope_style(style: str, prefix: str) -> str:
    """Return style rules that reach only into the element `prefix`."""
    text = _STYLE_REMARK.sub("", style)
    if _BAD_STYLE.search(text):
        raise UnsafeHtml("a style that loads, covers or escapes")
    rules = []
    for selectors, body in _STYLE_RULE.findall(text):
        within = [f"#{prefix} {' '.join(one.split())}" for one in selectors.split(",")]
        rules.append(f"{', '.join(within)} {{ {' '.join(body.split())} }}")
    if _STYLE_RULE.sub("", text).strip():
        raise UnsafeHtml("a style with rules inside rules")
    return "\n".join(rules)


class _Cleaner(HTMLParser):
    def __init__(self, prefix: str, *, is_cell: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.prefix = prefix
        self.out: list[str] = []
        self.open: list[str] = []
        self.names: dict[str, str] = {}
        self.is_cell = is_cell
        self.has_style = False
        self.style: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _CELL_TAGS:
            raise UnsafeHtml(f"<{tag}>")
        if tag == "style":
            self.has_style, self.style = True, []
            return
        written = "".join(self.attribute(tag, name, value or "") for name, value in attrs)
        if tag == "img" and not dict(attrs).get("alt"):
            raise UnsafeHtml("<img> without alt")
        self.out.append(f"<{tag}{written}>")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def attribute(self, tag: str, name: str, value: str) -> str:
        if name.startswith("data-"):
            return ""  # nothing on the page reads it
        if name not in _CELL_ATTRIBUTES and not re.fullmatch(r"aria-[a-z]+", name):
            raise UnsafeHtml(f"the attribute {name} of <{tag}>")
        check_attribute(tag, name, value)
        if name == "href" and self.is_cell and not value.startswith(_CELL_LINKS):
            raise UnsafeHtml(f"the link {value[:60]!r}")
        if name in _IDENTIFIERS:
            names = [value] if name == "id" or value in self.names else value.split()
            value = " ".join(self.renamed(one) for one in names)
        elif name == "href" and value.startswith("#"):
            value = f"#{self.renamed(value[1:])}"
        return f' {name}="{escape(value)}"'

    def renamed(self, name: str) -> str:
        """Return an identifier of the page's own: data may have named this one."""
        return self.names.setdefault(name, f"{self.prefix}-{len(self.names) + 1}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style" and self.style is not None:
            text = "".join(self.style)
            self.style = None
            for name, new in sorted(self.names.items(), key=lambda pair: -len(pair[0])):
                text = re.sub(rf"#{re.escape(name)}(?![\w-])", f"#{new}", text)
            self.out.append(f"<style>\n{scope_style(text, self.prefix)}\n</style>")
        elif tag in self.open:
            while (last := self.open.pop()) != tag:
                self.out.append(f"</{last}>")
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.style is not None:
            self.style.append(data)
        else:
            self.out.append(escape(data, quote=False))

    def handle_decl(self, decl: str) -> None:
        raise UnsafeHtml("a declaration <!…>")

    def unknown_decl(self, data: str) -> None:
        raise UnsafeHtml("a declaration <![…]>")

    def handle_pi(self, data: str) -> None:
        raise UnsafeHtml("an instruction <?…>")

    def finish(self) -> str:
        closing = [f"</{tag}>" for tag in reversed(self.open)]
        return "".join([*self.out, *closing])


class _PageCheck(HTMLParser):
    in_head = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _PAGE_TAGS or (tag == "meta" and not self.in_head):
            raise UnsafeHtml(f"<{tag}>")
        if tag == "body":
            self.in_head = False
        for name, value in attrs:
            if tag != "meta":
                check_attribute(tag, name, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
