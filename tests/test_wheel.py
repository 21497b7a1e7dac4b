"""The wheel that is handed out: installed away from the checkout, it makes the example report."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.shipped import ROOMS, room

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def run(*command: str | Path, cwd: Path) -> str:
    """Return what a command prints; what it prints on failure is the test's message."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def install_without_dependencies(wheel: Path, python: Path, cwd: Path) -> None:
    """Install with uv where it works, else with pip: `./run` made .venv with one of them."""
    uv = shutil.which("uv")
    if uv is not None and subprocess.run([uv, "--version"], capture_output=True).returncode == 0:
        run(uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel, cwd=cwd)
        return
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps")
    run(*pip, wheel, cwd=cwd)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout, made by the hatchling of the environment."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def away(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder outside the checkout whose `env` holds the wheel.

    The libraries are those of this environment, reached by a .pth file: no network.
    """
    folder = tmp_path_factory.mktemp("away")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    python = folder / "env" / SCRIPTS / "python"
    install_without_dependencies(wheel, python, folder)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(run(python, "-c", ask, cwd=folder).strip())
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "libraries.pth").write_text("\n".join(sorted(here)), encoding="utf-8")
    return folder


def test_only_ketanalysis_can_be_imported(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ketanalysis"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_travels_whole(wheel: Path, room: str) -> None:
    prefix = f"ketanalysis/_shipped/{room}/"
    with zipfile.ZipFile(wheel) as archive:
        shipped = {
            name.removeprefix(prefix) for name in archive.namelist() if name.startswith(prefix)
        }
    kept = {
        path.relative_to(ROOT / room).as_posix()
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert kept
    assert shipped == kept


def test_types_and_licence_are_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "ketanalysis/py.typed" in names
    assert "ketanalysis/__init__.pyi" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_installed_package_finds_its_own_rooms(away: Path) -> None:
    code = (
        "import ketanalysis\n"
        "from ketanalysis.shipped import ROOMS, room\n"
        "print(ketanalysis.__file__, *(room(name) for name in ROOMS), sep='\\n')"
    )
    python = away / "env" / SCRIPTS / "python"
    module, *rooms = run(python, "-c", code, cwd=away).splitlines()
    package = Path(module).parent
    assert package.is_relative_to((away / "env").resolve())
    assert [Path(line) for line in rooms] == [package / "_shipped" / name for name in ROOMS]


def test_the_installed_command_makes_the_example_report(away: Path) -> None:
    command = away / "env" / SCRIPTS / "ketanalysis"
    run(command, "report", "--example", "ketamine", "--out", "x.html", cwd=away)
    assert "<html" in (away / "x.html").read_text(encoding="utf-8")[:1000]


def test_a_room_is_found_beside_the_package() -> None:
    assert [room(name) for name in ROOMS] == [ROOT / name for name in ROOMS]


def test_an_unknown_room_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        room("schema")
    assert str(refusal.value) == (
        "room must be one of 'schemas', 'analyses', 'reports', not 'schema'. Did you mean schemas?"
    )
