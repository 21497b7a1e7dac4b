"""The site: an article for every public name, no broken link, nothing that runs or loads."""

from __future__ import annotations

import inspect
import itertools
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import ketanalysis as ka
from docs.site.articles import linker_of, members
from docs.site.build import build
from docs.site.docstrings import parse, parse_text
from docs.site.names import (
    Entry,
    entries,
    modules,
    number_entries,
    public_entries,
    return_annotation,
    returned_entries,
)
from docs.site.signatures import arguments, call
from ketanalysis.glossary import GLOSSARY
from tests.render.pages import Element, read_page

MAKES = ("estimate_", "compare_", "fit_", "time_to_", "derive_", "score_", "tabulate_")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Element]:
    paths = build(tmp_path_factory.mktemp("site"))
    return {path.name: read_page(path.read_text(encoding="utf-8")) for path in paths}


def ids(page: Element) -> list[str]:
    return [element.attrs["id"] for element in page.all() if "id" in element.attrs]


# --- what is documented ---------------------------------------------------------------------------


def test_every_public_name_has_its_family() -> None:
    assert {entry.name for entry in public_entries()} == set(ka.__all__) - {"__version__"}
    assert all(entry.family for entry in public_entries())


def test_every_public_name_has_its_article(site: dict[str, Element]) -> None:
    reference = site["ketanalysis.html"]
    articles = {article.attrs["id"] for article in reference.all("article")}
    assert articles == {entry.name for entry in (*public_entries(), *returned_entries())}
    assert {a.attrs["id"] for a in site["numbers.html"].all("article")} == {
        entry.anchor for entry in number_entries()
    }
    listed = {link.attrs["href"] for link in reference.one("nav", id="contents").all("a")}
    assert {f"#{name}" for name in articles} <= listed


def test_an_article_says_it_all(site: dict[str, Element]) -> None:
    article = site["ketanalysis.html"].one("article", id="estimate_response")
    assert [one.text for one in article.all("h4")] == [
        *("Parameters", "Returns", "Raises", "Notes", "Example")
    ]
    assert 'ci="wilson"' in article.one("pre", class_="signature").text
    assert 'str, default "wilson"' in article.text
    assert article.all("a", href="#RatesResult"), "what it returns is a link"
    assert article.all("a", href="#estimate_change"), "what it mentions is a link"
    assert "tests/oracle/rates.csv" in article.text
    assert "numpydoc" not in article.text
    assert "-----" not in article.text


def test_no_default_names_a_machine(site: dict[str, Element]) -> None:
    assert "folder=REGISTRY" in site["ketanalysis.html"].one("article", id="instrument").text
    assert not any("PosixPath" in page.text for page in site.values())


@pytest.mark.parametrize("entry", public_entries(), ids=lambda entry: entry.name)
def test_no_section_of_a_docstring_is_missing(entry: Entry) -> None:
    doc = parse(entry.object)
    assert re.search(r"[.?!]$", doc.summary), doc.summary
    if inspect.isclass(entry.object) and issubclass(entry.object, Exception):
        return
    asked = {argument.name for argument in arguments(entry.object) if not argument.is_mark}
    if inspect.isfunction(entry.object):
        assert asked == doc.documented(), "Parameters"
        assert doc.fields.get("Returns"), "Returns"
        assert doc.examples, "Examples"
    else:
        assert doc.fields.get("Attributes") or doc.fields.get("Parameters"), "Attributes"
    if entry.name.startswith(MAKES) and inspect.isfunction(entry.object):
        assert doc.fields.get("Raises"), "Raises"
        checked = doc.note("Checked against") or doc.note("Source")
        assert checked or "as `" in " ".join(line for _, held in doc.notes for line in held)


REFERENCE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def mentioned(entry: Entry) -> set[str]:
    """Return the names that a docstring sets in single backticks."""
    text = re.sub(r"``.*?``", "", inspect.getdoc(entry.object) or "", flags=re.DOTALL)
    return set(REFERENCE.findall(text))


def known_to(entry: Entry) -> set[str]:
    """Return the arguments, attributes and columns that a docstring may mention."""
    held = {argument.name.strip("*") for argument in arguments(entry.object)}
    for one in (entry, *returned_entries()):
        if one is entry or one.name in return_annotation(entry.object):
            held |= set(dir(one.object)) | parse(one.object).documented()
            held |= set(getattr(one.object, "__dataclass_fields__", ()))
    rules = [one.object for one in public_entries() if is_dataclass(one.object)]
    return held | set(GLOSSARY) | {each.name for rule in rules for each in fields(rule)}


FOREIGN = {"SchemaErrors"}  # Pandera's


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_what_a_docstring_mentions_exists(entry: Entry) -> None:
    ours = {name for module in modules() for name in vars(module)}
    ours |= {module.__name__ for module in modules()} | set(ka.Trial.__dataclass_fields__)
    dotted = {f"{module.__name__}.{name}" for module in modules() for name in vars(module)}
    links = linker_of(entry)
    stale = [
        name
        for name in mentioned(entry)
        if re.fullmatch(r"[\w.]+", name) and links(name) is None
        if name not in known_to(entry) | ours | dotted | FOREIGN
    ]
    assert not stale


