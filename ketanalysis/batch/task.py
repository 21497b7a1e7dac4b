"""What a worker does for one study: its reports, its estimates, and what the index says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from ketanalysis.batch.estimates import as_json, as_parquet, study_estimates
from ketanalysis.batch.failure import InputChanged
from ketanalysis.batch.outcome import Job
from ketanalysis.batch.shared_estimates import shared_estimates
from ketanalysis.reading.files import file_sha256
from ketanalysis.render.cells import cells_here
from ketanalysis.study.answers import definition_of
from ketanalysis.study.arm_sizes import arm_sizes
from ketanalysis.study.document import NOT_SHARED, open_report
from ketanalysis.study.own_code import code_hashes
from ketanalysis.study.remembered import remembering
from ketanalysis.study.report import render_report
from ketanalysis.study.running import as_study
from ketanalysis.study.sections import Section
from ketanalysis.study.sharing import SharedSection
from ketanalysis.trial import Trial
from ketanalysis.whole_files import put_in_place

KEY_RESULTS = ("response", "remission", "relapse")


def report_study(job: Job, facts: dict[str, Any]) -> None:
    """Fill the target folder of a job; `facts` gets the hashes of what was read, and the seeds.

    Raises
    ------
    KetanalysisError
        The study cannot be read, a report cannot be made, or a file changed meanwhile. The
        estimates are written where they were computed, although a report failed.
    """
    options, folder = job.options, Path(job.folder)
    trust = bool(options["trust_study_code"])
    asked = {"arm": options["arm"], "trust_study_code": trust}
    with remembering(), cells_here():
        study = as_study(folder)
        facts["inputs"] = dict(study.inputs) | code_hashes(folder, is_trusted=trust)
        facts["seeds"] = study.plan.seeds()
        section = open_report(str(folder), **asked, share=options["share"] or NOT_SHARED)
        _write_numbers(job, section)
        for ending in options["formats"]:
            render_report(
                folder,
                out=Path(job.target) / f"report.{ending}",
                template=options["template"],
                share=options["share"],
                **asked,
            )
        _check_unchanged(folder, facts["inputs"])


def _write_numbers(job: Job, section: Section) -> None:
    """Write the estimates and what the index shows; of a study to be passed on, what it shows."""
    target = Path(job.target)
    if isinstance(section, SharedSection):
        frame = shared_estimates(job.study, section)
    else:
        frame = study_estimates(job.study, section.results)
    put_in_place(target / "results.parquet", as_parquet(frame))
    put_in_place(target / "results.json", as_json(frame))
    text = json.dumps(summary_of(job, section), indent=1, ensure_ascii=False) + "\n"
    put_in_place(target / "study.json", text.encode())


def summary_of(job: Job, section: Section) -> dict[str, Any]:
    """Return what the index shows of a study: no subject, no path, and nothing held back."""
    study = section.study
    findings = None if isinstance(section, SharedSection) else _findings(study.trial)
    return {
        "study": job.study,
        "title": study.title,
        "simulated": study.trial.simulated,
        "n_subjects": section.n_subjects(),
        "arms": arm_sizes(study.trial.adsl, study.trial.arms),
        "key_figures": {
            name: _key_figure(section, name) for name in KEY_RESULTS if name in section.results
        },
        "findings": findings,
        "not_answered": {name: job.hide(reason) for name, reason in section.not_answered().items()},
    }


def _key_figure(section: Section, name: str) -> dict[str, str]:
    """Return a result in a sentence, and the definition that it rests on apart."""
    definition = definition_of(name, section.results[name], section.study)
    # The number needed and what it means stand in the report.
    text = section.sentence(name).partition(" Number needed to treat")[0]
    return {"definition": definition, "text": text.removeprefix(definition).lstrip()}


def _findings(trial: Trial) -> dict[str, int] | None:
    """Return how many findings there are by severity; None of data that were not checked."""
    if trial.report is None:
        return {}
    counts = trial.report.counts
    sums = counts.group_by("severity").agg(pl.col("count").sum()).sort("severity")
    return dict(sums.iter_rows())


def _check_unchanged(folder: Path, inputs: dict[str, str]) -> None:
    for name, sha in inputs.items():
        path = folder / name
        if not path.is_file() or file_sha256(path) != sha:
            raise InputChanged(name)
