"""Running the analyses of a study: each module of ``analyses/`` asks its question of the trial."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ketanalysis.errors import ArgumentError, KetanalysisError, check_one_of
from ketanalysis.results import Result
from ketanalysis.shipped import room
from ketanalysis.study.folder import Study, read_study
from ketanalysis.study.own_code import own_file
from ketanalysis.study.plan import Plan
from ketanalysis.study.remembered import once
from ketanalysis.trial import Trial

ORDER = (
    "baseline",
    "disposition",
    "change",
    "symptom_change",
    "response",
    "remission",
    "sensitivity",
    "relapse",
    "relapse_means",
    "relapse_rules",
    "relapse_visits",
    "relapse_published",
    "infusion_anxiety",
    "anxiety_over_infusions",
    "acute_effects",
    "prediction",
    "blinding",
    "subgroups",
    "suicidality",
    "safety",
)


@dataclass(frozen=True, eq=False)
class StudyResults(Mapping[str, Result]):
    """The results of a study by name, and the analyses that were refused, with the reason.

    Attributes
    ----------
    study
        Trial, plan, title and inputs.
    results
        Name → result, in the order of the analyses.
    refused
        Analysis → why its question cannot be answered from these data.
    is_trusted
        Whether analyses of the study folder were run in place of the shipped ones.
    """

    study: Study
    results: Mapping[str, Result]
    refused: Mapping[str, str]
    is_trusted: bool = False

    def __getitem__(self, name: str) -> Result:
        return self.results[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)


def run_study(
    study: Study | Trial | str | Path,
    plan: Plan | None = None,
    *,
    only: Sequence[str] | None = None,
    trust_study_code: bool = False,
) -> StudyResults:
    """Run every shipped analysis of ``analyses/`` that the plan asks for.

    Parameters
    ----------
    study
        A study, a study folder, or a trial (then with `plan`).
    plan
        The plan of a bare trial.
    only
        Names of the analyses to run, such as ``("response", "relapse")``; all unless given.
    trust_study_code
        Whether an analysis that stands in the study folder (``analyses/relapse.py``) is run in
        place of the shipped one. It is a program: only for folders whose author you trust.

    Returns
    -------
    StudyResults
        A mapping from name to result; an analysis that the data do not allow is in
        ``refused`` with its reason and does not stop the others.

    Raises
    ------
    ArgumentError
        A trial without a plan, a study with a second one, a folder that is no study, or
        an analysis that there is not.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> plan = ka.Plan(scale="MADRS", visit="Day 14", missing="nri",
    ...                response=ka.Response(at_least=0.5))
    >>> results = ka.run_study(ka.load_example("ketamine"), plan)
    >>> "response" in results
    True
    """
    whole = as_study(study, plan)
    trusted = whole.folder if trust_study_code else None
    results: dict[str, Result] = {}
    refused: dict[str, str] = {}
    for name in ORDER if only is None else _chosen(only):
        try:
            results |= load_analysis(name, trusted).analyse(whole.trial, whole.plan)
        except KetanalysisError as error:
            refused[name] = str(error)
    return StudyResults(whole, results, refused, trust_study_code)


def _chosen(only: Sequence[str]) -> list[str]:
    for name in only:
        check_one_of("only", name, ORDER)
    return [name for name in ORDER if name in only]


def as_study(study: Study | Trial | str | Path, plan: Plan | None = None) -> Study:
    """Return a study from a folder, a trial with its plan, or a study."""
    if isinstance(study, Trial):
        if plan is None:
            raise ArgumentError("A trial needs plan=: a Plan with scale, visit and definitions.")
        return Study(study, plan, study.label, notes=study.notes)
    if plan is not None:
        raise ArgumentError("plan= is for a trial in memory; a study has its own plan.")
    if isinstance(study, Study):
        return study
    if not isinstance(study, str | Path):
        raise ArgumentError(
            f"study must be a study, a study folder or a trial, not {type(study).__name__}."
        )
    read: Study = once(("read", str(Path(study).absolute())), lambda: read_study(study))
    return read


def load_analysis(name: str, folder: Path | None = None) -> ModuleType:
    """Return an analysis by name, loaded from its file: that of a trusted study folder first."""
    check_one_of("analysis", name, ORDER)
    path = own_file(folder, "analyses", name) or room("analyses") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"_ketanalysis_analysis_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
