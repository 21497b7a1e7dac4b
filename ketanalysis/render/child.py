"""The child process that runs a report's cells: started by its path with ``python -P``.

Arguments: the folder that holds the package, and the folder of the run (``steps.json`` in,
``answers.jsonl`` out). The working folder is empty, so that nothing there can be imported or
read as a setting.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def main(package_root: str, folder: str) -> None:
    """Make the parent's own ketanalysis importable, then run the steps."""
    here = Path(package_root) / "ketanalysis"
    found = importlib.util.find_spec("ketanalysis")
    places = list(found.submodule_search_locations or ()) if found else []
    if not any(Path(place).resolve() == here.resolve() for place in places):
        sys.path.insert(0, package_root)

    from ketanalysis.render.kernel import run_steps

    run_steps(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
