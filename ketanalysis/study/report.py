"""The report of a study: its numbers shown by a Quarto document of ``reports/``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ketanalysis.errors import check_one_of
from ketanalysis.shipped import room
from ketanalysis.study.folder import Study, write_study
from ketanalysis.study.plan import Plan
from ketanalysis.study.running import as_study
from ketanalysis.trial import Trial

if TYPE_CHECKING:
    from ketanalysis.render import Rendered

TEMPLATES = ("trial_report",)


def render_report(
    study: Study | Trial | str | Path,
    plan: Plan | None = None,
    out: str | Path = "report.html",
    *,
    template: str = "trial_report",
    timeout: float = 300,
) -> Rendered:
    """Render the report of a study to one self-contained HTML file.

    Answers "what did this trial find, by which definitions, from which data?". The page has
    no script and needs no network; the same input gives the same bytes.

    Parameters
    ----------
    study
        A study folder, a `Study`, or a `Trial` (then with `plan`).
    plan
        The plan of a bare trial.
    out
        The file to write. A file that ketanalysis did not write is never written over.
    template
        Name of the document in ``reports/``.
    timeout
        Seconds after which the cells are stopped.

    Returns
    -------
    Rendered
        Path, renderer with versions, seconds.

    Raises
    ------
    ArgumentError, ContractError
        The study cannot be read, or a trial came without a plan.
    RenderError
        A cell of the document failed; nothing is written.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.render_report("my-study", out="report.html")  # doctest: +SKIP
    """
    check_one_of("template", template, TEMPLATES)
    whole = as_study(study, plan)
    document = room("reports") / f"{template}.qmd"
    target = Path(out)
    if whole.folder is not None:
        return _render(document, target, whole.folder, timeout)
    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        path = write_study(Path(folder) / "study", whole.trial, whole.plan, whole.title)
        return _render(document, target, path, timeout)


def _render(document: Path, out: Path, folder: Path, timeout: float) -> Rendered:
    from ketanalysis.render import render_qmd

    out.parent.mkdir(parents=True, exist_ok=True)
    params = {"study_folder": str(folder.resolve())}
    return render_qmd(document, out, params=params, timeout=timeout)
