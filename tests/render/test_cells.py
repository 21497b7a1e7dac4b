"""Cells run in a child of their own: order, errors with their line, time, and nothing left."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.render import render_qmd
from tests.render.pages import refusal, render_text


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> Path:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == [], "the run left files behind"


def test_an_error_names_file_cell_line_and_reason(tmp_path: Path) -> None:
    body = (
        "\n```{python}\ndef low(x):\n    raise ValueError(f'{x} is <b>low</b>')\n```\n\n"
        "```{python}\n#| label: check\ny = 1\n\nlow(y)\n```\n"
    )
    assert refusal(tmp_path, body) == ("FILE, line 14, cell check: ValueError: 1 is <b>low</b>")


@pytest.mark.parametrize(
    "body, message",
    [
        ("```{python}\nx = 1\ny = = 2\n```\n",
         "FILE, line 6, cell number 1: SyntaxError: invalid syntax"),
        ("`{python} nobody`\n",
         "FILE, line 4, cell inline nobody: NameError: name 'nobody' is not defined"),
        ("```{python}\nimport sys\nsys.exit(3)\n```\n",
         "FILE, line 6, cell number 1: SystemExit: 3"),
        ("```{python}\nimport os\nos._exit(3)\n```\n",
         "FILE, line 4, cell number 1: Python ended here with code 3. It said nothing."),
        ("```{python}\n#| label: fig-a\n1\n```\n",
         "FILE, line 4, cell fig-a: the label fig-a needs one figure, but the cell shows 0."),
    ],
)  # fmt: skip
def test_a_cell_that_fails_stops_the_report(tmp_path: Path, body: str, message: str) -> None:
    assert refusal(tmp_path, body) == message


def test_time_is_limited_and_everything_ends(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    body = (
        "```{python}\nquick = 1\n```\n\n```{python}\n#| label: slow\n"
        "import pathlib, subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid))\n"
        "while True: pass\n```\n"
    )
    started = time.monotonic()
    said = refusal(tmp_path, body, timeout=8)
    assert said == (
        "FILE, line 8, cell slow: the cells took longer than 8 seconds and were stopped here."
    )
    assert time.monotonic() - started < 30  # far below the minute of the grandchild
    pid = int(pid_file.read_text())
    status = Path(f"/proc/{pid}/status")
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_a_child_whose_parent_was_killed_ends_and_clears_up(
    tmp_path: Path, own_temporary_folder: Path
) -> None:
    qmd = tmp_path / "a.qmd"
    qmd.write_text("---\ntitle: T\n---\n```{python}\nimport time\ntime.sleep(60)\n```\n")
    program = (
        "import pathlib, tempfile\nfrom ketanalysis.render import render_qmd\n"
        f"tempfile.tempdir = {str(own_temporary_folder)!r}\n"
        f"render_qmd(pathlib.Path({str(qmd)!r}), pathlib.Path({str(tmp_path / 'a.html')!r}))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    wait_until(lambda: list(own_temporary_folder.glob("*/answers.jsonl")))
    parent.kill()
    parent.wait()
    wait_until(lambda: not list(own_temporary_folder.iterdir()))


def wait_until(is_so: Callable[[], object]) -> None:
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about in 10 seconds")


def test_params_replace_what_the_tagged_cell_sets(tmp_path: Path) -> None:
    body = (
        "```{python}\n#| tags: [parameters]\nname = 'none'\nn = 1\nkept = 3\n```\n"
        "`{python} name`; `{python} n + kept`\n"
    )
    page = render_text(tmp_path, body, header="title: T\nexecute:\n  echo: false",
                       params={"name": "<i>a</i> $b$", "n": 0.5})  # fmt: skip
    assert page.one("main").text == "<i>a</i> $b$; 3.5"
    with pytest.raises(ArgumentError) as caught:
        render_text(tmp_path, body, params={"nam": "x"})
    assert str(caught.value) == (
        "params must be names that the cell tagged parameters sets, not nam. "
        "Did you mean name?\n"
        f"  {tmp_path / 'report.qmd'}, line 4, sets: kept, n, name."
    )


@pytest.mark.parametrize(
    "params, message",
    [
        ({"a b": 1}, "params must be named like Python variables, not 'a b'."),
        ({"a": [1]}, "params['a'] must be a text, number or truth, not list."),
        ({"a": 1}, "params cannot be set: no cell of {path} is tagged parameters."),
    ],
)
def test_params_out_of_place_are_refused(tmp_path: Path, params: dict, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        render_text(tmp_path, "Text.\n", params=params)
    assert str(caught.value) == message.format(path=tmp_path / "report.qmd")


def test_a_hostile_folder_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "matplotlibrc").write_text("figure.facecolor: red\n")
    for name in ("statsmodels", "json", "sitecustomize", "IPython"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", "relative"]))
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
    body = (
        "```{python}\n#| include: false\nimport json, os, statsmodels, matplotlib\n"
        "colour = matplotlib.rcParams['figure.facecolor']\n```\n"
        "`{python} colour`, `{python} os.listdir()`, "
        "`{python} os.environ.get('SECRET_OF_THE_PARENT')`, "
        "`{python} statsmodels.__file__.endswith('__init__.py')`\n"
    )
    page = render_text(tmp_path, body)
    assert page.one("main").text == "white, [], None, True"


def test_the_run_is_private_while_it_lasts(tmp_path: Path) -> None:
    body = (
        "```{python}\n#| include: false\nimport os, pathlib\n"
        "mode = oct(pathlib.Path.cwd().parent.stat().st_mode & 0o777)\n```\n"
        "`{python} mode` `{python} os.environ['PYTHONHASHSEED']`"
        " `{python} os.environ['OMP_NUM_THREADS']`\n"
    )
    assert render_text(tmp_path, body).one("main").text == "0o700 0 1"


def test_the_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name in ("IPython", "yaml") else find(name),
    )
    path = tmp_path / "a.qmd"
    path.write_text("---\ntitle: T\n---\n")
    with pytest.raises(ArgumentError) as caught:
        render_qmd(path, tmp_path / "a.html")
    assert str(caught.value) == (
        "Reports need IPython and yaml: run pip install 'ketanalysis[report]'."
    )
