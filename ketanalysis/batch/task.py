"""What a worker does for one study: its reports, its estimates, and what the index says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from ketanalysis.batch.estimates import as_json, as_parquet, study_estimates
from ketanalysis.batch.failure import InputChanged
from ketanalysis.batch.outcome import Job
from ketanalysis.reading.files import file_sha256
from ketanalysis.render.cells import cells_here
from ketanalysis.study.answers import answer
from ketanalysis.study.document import results_of
from ketanalysis.study.own_code import code_hashes
from ketanalysis.study.remembered import remembering
from ketanalysis.study.report import render_report
from ketanalysis.study.running import StudyResults, as_study
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
    with remembering(), cells_here():
        study = as_study(folder)
        facts["inputs"] = dict(study.inputs) | code_hashes(folder, is_trusted=trust)
        facts["seeds"] = study.plan.seeds()
        try:
            for ending in options["formats"]:
                render_report(
                    folder,
                    out=Path(job.target) / f"report.{ending}",
                    template=options["template"],
                    arm=options["arm"],
                    trust_study_code=trust,
                )
        finally:
            results = results_of(str(folder), arm=options["arm"], trust_study_code=trust, only=None)
            _write_numbers(job, results)
        _check_unchanged(folder, facts["inputs"])


def _write_numbers(job: Job, results: StudyResults) -> None:
    target = Path(job.target)
    frame = study_estimates(job.study, results)
    put_in_place(target / "results.parquet", as_parquet(frame))
    put_in_place(target / "results.json", as_json(frame))
    text = json.dumps(summary_of(job, results), indent=1, ensure_ascii=False) + "\n"
    put_in_place(target / "study.json", text.encode())


def summary_of(job: Job, results: StudyResults) -> dict[str, Any]:
    """Return what the index shows of a study: no subject and no path."""
    study = results.study
    report = study.trial.report
    counts = {} if report is None else _by_severity(report.counts)
    return {
        "study": job.study,
        "title": study.title,
        "simulated": study.trial.simulated,
        "n_subjects": study.trial.n_subjects,
        "arms": _arm_sizes(study.trial),
        "key_figures": {
            # The number needed and what it means stand in the report.
            name: answer(name, results[name], study).partition(" Number needed to treat")[0]
            for name in KEY_RESULTS
            if name in results
        },
        "findings": counts,
        "not_answered": {name: job.hide(reason) for name, reason in results.refused.items()},
    }


def _by_severity(counts: pl.DataFrame) -> dict[str, int]:
    sums = counts.group_by("severity").agg(pl.col("count").sum()).sort("severity")
    return dict(sums.iter_rows())


def _arm_sizes(trial: Trial) -> dict[str, int]:
    if not trial.arms:
        return {}
    arms = trial.adsl["TRT01P"].cast(pl.String).to_list()
    return {arm: arms.count(arm) for arm in trial.arms}


def _check_unchanged(folder: Path, inputs: dict[str, str]) -> None:
    for name, sha in inputs.items():
        path = folder / name
        if not path.is_file() or file_sha256(path) != sha:
            raise InputChanged(name)
