"""The rules of the house, read from the files themselves: rooms, floors, drawers, banned calls."""

from __future__ import annotations

import ast
import functools
import graphlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ketanalysis

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ("schemas", "ketanalysis", "analyses", "reports", "tests")
BESIDE = {"benchmarks", "docs", "build", "dist"}  # what may stand beside the five rooms
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", ".hypothesis", ".ipynb_checkpoints"}
MOST_LINES = 400
DRAWERS = {"common", "helper", "helpers", "lib", "misc", "tools", "util", "utils"}

# A module may import from its own floor and from those below it. A new module is one new name.
FLOORS = {
    1: "characters errors rounding glossary shipped toml_records whole_files",
    2: """instruments instrument_facts instrument_scoring instrument_card cutoffs
          item_totals item_matrix definition definitions estimand sustained meaningful
          response relapse relapse_words among
          comparison frames foreign threshold vital_parameters infusion_clock""",
    3: "results trial contracts intake reading",
    4: """derive grid population change adverse_events multiplicity schedule
          density profile items instrument_table rates survival durability groups
          formulas mmrm imputation participants individual infusions regression
          interval_censored prediction blinding acute_effects crossover subgroups sensitivity
          literature disclosure""",
    5: "tables figures text",
    6: "examples study study_commands render batch batch_commands cli",
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names.split()}

# The methods of a result forward to the floor above in one line: the one way up.
UPWARD_FROM_METHODS = {"results": {"tables", "figures", "text"}}
# One result forwards its methods to the functions that read it: inside one family.
FORWARDS = {
    *(
        ("ketanalysis.survival.results", f"ketanalysis.survival.{name}")
        for name in ("estimates", "rmst", "quantiles")
    ),
    ("ketanalysis.survival.incidence_results", "ketanalysis.survival.estimates"),
    *(
        ("ketanalysis.survival.cox_result", f"ketanalysis.survival.{name}")
        for name in ("proportional_hazards", "cox_curves")
    ),
    ("ketanalysis.survival.incidence_regression", "ketanalysis.survival.fine_gray_curves"),
    ("ketanalysis.interval_censored.results", "ketanalysis.interval_censored.milestones"),
}

PICKLES = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve"}
BANNED_NAMES = {"eval", "exec"}
BANNED_ATTRIBUTES = {
    ("joblib", "load"),
    ("joblib", "dump"),
    ("yaml", "load"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("os", "system"),
    ("os", "popen"),
}
BANNED_METHODS = {"read_pickle", "to_pickle"}
# Who may do what is banned, and why.
ALLOWED = {
    "ketanalysis/render/": BANNED_NAMES,  # the renderer runs the cells of a report: that is its job
}

REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.|anaconda\.(?:org|com)|cran\.r-project|npmjs\.|crates\.io"
)
MACHINE = re.compile(r"/(?:work|root|farm)/|/tmp/[a-z]/|/home/\w+/")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def text_files() -> Iterator[tuple[str, str]]:
    for folder, inner, files in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in NOT_OURS and not name.endswith("_cache")]
        for name in files:
            path = Path(folder, name)
            try:
                yield shown(path), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def top(module: str) -> str:
    """`ketanalysis.tables.html` stands on the floor of `tables`."""
    return module.split(".")[1]


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_of(path): path
    for path in python_files("ketanalysis")
    if path != ROOT / "ketanalysis" / "__init__.py"
}


