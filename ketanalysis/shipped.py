"""Where the rooms beside the package are: contracts, analyses and reports.

A wheel carries them inside the package, under `_shipped`; a checkout has them in its root.
"""

from __future__ import annotations

from pathlib import Path

from ketanalysis.errors import check_one_of

ROOMS = ("schemas", "analyses", "reports")
PACKAGE = Path(__file__).resolve().parent


def room(name: str) -> Path:
    """Find the folder of a room that is shipped with the package.

    Not for a study's own files: those are in the folder of the study.

    Parameters
    ----------
    name
        "schemas", "analyses" or "reports".

    Returns
    -------
    Path
        The folder inside the installed package, or in the checkout's root.

    Raises
    ------
    ArgumentError
        If there is no room of that name.
    FileNotFoundError
        If the folder is missing: the installation is incomplete.

    Examples
    --------
    >>> room("schemas").name
    'schemas'
    """
    check_one_of("room", name, ROOMS)

    shipped = PACKAGE / "_shipped"
    folder = (shipped if shipped.is_dir() else PACKAGE.parent) / name
    if not folder.is_dir():
        raise FileNotFoundError(
            f"The folder {name} must be at {folder}, where this installation keeps it.\n"
            "  Install ketanalysis again."
        )
    return folder
