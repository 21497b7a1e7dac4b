"""What the header and the cells may ask for, and what is refused by name and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ketanalysis.render import RenderError
from ketanalysis.render.options import CellOptions
from ketanalysis.render.qmd import Cell, Document, parse_qmd

CELL = "```{{python}}\n{options}\n1\n```\n"


def parse(folder: Path, text: str) -> Document:
    path = folder / "a.qmd"
    path.write_text(text, encoding="utf-8")
    return parse_qmd(path)


def cell_options(folder: Path, options: str, header: str = "") -> CellOptions:
    document = parse(folder, f"---\ntitle: T\n{header}---\n" + CELL.format(options=options))
    (cell,) = [step for step in document.steps if isinstance(step, Cell)]
    return cell.options


def refused(folder: Path, text: str) -> str:
    with pytest.raises(RenderError) as caught:
        parse(folder, text)
    return str(caught.value).removeprefix(f"{folder / 'a.qmd'}, ")


def test_options_are_read(tmp_path: Path) -> None:
    given = cell_options(
        tmp_path,
        '#| label: fig-a\n#| fig-cap: "A: b"\n#| fig-alt: >\n#|   two\n#|   lines\n#| echo: false\n'
        "#| eval: true\n#| include: true\n#| output: asis\n#| warning: true\n"
        "#| code-fold: show\n#| tags: [parameters]",
    )
    assert given == CellOptions(
        label="fig-a",
        fig_cap="A: b",
        fig_alt="two lines",
        echo=False,
        output="asis",
        warning=True,
        code_fold="show",
        is_parameters=True,
    )


def test_a_cell_goes_before_the_document(tmp_path: Path) -> None:
    header = "execute:\n  echo: false\n  warning: true\nformat:\n  html:\n    code-fold: true\n"
    given = cell_options(tmp_path, "#| warning: false", header)
    assert given == CellOptions(echo=False, warning=False, code_fold=True)


def test_the_format_goes_before_the_header(tmp_path: Path) -> None:
    text = "---\ntitle: 2026\ntoc: false\nformat:\n  html:\n    toc: true\n    toc-depth: 2\n---\n"
    header = parse(tmp_path, text).header
    assert (header.title, header.has_toc, header.toc_depth) == ("2026", True, 2)


@pytest.mark.parametrize(
    "line, message",
    [
        (
            "#| fig-widht: 5",
            "line 5: the cell option 'fig-widht' cannot be honoured. Did you mean fig-alt?\n"
            "  Honoured are: code-fold, code-summary, echo, error, eval, fig-alt, fig-cap, "
            "include, label, output, tags, tbl-cap, warning.",
        ),
        ("#| echo: yes", "line 5: echo must be true or false, not 'yes'."),
        ("#| echo: fenced", "line 5: echo must be true or false, not 'fenced'."),
        ("#| echo: 1", "line 5: echo must be true or false, not '1'."),
        ("#| output: none", "line 5: output must be true or false or asis, not 'none'."),
        ("#| tags: [remove]", "line 5: tags must be [parameters], not remove."),
        (
            "#| label: 1a",
            "line 5: a label must begin with a letter and hold letters, digits, - and _, not '1a'.",
        ),
        (
            "#| echo: true\n#| echo: false",
            "line 6: the key 'echo' stands here twice.",
        ),
        ("#| fig-cap: [a, b]", "line 5: fig-cap must be one text."),
        ("#| fig-cap: !expr x", "line 5: the YAML tag !expr cannot be honoured."),
        ("#| fig-cap: &a b", "line 5: YAML anchors and aliases cannot be honoured."),
        (
            "#| fig-cap: 'n = `{python} n`'",
            "line 5: fig-cap must be literal text, without inline code.\n"
            "  Set the figure's ketanalysis_caption or ketanalysis_alt in the cell instead.",
        ),
        ("#| just words", "line 5: YAML must be lines of `name: value`."),
        ("x = 1\n#| echo: false", "line 6: `#|` options must stand first in their cell."),
    ],
)
def test_a_cell_option_is_refused(tmp_path: Path, line: str, message: str) -> None:
    text = "---\ntitle: T\n---\n" + CELL.format(options=line)
    assert refused(tmp_path, text) == message


@pytest.mark.parametrize(
    "lines, message",
    [
        ("author: A", "line 1: the header must have a title: it is the page's only first heading."),
        ("title: T\ndate: today", "line 3: date must be written out: the same input gives the "
         "same bytes on every day."),
        ("title: T\nlang: '<x>'", "line 3: lang must be a language such as en or de-CH, "
         "not '<x>'."),
        ("title: T\njupyter: ir", "line 3: jupyter must be python3, not 'ir'."),
        ("title: T\nexecute:\n  cache: true", "line 4: cache must be false, not 'true'."),
        ("title: T\nformat: revealjs", "line 3: format must be html or docx or typst or pdf, "
         "not 'revealjs'."),
        ("title: T\nformat:\n  html:\n    embed-resources: false",
         "line 5: embed-resources must be true, not 'false'."),
        ("title: T\nauthor:\n  - name: A\n    orcid: 1",
         "line 4: author must be a text or a list of texts."),
        ("title: T\ntitle: U", "line 3: the key 'title' stands here twice."),
        ("title: [a", "line 2: YAML cannot be read: expected ',' or ']', but got "
         "'<stream end>'."),
    ],
)  # fmt: skip
def test_a_header_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    assert refused(tmp_path, f"---\n{lines}\n---\n") == message


def test_an_unknown_header_key_lists_what_is_honoured(tmp_path: Path) -> None:
    said = refused(tmp_path, "---\ntitle: T\nsubtitel: U\n---\n")
    assert said == (
        "line 3: the header key 'subtitel' cannot be honoured. Did you mean subtitle?\n"
        "  Honoured are: abstract, author, bibliography, code-fold, code-summary, csl, date, "
        "engine, execute, format, jupyter, lang, number-sections, subtitle, title, toc, "
        "toc-depth, toc-title."
    )


def test_yaml_cannot_exhaust_the_machine(tmp_path: Path) -> None:
    deep = "---\ntitle: " + "[" * 5000 + "\n---\n"
    assert refused(tmp_path, deep) == "line 2: YAML must not be nested deeper than 10 levels."
    long = "---\ntitle: " + "a" * 70_000 + "\n---\n"
    assert refused(tmp_path, long) == "line 2: YAML must be shorter than 65536 characters."


@pytest.mark.parametrize(
    ("output", "given", "said"),
    [
        ("typst", "margin:\n      x: 2cm\n      y: 2cm", None),
        ("html", "format-links: false", None),
        (
            "typst",
            "margin:\n      x: 1in",
            "line 6: margin must be lines of x, y or a side, each with 2cm, as the page of the "
            "embedded renderer has, not x: '1in'.",
        ),
        (
            "typst",
            "margin: 1in",
            "line 5: margin must be lines of x, y or a side, each with 2cm, as the page of the "
            "embedded renderer has, not '1in'.",
        ),
        ("html", "format-links: true", "line 5: format-links must be false, not 'true'."),
    ],
)
def test_margins_and_links_are_those_of_the_renderer(
    output: str, given: str, said: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.qmd"
    path.write_text(f"---\ntitle: T\nformat:\n  {output}:\n    {given}\n---\n")
    if said is None:
        assert not parse_qmd(path, output=output).steps
        return
    with pytest.raises(RenderError) as caught:
        parse_qmd(path, output=output)
    assert str(caught.value) == f"{path}, {said}"
