"""Importing ketanalysis is light, and every public name is there when it is asked for."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import ketanalysis

STUB = Path(ketanalysis.__file__).with_suffix(".pyi")
HEAVY = {
    "IPython",
    "great_tables",
    "joblib",
    "lifelines",
    "matplotlib",
    "numpy",
    "pandas",
    "pandera",
    "pingouin",
    "polars",
    "pyarrow",
    "scipy",
    "seaborn",
    "sklearn",
    "statsmodels",
    "typer",
}
PUBLIC = {
    alias.name: node.module
    for node in ast.parse(STUB.read_text(encoding="utf-8")).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh Python holds after the code."""
    tell = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_import_loads_nothing_heavy() -> None:
    assert loaded_after("import ketanalysis; ketanalysis.__version__") & HEAVY == set()


def test_a_definition_loads_no_statistics() -> None:
    loaded = loaded_after("import ketanalysis as ka; ka.Response(at_least=0.5)")
    assert loaded & HEAVY <= {"numpy", "polars"}


def test_every_module_can_be_imported_with_polars_and_numpy_alone() -> None:
    """A heavy library is imported in the function that needs it, never at the top."""
    modules = sorted({f"ketanalysis.{module}" for module in PUBLIC.values()})
    loaded = loaded_after("\n".join(f"import {module}" for module in modules))
    assert loaded & HEAVY <= {"numpy", "polars"}


def test_the_list_of_names_is_the_stub() -> None:
    assert sorted(dir(ketanalysis)) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_resolves(name: str) -> None:
    """A function may bear the name of its module (`instruments`): the function is what one gets."""
    value = getattr(ketanalysis, name)
    assert not isinstance(value, ModuleType)
    assert value.__name__ == name
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="estimate_nothing"):
        ketanalysis.estimate_nothing  # type: ignore[attr-defined]  # noqa: B018


def test_the_names_of_a_star_import_are_the_public_ones() -> None:
    code = "from ketanalysis import *\nassert 'estimate_response' in globals()"
    subprocess.run([sys.executable, "-c", code], check=True)
