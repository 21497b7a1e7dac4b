"""The report of a study: its numbers shown by a Quarto document of ``reports/``."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ketanalysis.disclosure.hidden_words import pattern_of
from ketanalysis.disclosure.suppression import check_min_cell
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.shipped import room
from ketanalysis.study.answers import subtitle
from ketanalysis.study.arm_sizes import sizes_of
from ketanalysis.study.document import NOT_BLINDED, NOT_SHARED, keep_arm
from ketanalysis.study.folder import Study, write_study
from ketanalysis.study.masking import mask_arms
from ketanalysis.study.own_code import own_file
from ketanalysis.study.plan import Plan
from ketanalysis.study.running import as_study
from ketanalysis.trial import Trial

if TYPE_CHECKING:
    from ketanalysis.render import Rendered

SLIDES = "deck"
PAGES = ("trial_report", "relapse_brief", "infusion_anxiety_brief", "data_check")
TEMPLATES = (*PAGES, SLIDES)


def render_report(
    study: Study | Trial | str | Path,
    plan: Plan | None = None,
    out: str | Path = "report.html",
    *,
    template: str = "trial_report",
    arm: str = "",
    renderer: str = "embedded",
    trust_study_code: bool = False,
    blind_seed: int | None = None,
    share: int | None = None,
    timeout: float = 300,
) -> Rendered:
    """Render the report of a study to one self-contained file.

    Answers "what did this trial find, by which definitions, from which data?". The page has
    no script and needs no network; the same input gives the same bytes.

    Parameters
    ----------
    study
        A study folder, a `Study`, or a `Trial` (then with `plan`).
    plan
        The plan of a bare trial.
    out
        The file to write; its ending (.html, .docx or .pdf) is the format. A file that
        ketanalysis did not write is never written over.
    template
        The document: "trial_report", "relapse_brief", "infusion_anxiety_brief", "data_check",
        or "deck" (slides, by Quarto alone).
    arm
        A planned arm to report alone; with "" all arms are reported and compared.
    renderer
        "embedded", or "quarto": a Quarto on the PATH renders the same document, and the
        promises of identical bytes and of a page without script do not hold.
    trust_study_code
        Whether to run the analyses and the report that stand in the study folder itself. They
        are programs: only for folders whose author you trust. Without it they are listed in
        the report, and the shipped ones are run.
    blind_seed
        Masks the arms: they are shown as Arm A, Arm B, ... in an order of this seed, and what
        tells an arm otherwise (doses, guesses, sections of the plan that name one) is left out
        and listed. A report that would still name an arm is not written. By Quarto, .html alone.
    share
        The smallest count of subjects that may be shown, for a report that is passed on: from 3;
        5 and 11 are usual. Smaller counts are held back, and with them what they would follow
        from; figures and listings of single subjects are left out.
    timeout
        Seconds after which the cells are stopped.

    Returns
    -------
    Rendered
        Path, renderer with versions, seconds.

    Raises
    ------
    ArgumentError, ContractError
        The study cannot be read, a trial came without a plan, there is no such template, arm
        or renderer, or there is no Quarto where it is asked for.
    RenderError
        A cell of the document failed; nothing is written.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.render_report("my-study", out="report.html")  # doctest: +SKIP
    """
    from ketanalysis.render.own_document import RENDERERS

    check_one_of("template", template, TEMPLATES)
    check_one_of("renderer", renderer, RENDERERS)
    if template == SLIDES and renderer == "embedded":
        raise ArgumentError(
            f"template={SLIDES!r} is slides, which Quarto alone can show: give renderer='quarto', "
            f"or one of the other templates ({listed(PAGES)})."
        )
    whole = as_study(study, plan)
    own = own_file(whole.folder, "reports", template) if trust_study_code else None
    document = own or room("reports") / f"{template}.qmd"
    shown = keep_arm(whole, arm) if arm else whole
    hidden: tuple[str, ...] = ()
    if blind_seed is not None:
        masked = mask_arms(whole, blind_seed)
        shown, hidden = masked.study, masked.hidden
        file = Path(out).name
        if named := pattern_of(hidden).search(file):
            raise ArgumentError(
                f"out must not name an arm in a blinded report: {file!r} holds {named[0]!r}."
            )
    # Those without an arm may be few: what is passed on is said to be of the arms.
    size = None if share is None else sum(sizes_of(shown.trial.adsl, shown.trial.arms).values())
    titles = {"title": shown.title, "subtitle": subtitle(shown, size)}
    options: dict[str, str | bool | int] = {
        "arm": arm,
        "trust_study_code": trust_study_code,
        "blind_seed": NOT_BLINDED if blind_seed is None else blind_seed,
        "share": NOT_SHARED if share is None else check_min_cell(share, "share"),
    }
    job = _Job(document, Path(out), titles, options, renderer, hidden, timeout)
    if whole.folder is not None:
        return job.render(whole.folder)
    if trust_study_code:
        raise ArgumentError("trust_study_code is for a study folder; a trial in memory has none.")
    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        written = write_study(Path(folder) / "study", whole.trial, whole.plan, whole.title)
        return job.render(written)


@dataclass(frozen=True)
class _Job:
    """One report to be made: which document, where to, by whom, with which parameters."""

    document: Path
    out: Path
    titles: Mapping[str, str]
    options: Mapping[str, str | bool | int]
    renderer: str
    hidden: tuple[str, ...]
    timeout: float

    def render(self, folder: Path) -> Rendered:
        """Render the document for the study of this folder."""
        from ketanalysis.render import render_qmd
        from ketanalysis.render.quarto import render_with_quarto

        self.out.parent.mkdir(parents=True, exist_ok=True)
        params = {"study": str(folder.resolve()), **self.options}
        if self.renderer == "quarto":
            return render_with_quarto(
                self.document,
                self.out,
                params=params,
                hidden=self.hidden,
                timeout=self.timeout,
            )
        return render_qmd(
            self.document,
            self.out,
            params=params,
            titles=self.titles,
            hidden=self.hidden,
            timeout=self.timeout,
        )
