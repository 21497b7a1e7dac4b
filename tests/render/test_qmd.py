"""A .qmd taken apart: which blocks run, which are shown, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ketanalysis.render import RenderError
from ketanalysis.render.qmd import Cell, Document, Inline, parse_qmd

HEADER = "---\ntitle: T\n---\n"


def parse(folder: Path, body: str, header: str = HEADER) -> Document:
    path = folder / "a.qmd"
    path.write_text(header + body, encoding="utf-8")
    return parse_qmd(path)


def refused(folder: Path, body: str, header: str = HEADER) -> str:
    with pytest.raises(RenderError) as caught:
        parse(folder, body, header)
    return str(caught.value).removeprefix(f"{folder / 'a.qmd'}, ")


def test_steps_are_in_the_order_in_which_they_run(tmp_path: Path) -> None:
    body = "Is `{python} a`.\n\n```{python}\nb\n```\n\nAnd `{python} c` and `{python} d`.\n"
    document = parse(tmp_path, body, "---\ntitle: 'T `{python} e`'\n---\n")
    found = [s.expression if isinstance(s, Inline) else s.code for s in document.steps]
    assert found == ["a", "b", "c", "d", "e"]
    assert [step.line for step in document.steps] == [4, 6, 10, 10, 2]


def test_code_that_is_shown_does_not_run(tmp_path: Path) -> None:
    body = (
        "````\n```{python}\nshown\n```\n````\n\n~~~\n```{python}\nshown\n```\n~~~\n\n"
        "`` `{python} shown` ``\n\n<!-- `{python} hidden`\n```{python}\nhidden\n```\n-->\n"
    )
    assert parse(tmp_path, body).steps == ()


def test_a_windows_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    text = "---\ntitle: T\n---\n```{python}\n#| echo: false\nx\n```\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (cell,) = parse_qmd(path).steps
    assert isinstance(cell, Cell)
    assert cell.code == "#| echo: false\nx"


def test_the_token_differs_each_time(tmp_path: Path) -> None:
    tokens = {parse(tmp_path, "").token for _ in range(5)}
    assert len(tokens) == 5


@pytest.mark.parametrize(
    "body, message",
    [
        ("\n```{r}\n1\n```\n", "line 5: cells of r cannot be run: only {python}."),
        ("```{python echo=FALSE}\n1\n```\n",
         "line 4: a cell's options must be `#|` lines, not in its fence."),
        ("- item\n\n  ```{python}\n  1\n  ```\n", "line 6: a cell must start at the left margin."),
        ("-     ```{python}\n", "line 4: a cell must start at the left margin."),
        ("> ```{python}\n> 1\n> ```\n", "line 4: a cell must start at the left margin."),
        ("```{python}\n1\n", "line 4: the block that begins here must be closed with ```."),
        ("a\n{{< include /etc/passwd >}}\n",
         "line 5: shortcodes {{< … >}} cannot be honoured."),
        ("`{python} a\nb`\n", "line 4: inline code must end on its own line."),
        ("`{r} a`\n", "line 4: inline code of r cannot be run."),
        ("<!-- a\n", "line 4: the comment that begins here must end with -->."),
        ("<!-- a --> b\n", "line 4: nothing can follow --> on its line."),
        ("```{python}\n#| label: a\n```\n```{python}\n#| label: a\n```\n",
         "line 7: the label a is taken by the cell in line 4."),
        ("```{python}\n#| tags: [parameters]\n```\n```{python}\n#| tags: [parameters]\n```\n",
         "line 7: only one cell can be tagged parameters; line 4 is."),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused(tmp_path: Path, body: str, message: str) -> None:
    assert refused(tmp_path, body) == message


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "# T\n", header="")
    assert said == "line 1: the file must begin with a YAML header between lines of ---."
    said = refused(tmp_path, "title: T\n", header="---\n")
    assert said == "line 1: the YAML header must end with a line of ---."


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_bytes(b"---\ntitle: \xe9\n---\n")
    with pytest.raises(RenderError) as caught:
        parse_qmd(path)
    assert str(caught.value) == f"{path}: the file must be UTF-8 text."