# --- imports ----------------------------------------------------------------------------------


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def import_nodes(
    node: ast.AST, in_function: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield every import that runs, and whether it stands in a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, in_function
        elif not is_for_types(child):
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from import_nodes(child, in_function or is_function)


def named(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return what is imported as full names: `from a import b` gives `a.b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def ours(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Return the modules of ketanalysis that an import needs."""
    return {
        name if name in MODULES or "." not in name else name.rpartition(".")[0]
        for name in named(node)
        if name.split(".")[0] == "ketanalysis" and name != "ketanalysis.__version__"
    }


def is_sanctioned(importer: str, imported: str, in_function: bool) -> bool:
    if in_function and (importer, imported) in FORWARDS:
        return True
    allowed = UPWARD_FROM_METHODS.get(top(importer), set())
    return in_function and imported != "ketanalysis" and top(imported) in allowed


def runtime_imports(importer: str) -> Iterator[tuple[int, str]]:
    for node, in_function in import_nodes(tree(MODULES[importer])):
        for imported in ours(node):
            if not is_sanctioned(importer, imported, in_function):
                yield node.lineno, imported


def test_every_module_has_a_floor() -> None:
    homeless = sorted({top(module) for module in MODULES} - FLOOR.keys())
    assert not homeless, f"add to FLOORS in tests/test_house.py: {' '.join(homeless)}"


def test_imports_only_go_down() -> None:
    wrong = [
        f"{shown(MODULES[importer])}:{line} imports {imported}"
        for importer in MODULES
        for line, imported in runtime_imports(importer)
        if imported not in MODULES or FLOOR.get(top(imported), 0) > FLOOR.get(top(importer), 9)
    ]
    assert not wrong, "\n".join(wrong)


def test_there_are_no_cycles() -> None:
    graph = {
        module: {name for _, name in runtime_imports(module) if name in MODULES and name != module}
        for module in MODULES
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail("a cycle of imports: " + " <- ".join(error.args[1]))


def test_imports_are_absolute() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(*HOUSE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_from_the_other_rooms() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files("ketanalysis", "analyses")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in named(node)
        if name.split(".")[0] in {"schemas", "analyses", "reports", "tests"}
    ]
    assert not wrong, "\n".join(wrong)


def test_analyses_call_public_names_only() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno} imports {name}"
        for path in python_files("analyses")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in named(node)
        if name.startswith("ketanalysis.") and name.split(".", 1)[1] not in dir(ketanalysis)
    ]
    assert not wrong, "\n".join(wrong)


# --- files --------------------------------------------------------------------------------------


def test_the_five_rooms() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    visible = {name for name in folders if not name.startswith((".", "__"))}
    assert visible - BESIDE == set(HOUSE)


def test_there_are_no_drawers() -> None:
    drawers = [
        shown(path)
        for folder in HOUSE
        for path in (ROOT / folder).rglob("*")
        if path.stem.lower().removeprefix("test_") in DRAWERS
    ]
    assert not drawers, "\n".join(drawers)


def test_no_file_is_too_long() -> None:
    lines = {
        shown(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*python_files(*HOUSE), ROOT / "run"]
    }
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_machine(pattern: re.Pattern[str]) -> None:
    wrong = [
        f"{name}:{number} {line.strip()[:80]}"
        for name, text in text_files()
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_public_has_a_docstring() -> None:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    missing = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in python_files("ketanalysis", "analyses")
        for node in tree(path).body
        if isinstance(node, definitions)
        if not node.name.startswith("_") and not ast.get_docstring(node)
        if [ast.unparse(each) for each in node.decorator_list] != ["overload"]
    ]
    missing += [
        shown(path)
        for path in python_files("ketanalysis", "analyses")
        if not ast.get_docstring(tree(path))
    ]
    assert not missing, "\n".join(missing)


# --- banned calls ---------------------------------------------------------------------------------


def banned(node: ast.AST) -> Iterator[str]:
    """Yield what would run code or a shell command out of data."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        roots = {name.split(".")[0] for name in named(node)}
        pairs = {tuple(name.rsplit(".", 1)) for name in named(node)}
        yield from sorted(roots & PICKLES)
        yield from (".".join(pair) for pair in sorted(pairs & BANNED_ATTRIBUTES))
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name) and node.func.id in BANNED_NAMES:
        yield node.func.id
    if isinstance(node.func, ast.Attribute):
        if (ast.unparse(node.func.value), node.func.attr) in BANNED_ATTRIBUTES:
            yield ast.unparse(node.func)
        if node.func.attr in BANNED_METHODS:
            yield node.func.attr
    for keyword in node.keywords:
        is_false = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg == "shell" and not is_false:
            yield "shell=True"


def may(name: str, call: str) -> bool:
    return any(name.startswith(place) and call in calls for place, calls in ALLOWED.items())


def test_no_banned_calls() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno} {call}"  # type: ignore[attr-defined]
        for path in python_files("ketanalysis", "analyses", "benchmarks")
        for node in ast.walk(tree(path))
        for call in banned(node)
        if not may(shown(path), call)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import pickle", ["pickle"]),
        ("from cloudpickle import loads", ["cloudpickle"]),
        ("from joblib import load", ["joblib.load"]),
        ("joblib.load(path)", ["joblib.load"]),
        ("yaml.load(text)", ["yaml.load"]),
        ("pd.read_pickle(path)", ["read_pickle"]),
        ("eval(text)", ["eval"]),
        ("subprocess.run(line, shell=True)", ["shell=True"]),
        ("subprocess.run(line, shell=False)", []),
        ("yaml.safe_load(text)", []),
        ("pl.col('a').list.eval(pl.element())", []),
    ],
)
def test_the_ban_sees(code: str, expected: list[str]) -> None:
    assert [call for node in ast.walk(ast.parse(code)) for call in banned(node)] == expected
