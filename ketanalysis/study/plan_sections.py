"""Parts of a plan that are sections of their own: the protocol, Table 1, the mixed model, ..."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.rates.handling import HANDLINGS, IMPUTED
from ketanalysis.study.keys import check_text, texts

ENDPOINTS = ("response", "remission", "change")


@dataclass(frozen=True)
class Protocol:
    """What the protocol says of the trial as a whole, for the abstract of its report.

    What is left out prints "Not declared".

    Attributes
    ----------
    objective, design
        A sentence each: what the trial asks; randomised, blinded, parallel groups, ...
    primary
        Which endpoint the conclusion is about: "response", "remission" or "change" (by the mixed
        model), on the scale and at the visit of the plan. Without it, the first endpoint of the
        sensitivity analyses, or the only one of the three that the plan asks.
    registration, funding
        The registry with its number; who paid.
    """

    needed: ClassVar[tuple[str, ...]] = ()

    objective: str | None = None
    design: str | None = None
    primary: str | None = None
    registration: str | None = None
    funding: str | None = None

    def __post_init__(self) -> None:
        for name in ("objective", "design", "registration", "funding"):
            if getattr(self, name) is not None:
                check_text("Protocol", **{name: getattr(self, name)})
        if self.primary is not None:
            check_one_of("primary", self.primary, ENDPOINTS)


@dataclass(frozen=True)
class Baseline:
    """The baseline characteristics that Table 1 describes.

    Attributes
    ----------
    columns
        Columns of ADSL in order; None for all that describe a subject.
    categorical
        Those of them whose numbers are codes.
    """

    needed: ClassVar[tuple[str, ...]] = ()

    columns: tuple[str, ...] | None = None
    categorical: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("columns", "categorical"):
            if getattr(self, name):
                given = texts(f"Baseline({name}=...)", getattr(self, name))
                object.__setattr__(self, name, given)


@dataclass(frozen=True)
class MixedModel:
    """The mixed model for repeated measures of the change from baseline.

    Attributes
    ----------
    df
        Degrees of freedom, as in `fit_mmrm`.
    structure
        Covariance of the visits.
    covariates
        Columns of ADSL in the model beside baseline, visit and arm.
    fallback
        Structures that are taken in turn where the first does not converge.
    """

    needed: ClassVar[tuple[str, ...]] = ("df",)

    df: str
    structure: str = "us"
    covariates: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from ketanalysis.mmrm.covariance import STRUCTURES
        from ketanalysis.mmrm.inference import DF_WORDS

        check_one_of("df", self.df, tuple(DF_WORDS))
        for name in ("covariates", "fallback"):
            given = getattr(self, name)
            if given:
                given = texts(f"MixedModel({name}=...)", given)
            object.__setattr__(self, name, tuple(given))
        for structure in (self.structure, *self.fallback):
            check_one_of("structure", structure, tuple(STRUCTURES))
        if "sp_exp" in (self.structure, *self.fallback):
            raise ArgumentError(
                "MixedModel(structure=...) is a structure over visits; sp_exp is one over times: "
                "call fit_mmrm for it."
            )


@dataclass(frozen=True)
class Sensitivity:
    """The sensitivity analyses beside the primary one.

    Attributes
    ----------
    missing
        Handlings of missing scores, the primary one first.
    endpoints
        "response", "remission" and "change", the primary one first; the rules are the plan's.
    visits
        The primary visit first; empty for the primary visit of the plan alone.
    """

    needed: ClassVar[tuple[str, ...]] = ("missing", "endpoints")

    missing: tuple[str, ...]
    endpoints: tuple[str, ...]
    visits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("missing", "endpoints"):
            given = texts(f"Sensitivity({name}=...)", getattr(self, name))
            object.__setattr__(self, name, given)
        if self.visits:
            object.__setattr__(self, "visits", texts("Sensitivity(visits=...)", self.visits))
        for name in self.missing:
            check_one_of("missing", name, (*HANDLINGS, *IMPUTED, "mmrm"))
        for name in self.endpoints:
            check_one_of("endpoints", name, ENDPOINTS)
