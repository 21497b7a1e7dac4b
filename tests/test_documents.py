"""What the documents say is so: examples run, commands and paths exist, families are all named."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import ketanalysis as ka
from ketanalysis.cli import app
from ketanalysis.study.running import load_analysis
from tests.shared import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "ketanalysis"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# --- examples in docstrings ----------------------------------------------------------------------

WITH_EXAMPLES = sorted(
    module_name(path)
    for room in ("ketanalysis", "analyses")
    for path in (ROOT / room).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_run(name: str) -> None:
    room, _, last = name.partition(".")
    module = load_analysis(last) if room == "analyses" else importlib.import_module(name)
    runner = doctest.DocTestRunner(verbose=False)
    said = io.StringIO()
    examples = [test for test in doctest.DocTestFinder().find(module, name) if test.examples]
    assert examples, f"{name} has >>> where doctest finds no example"
    for test in examples:
        runner.run(test, out=said.write)
    assert runner.summarize(verbose=False).failed == 0, said.getvalue()


# --- paths in docstrings -------------------------------------------------------------------------

TEST_PATH = re.compile(r"tests/[\w/.*-]+\.(?:py|csv|R|toml|qmd)\b")


def public_docstrings() -> Iterator[tuple[str, str]]:
    for name in ka.__all__:
        public = getattr(ka, name)
        yield name, inspect.getdoc(public) or ""
        if inspect.isclass(public):
            for member in dir(public):
                if not member.startswith("_"):
                    yield f"{name}.{member}", inspect.getdoc(getattr(public, member, None)) or ""


def test_what_a_public_name_was_checked_against_exists() -> None:
    found = [(name, path) for name, text in public_docstrings() for path in TEST_PATH.findall(text)]
    assert len(found) > 10, "the pattern finds nothing"
    wrong = [f"{name}: {path}" for name, path in found if not (ROOT / path).is_file()]
    assert not wrong, "\n".join(wrong)


def test_what_any_docstring_names_in_the_tests_exists() -> None:
    files = [path for room in (PACKAGE, ROOT / "analyses") for path in room.rglob("*.py")]
    wrong = [
        f"{path.relative_to(ROOT).as_posix()}: {named}"
        for path in files
        for named in TEST_PATH.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / named).is_file()
    ]
    assert not wrong, "\n".join(wrong)


# --- README: Python ------------------------------------------------------------------------------

FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1\n", re.MULTILINE | re.DOTALL)
SCORES = """id,group,madrs_0h,madrs_4h,madrs_24h,madrs_d14,anx_4h
01,placebo,34,30,28,27,12
02,ketamine,29,20,12,10,40
03,ketamine,31,22,15,,25
04,placebo,33,31,30,16,8
"""


def blocks(text: str, language: str) -> list[str]:
    return [code for _, info, code in FENCE.findall(text) if info.strip() == language]


def run_code(code: str, names: dict[str, Any], where: str) -> None:
    """Run the code; the value of a last expression must be something that can be shown."""
    *body, last = ast.parse(code).body
    exec(compile(ast.Module(body, []), where, "exec"), names)
    if isinstance(last, ast.Expr):
        assert eval(compile(ast.Expression(last.value), where, "eval"), names) is not None
    else:
        exec(compile(ast.Module([last], []), where, "exec"), names)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the study folder as README says: `ketanalysis init my-study`, then the data."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init", "my-study"]).exit_code == 0
    (tmp_path / "my-study" / "data" / "scores.csv").write_text(SCORES, encoding="utf-8")
    return tmp_path / "my-study"


def test_readme_has_the_blocks_that_are_run_here() -> None:
    languages = sorted(info.strip() for _, info, _ in FENCE.findall(README))
    assert languages == ["markdown", "python", "sh"], "a new block needs a test in this file"


def test_the_python_of_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    data = pl.read_csv(io.StringIO(SCORES), schema_overrides={"id": pl.String})
    for frame in (data, data.to_pandas(), data.to_arrow()):
        names: dict[str, Any] = {"df": frame}
        for number, code in enumerate(blocks(README, "python"), start=1):
            run_code(code, names, f"README.md, python block {number}")
        assert names["trial"].arms == ("placebo", "ketamine")
        assert {"risk difference", "number needed to treat"} <= {
            *names["rates"].contrasts["measure"]
        }
    assert "ketamine" in capsys.readouterr().out


def test_plain_arms_need_an_order_as_readme_says() -> None:
    (code,) = blocks(README, "python")
    without = re.sub(r"^ *arms=.*\n", "", code, flags=re.MULTILINE)
    assert without != code
    with pytest.raises(ka.ArgumentError, match="no declared order"):
        run_code(without, {"df": pl.read_csv(io.StringIO(SCORES))}, "README.md")


def test_the_handling_of_missing_scores_has_no_default_as_readme_says() -> None:
    (code,) = blocks(README, "python")
    without = code.replace(', missing="nri"', "")
    assert without != code
    with pytest.raises(ka.ArgumentError, match=r'"observed".*"locf".*"nri"'):
        run_code(without, {"df": pl.read_csv(io.StringIO(SCORES))}, "README.md")


def test_the_quarto_cells_of_readme_run(study: Path) -> None:
    """Without Quarto: the cells in their order, then the inline code, in the folder of my-study."""
    (document,) = blocks(README, "markdown")
    names: dict[str, Any] = {}
    cells = blocks(document, "{python}")
    assert len(cells) == 2
    for number, code in enumerate(cells, start=1):
        run_code(code, names, f"README.md, Quarto cell {number}")
    (inline,) = re.findall(r"(?<!`)`\{python\} ([^`]+)`", document)
    assert str(eval(inline, names)).startswith("1/2 (50")
    assert names["results"].refused == {}


# --- README: commands ----------------------------------------------------------------------------


def help_of(*command: str) -> str:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.output)


def readme_commands() -> list[list[str]]:
    """Return the words of each command: the lines of sh blocks, and `ketanalysis ...` in text."""
    lines = [line for code in blocks(README, "sh") for line in code.splitlines()]
    lines += re.findall(r"(?<!`)`(ketanalysis [^`]+)`", FENCE.sub("", README))
    return [line.split("#")[0].split()[1:] for line in lines]


def test_every_command_of_readme_exists() -> None:
    commands = readme_commands()
    assert len(commands) > 7
    listed = help_of()
    for name, *words in commands:
        assert re.search(rf"│ {name} ", listed), f"ketanalysis --help has no {name}"
        own = help_of(name)
        for option in (word for word in words if word.startswith("--")):
            assert re.search(rf"{option} ", own), f"ketanalysis {name} has no {option}"


def test_readme_names_every_command() -> None:
    named = {words[0] for words in readme_commands()}
    assert named == {command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]


def test_check_takes_the_folder_that_init_made(study: Path) -> None:
    done = CliRunner().invoke(app, ["check", study.name])
    assert done.exit_code == 0, done.output


def test_the_commands_of_run_exist() -> None:
    usage = (ROOT / "run").read_text(encoding="utf-8")
    for text in (README, CONTRIBUTING):
        for command in re.findall(r"\./run (\w+)", text):
            assert f"./run {command} " in usage, command


# --- paths in the documents ----------------------------------------------------------------------

ROOMS = ("schemas", "ketanalysis", "analyses", "reports", "tests")
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "schemas/README.md"])
def test_every_path_of_a_document_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    paths = PATH.findall(text) + re.findall(r"`([\w./-]+\.(?:md|cff|toml|lock))`", text)
    given = ROOT / document
    missing = [
        path
        for path in paths
        if not any((base / path).exists() for base in (ROOT, given.parent))
        and "NAME" not in path  # a name to be chosen: its folder must exist
        and path not in ("study.toml", "library.toml")  # of a study; of durability/, in the map
    ]
    assert not missing, "\n".join(missing)
    assert all((ROOT / path).parent.is_dir() for path in paths if "NAME" in path and "/" in path)


def table_rows() -> dict[str, list[str]]:
    """Return the table "Where new code goes": what is new → goes to, copy, and then."""
    section = CONTRIBUTING.split("## Where new code goes")[1].split("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {new.strip(): [cell.strip() for cell in rest] for new, *rest in rows[1:]}


@pytest.mark.parametrize(
    "new, place",
    [
        ("definition", "ketanalysis/response.py"),
        ("table of a result", "ketanalysis/tables/"),
        ("figure", "ketanalysis/figures/"),
        ("sentences", "ketanalysis/text/"),
        ("analysis: a question of a trial", "analyses/"),
        ("report section", "reports/trial_report.qmd"),
        ("report section", "ketanalysis/study/sections.py"),
        ("instrument", "ketanalysis/registry/NAME.toml"),
        ("contract", "schemas/NAME.toml"),
        ("check rule", "ketanalysis/contracts/score_rules.py"),
        ("relapse rule", "ketanalysis/durability/library.toml"),
        ("oracle", "tests/oracle/NAME.R"),
    ],
)
def test_where_new_code_goes(new: str, place: str) -> None:
    assert f"`{place}`" in table_rows()[new][0]


@pytest.mark.parametrize(
    "new, file, pattern",
    [
        ("definition", "ketanalysis/response.py", r"^class Remission\("),
        ("table of a result", "ketanalysis/tables/rates.py", r'^@table_of\("rates"\)\ndef rates\('),
        ("sentences", "ketanalysis/text/scores.py", r'^@sentences_of\("change"\)\ndef change\('),
        ("report section", "reports/trial_report.qmd", r"^# Remission "),
        ("relapse rule", "ketanalysis/durability/library.toml", r"^\[sustain1\]"),
    ],
)
def test_what_is_to_be_copied_is_there(new: str, file: str, pattern: str) -> None:
    copied = re.search(r"`\[?(\w+)\]?`|section (\w+)", table_rows()[new][1])
    assert copied is not None
    assert (copied[1] or copied[2]) in pattern
    assert re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_map_names_every_family() -> None:
    section = CONTRIBUTING.split("## A map")[1].split("\n\n    ", 1)[1].split("\n\n")[0]
    families = re.findall(r"^      (\w+)/", section, re.MULTILINE)
    folders = [p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name[0] not in "._"]
    assert sorted(families) == sorted(folders)
    assert set(re.findall(r"^    (\w+)/", "    " + section, re.MULTILINE)) == set(ROOMS)


def test_the_five_folders_of_readme() -> None:
    house = README.split("## The house")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^    (\w+)/", house, re.MULTILINE)) == ROOMS


def test_schemas_readme_names_every_contract() -> None:
    text = (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+\.toml)`", text, re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in (ROOT / "schemas").glob("*.toml"))


def test_the_documents_are_of_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {ka.__version__}\n" in citation
    assert f"## What there is at {ka.__version__}, and what not" in README
    assert f"## [{ka.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
