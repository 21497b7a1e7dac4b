"""A document of one's own: its cells read the files beside it, and its folder has no other say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.cli import main
from ketanalysis.study_commands import _parameter

OWN = """---
title: Scores
---

```{python}
#| tags: [parameters]
#| include: false
least = 1
name = "nobody"
```

```{python}
#| include: false
import polars as pl
import matplotlib
scores = pl.read_csv("scores.csv")
kept = scores.filter(pl.col("madrs") >= least)
```

`{python} name` kept `{python} kept.height` of `{python} scores.height`;
`{python} matplotlib.rcParams["lines.linewidth"]`.
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "scores.csv").write_text("id,madrs\n1,30\n2,12\n3,22\n")
    (folder / "matplotlibrc").write_text("lines.linewidth: 99\n")
    (folder / "polars.py").write_text("raise SystemExit('a module of the folder was imported')\n")
    path = folder / "paper.qmd"
    path.write_text(OWN)
    return path


def test_cells_read_the_files_beside_the_document(document: Path) -> None:
    done = ka.render_document(document, params={"least": 20, "name": "<b>Ada</b>"})
    assert done.path == document.with_suffix(".html")
    page = done.path.read_text(encoding="utf-8")
    assert "&lt;b&gt;Ada&lt;/b&gt; kept 2 of 3; 1.5." in " ".join(page.split())


def test_the_command_takes_parameters_as_quarto_does(
    document: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = document.with_name("own.docx")
    words = ["render", str(document), "--out", str(out), "-P", "least:20", "-P", "name:Ada: B"]
    monkeypatch.setattr(sys, "argv", ["ketanalysis", *words])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code in (0, None)
    assert capsys.readouterr().out.startswith(f"Wrote {out} in ")
    docx = pytest.importorskip("docx")
    said = " ".join(one.text for one in docx.Document(str(out)).paragraphs)
    assert "Ada: B kept 2 of 3; 1.5." in said


@pytest.mark.parametrize(
    "written, read",
    [
        ("a:1", ("a", 1)),
        ("a:1.5", ("a", 1.5)),
        ("a:true", ("a", True)),
        ("a:x:y", ("a", "x:y")),
        ("a:", ("a", "")),
    ],
)
def test_a_parameter_is_a_number_a_truth_or_a_text(written: str, read: tuple[str, object]) -> None:
    found = _parameter(written)
    assert found == read
    assert type(found[1]) is type(read[1])


def test_what_cannot_be_rendered_is_refused(document: Path) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        _parameter("least=3")
    assert str(refused.value) == "-P must be name:value, not 'least=3'."
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_document(document.with_name("none.qmd"))
    assert str(refused.value) == (
        f"path must be a .qmd file that exists, not {str(document.with_name('none.qmd'))!r}."
    )
    with pytest.raises(ka.ArgumentError, match="renderer must be one of 'embedded', 'quarto'"):
        ka.render_document(document, renderer="knitr")
