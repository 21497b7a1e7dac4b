"""A scale of a trial that is held only as items: its scores beside those of the others."""

from __future__ import annotations

import polars as pl

from ketanalysis.errors import ContractError, listed
from ketanalysis.instruments import find_instrument
from ketanalysis.items.scoring import score_items
from ketanalysis.trial import Trial


def with_scale(trial: Trial, scale: str) -> Trial:
    """Return the trial with the scores of a scale, which are made from its items where need be.

    Answers "how does item 10 of the MADRS fare?" where the trial holds the item and not its
    score. A trial that holds the scale comes back as it is. Not for forms that are incomplete by
    design: name the rule of prorating in `score_items`.

    Parameters
    ----------
    trial
        A `Trial` with `adqsitem`, one row a subject, scale, visit and item.
    scale
        PARAMCD of the scale, such as "SSI", or of a part of one, such as "MADRS_SI".

    Returns
    -------
    Trial
        With the rows of the scale in `adqs`, in points. Items are summed as the registry says,
        never prorated: a form without one of the items has no score. Times and baseline flags
        are those of the scale's whole, else of another scale of the subject at the visit.

    Raises
    ------
    ArgumentError
        The trial holds neither the scale nor items of it.
    ContractError
        A subject has several assessments at one visit.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> ka.with_scale(trial, "MADRS") is trial
    True
    """
    known = find_instrument(scale)
    if scale in trial.scales or known is None or not holds_items(trial, scale):
        trial.scores(scale)  # says which scales there are
        return trial
    found = score_items(trial, known.id, prorate="never", with_subscales=False).table
    visit = trial.adqs.schema["AVISIT"]
    rows = found.filter(pl.col("PARAMCD") == known.id).select(
        "USUBJID", pl.col("AVISIT").cast(pl.String).cast(visit), "AVAL"
    )
    beside = [c for c in ("AVISITN", "AFRLT", "ADY", "ABLFL") if c in trial.adqs.columns]
    is_whole = pl.col("PARAMCD") == (known.part_of or "")
    source = trial.adqs.filter(is_whole), trial.adqs.filter(~is_whole)
    keys = (
        pl.concat(source)
        .select("USUBJID", "AVISIT", *beside)
        .unique(["USUBJID", "AVISIT"], keep="first", maintain_order=True)
    )
    made = rows.join(keys, on=["USUBJID", "AVISIT"], how="left").with_columns(
        PARAMCD=pl.lit(scale).cast(trial.adqs.schema["PARAMCD"])
        if trial.adqs.schema["PARAMCD"] == pl.String
        else pl.lit(scale)
    )
    _check_once(made, scale)
    adqs = pl.concat(
        [trial.adqs.with_columns(pl.col("PARAMCD").cast(pl.String)), made], how="diagonal_relaxed"
    )
    return trial.with_(adqs=adqs)


def holds_items(trial: Trial, scale: str) -> bool:
    """Return whether the trial holds items of a scale, or of the scale that it is a part of."""
    known = find_instrument(scale)
    if trial.adqsitem is None or known is None:
        return False
    return not {known.id, known.part_of}.isdisjoint(trial.adqsitem["PARAMCD"].cast(pl.String))


def _check_once(rows: pl.DataFrame, scale: str) -> None:
    twice = rows.filter(pl.struct("USUBJID", "AVISIT").is_duplicated())
    if twice.height:
        subjects = twice["USUBJID"].unique().sort()
        raise ContractError(
            f"{scale} has several assessments of a subject at one visit ({listed(subjects, 3)}); "
            "score the items with score_items and name the visits apart."
        )
