"""A page read back with html.parser, and short documents to render."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from ketanalysis.render import RenderError, render_qmd

SAMPLE = Path(__file__).with_name("sample.qmd")
VOID = {"meta", "br", "hr", "img", "col", "link", "input"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        words = [one if isinstance(one, str) else one.text for one in self.inside]
        return " ".join("".join(words).split())

    def all(self, tag: str = "", **attrs: str) -> list[Element]:
        found = []
        for one in self.inside:
            if isinstance(one, Element):
                wanted = {key.rstrip("_"): value for key, value in attrs.items()}
                same = all(one.attrs.get(key) == value for key, value in wanted.items())
                found += [one] if same and tag in ("", one.tag) else []
                found += one.all(tag, **attrs)
        return found

    def one(self, tag: str = "", **attrs: str) -> Element:
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} elements {tag} {attrs}"
        return found[0]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]
        self.badly_nested: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) < len(attrs):
            self.badly_nested.append(f"{tag} has an attribute twice")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.badly_nested.append(tag)

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read_page(html: str) -> Element:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.badly_nested == []
    assert len(reader.open) == 1
    return reader.open[0]


def assert_is_inert(page: Element) -> None:
    """Nothing in the page runs, loads or reaches out."""
    for element in page.all():
        assert element.tag not in {"script", "iframe", "object", "embed", "base", "form", "link"}
        for name, value in element.attrs.items():
            assert not name.startswith("on"), (element.tag, name)
            if name in ("src", "data", "srcset", "poster"):
                assert re.match(r"data:image/(png|jpeg|gif|svg\+xml);base64,", value)
            if name == "href":
                assert re.match(r"#|https://|http://|mailto:", value), value
            if name == "style":
                assert "url(" not in value
    for style in page.all("style"):
        assert not re.search(r"url\(|@import", style.text)


def render_text(folder: Path, body: str, *, header: str = "title: T", **options: object) -> Element:
    path = folder / "report.qmd"
    path.write_text(f"---\n{header}\n---\n{body}", encoding="utf-8")
    render_qmd(path, folder / "report.html", **options)  # type: ignore[arg-type]
    return read_page((folder / "report.html").read_text(encoding="utf-8"))


def refusal(folder: Path, body: str, *, header: str = "title: T", **options: object) -> str:
    """Return what the renderer says, without the path of the file; nothing may be written."""
    try:
        render_text(folder, body, header=header, **options)
    except RenderError as error:
        left = {path.name for path in folder.iterdir()}
        assert not any(name.endswith((".html", ".part")) for name in left), left
        return str(error).replace(f"{folder / 'report.qmd'}", "FILE")
    raise AssertionError("the document was rendered")