def test_the_methods_of_a_result_are_explained() -> None:
    named = dict(members(ka.Result))
    assert {"summary", "tidy", "glance", "plot", "text", "inline", "to_gt"} <= named.keys()


def test_columns_and_instruments_are_listed(site: dict[str, Element]) -> None:
    assert set(GLOSSARY) <= set(ids(site["glossary.html"]))
    assert set(ka.instruments()["scale"]) <= set(ids(site["instruments.html"]))
    assert set(ka.relapse_rules()["name"]) <= set(ids(site["relapse-rules.html"]))


# --- the pages ------------------------------------------------------------------------------------


def test_no_link_is_broken(site: dict[str, Element]) -> None:
    broken, anchors = [], {name: set(ids(page)) for name, page in site.items()}
    for name, page in site.items():
        for link in page.all("a"):
            file, _, anchor = link.attrs["href"].partition("#")
            target = anchors.get(file or name)
            if target is None or (anchor and anchor not in target):
                broken.append(f"{name}: {link.attrs['href']}")
    assert not broken, "\n".join(broken)


def test_a_page_needs_nothing_beside_it(site: dict[str, Element]) -> None:
    for name, page in site.items():
        for element in page.all():
            assert element.tag not in {"script", "iframe", "object", "embed", "form", "link"}, name
            assert not any(key.startswith("on") for key in element.attrs), name
            if "src" in element.attrs:
                assert element.attrs["src"].startswith("data:image/png;base64,"), name
        assert not re.search(r"url\(|@import", "".join(one.text for one in page.all("style")))


def test_a_page_can_be_read_by_everybody(site: dict[str, Element]) -> None:
    for name, page in site.items():
        assert page.one("html").attrs["lang"] == "en-GB", name
        assert page.one("meta", name="viewport").attrs["content"].startswith("width=device-width")
        assert len(page.all("h1")) == 1, name
        assert len(set(ids(page))) == len(ids(page)), f"{name}: an id is there twice"
        levels = [int(one.tag[1]) for one in page.all() if re.fullmatch(r"h[1-6]", one.tag)]
        steps = itertools.pairwise(levels)
        assert all(below - above <= 1 for above, below in steps), f"{name}: a level is left out"
        assert all(image.attrs.get("alt", "").strip() for image in page.all("img")), name
        assert all(cell.attrs.get("scope") for cell in page.all("th")), name
        assert all(block.attrs.get("tabindex") == "0" for block in page.all("pre")), name
        labels = [nav.attrs.get("aria-label") for nav in page.all("nav")]
        assert all(labels), name
        assert len(set(labels)) == len(labels), name


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_colours_have_contrast() -> None:
    root = Path(__file__).resolve().parents[2]
    css = (root / "reports/report.css").read_text() + (root / "docs/site/site.css").read_text()
    tokens = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css))
    colours = {tokens["ink"], tokens["quiet"], tokens["accent"]}
    colours |= set(re.findall(r"code \.[^{]*\{[^}]*color: (#[0-9a-f]{6})", css))
    assert len(colours) > 5
    for colour in colours:  # WCAG 2.2 AA for text: 4.5
        assert contrast(colour, "#ffffff") >= 4.5
        assert contrast(colour, tokens["tint"]) >= 4.5


# --- the parts ------------------------------------------------------------------------------------

TEXT = """Answer a question.

Not for another one.

Parameters
----------
a, b
    Two numbers.
c : int
    A third.

Returns
-------
float
    The answer.

Notes
-----
Miettinen and Nurminen (1985), Stat Med 4:213.
Missing values: none are
    allowed.
Checked against: tests/oracle/x.csv (R), relative 1e-9.

Examples
--------
>>> 1 + 1
2
"""


def test_a_docstring_is_taken_apart() -> None:
    doc = parse_text(TEXT)
    assert doc.summary == "Answer a question."
    assert " ".join(doc.text).strip() == "Not for another one."
    assert [field.names for field in doc.fields["Parameters"]] == [("a", "b"), ("c",)]
    assert doc.fields["Returns"][0].names == ("float",)
    assert doc.documented() == {"a", "b", "c"}
    assert doc.note("Missing values") == "none are allowed."
    assert doc.note("Checked against") == "tests/oracle/x.csv (R), relative 1e-9."
    assert doc.sources() == "Miettinen and Nurminen (1985), Stat Med 4:213."
    assert doc.examples == (">>> 1 + 1", "2")


def test_a_call_is_as_the_source_writes_it() -> None:
    assert call("tidy", ka.tidy) == "tidy(result)"
    assert call("Remission", ka.Remission) == (
        "Remission(*, at_most=None, below=None, at_least=None, above=None)"
    )
    assert call("cutoffs", ka.cutoffs) == "cutoffs(name, *, folder=REGISTRY)"
    (visits,) = [one for one in arguments(ka.as_trial) if one.name == "visits"]
    assert visits.type == "Sequence[object] | Mapping[Any, float] | None"
