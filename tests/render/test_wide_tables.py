"""Wide tables of a report on paper: pages turn for them, and turn back."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from ketanalysis.render import render_qmd

docx = pytest.importorskip("docx", reason="the extra [report] is not installed")

WIDE = """---
title: "Wide"
---

Before, @tbl-wide.

```{python}
#| include: false
from ketanalysis.tables import to_html
from tests.tables.test_fitting import wide

class Shown:
    def __init__(self, count, label=None):
        self.ketanalysis_table, self.ketanalysis_label = wide(count), label
        if label:
            self.ketanalysis_caption = "Means by visit"
    def _repr_html_(self):
        return to_html(self.ketanalysis_table, has_caption=False)
```

```{python}
#| echo: false
Shown(30, "tbl-wide")
```

```{python}
#| echo: false
Shown(12)
```

Between.

```{python}
#| echo: false
Shown(3)
```

::: {.callout-note title="Mind"}

```{python}
#| echo: false
Shown(12)
```

:::
"""


@pytest.fixture(scope="module")
def wide_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wide")
    root = Path(__file__).resolve().parents[2]
    text = WIDE.replace(
        "from ketanalysis", f"import sys; sys.path.insert(0, {str(root)!r})\nfrom ketanalysis", 1
    )
    (folder / "wide.qmd").write_text(text)
    for ending in ("docx", "pdf"):
        render_qmd(folder / "wide.qmd", folder / f"wide.{ending}")
    return folder


def test_word_turns_its_pages_and_back(wide_report: Path) -> None:
    made = docx.Document(str(wide_report / "wide.docx"))
    assert [section.orientation for section in made.sections] == [0, 1, 0]
    assert [section.page_width.cm for section in made.sections] == pytest.approx(
        [21, 29.7, 21],
        abs=0.01,  # twentieths of a point
    )
    with zipfile.ZipFile(wide_report / "wide.docx") as parts:
        document = parts.read("word/document.xml").decode()
    # One footer: the first section's, which the others follow; the last one names it too.
    before, *_, last = re.findall(r"<w:sectPr.*?</w:sectPr>", document, re.DOTALL)
    assert "footerReference" in before
    assert "footerReference" in last
    captions = [one.text for one in made.paragraphs if one.style.name == "Table Caption"]
    assert captions[:4] == [
        "Table 1. Means by visit",
        *["Table 1. Means by visit (continued)"] * 2,
        "Wide",
    ]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on the PATH")
def test_a_pdf_turns_its_pages_and_back(wide_report: Path) -> None:
    done = subprocess.run(
        ["pdftotext", "-bbox", wide_report / "wide.pdf", "-"], capture_output=True, check=True
    )
    pages = done.stdout.decode().split("<page ")[1:]
    sizes = [float(re.match(r'width="([\d.]+)"', page)[1]) for page in pages]  # type: ignore[index]
    assert [round(size) for size in sizes] == [595, *[842] * (len(sizes) - 2), 595]
    assert ">Between.<" in pages[-1]
    for page, size in zip(pages, sizes, strict=True):
        assert max(map(float, re.findall(r'xMax="([\d.]+)"', page))) <= size - 56.6
