"""The child process that runs a report's cells: started by its path with ``python -P``.

Arguments: the folder that holds the package, the folder of the run, and the function that is
called with it, such as ``ketanalysis.render.kernel:run_steps`` (``steps.json`` in,
``answers.jsonl`` out). The working folder is empty, so that nothing there can be imported or
read as a setting.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
from pathlib import Path


def main(package_root: str, folder: str, function: str) -> None:
    """Make the parent's own ketanalysis importable, then call the function."""
    here = Path(package_root) / "ketanalysis"
    found = importlib.util.find_spec("ketanalysis")
    places = list(found.submodule_search_locations or ()) if found else []
    if not any(Path(place).resolve() == here.resolve() for place in places):
        sys.path.insert(0, package_root)

    # Objects are many and die with the process: dead cycles are looked for a tenth as often.
    gc.set_threshold(10_000, 20, 20)
    module, _, name = function.partition(":")
    getattr(importlib.import_module(module), name)(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:4])
