"""Random keys in place of subject identifiers, for data that are passed on."""

from __future__ import annotations

import secrets

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.trial import Trial

# Without I, L, O and U, which are misread; no key spells a word.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
# Columns that the analyses need: their values are the trial's, not a subject's.
NEEDED = {"USUBJID", "TRT01P", "PARAMCD", "AVISIT", "ABLFL"}
_BITS = 5 * LENGTH


def random_keys(trial: Trial, *, seed: int | None = None) -> pl.DataFrame:
    """Draw a random key for each subject of a trial.

    Answers "what do I call the subjects in data that I pass on?". A key is drawn, not computed
    from the identifier: who has the identifiers cannot find the keys. Keep the table apart from
    the data; with it the keys can be undone.

    Parameters
    ----------
    trial
        The trial whose subjects are given keys.
    seed
        For keys that can be drawn again: a whole number from 0, as secret as the table itself.
        Without it the keys come from the operating system and are others each time.

    Returns
    -------
    polars.DataFrame
        USUBJID and KEY, a row a subject, in the order of the keys.

    Raises
    ------
    ArgumentError
        The seed is no whole number from 0.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> keys = ka.random_keys(ka.load_example("ketamine"), seed=7)
    >>> keys.height, keys["KEY"].n_unique()
    (96, 96)
    """
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise ArgumentError(f"seed must be a whole number from 0, or None, not {seed!r}.")
    drawn = np.random.default_rng(secrets.randbits(128) if seed is None else seed)
    ids = trial.adsl["USUBJID"].unique().sort()
    keys: dict[str, None] = {}
    while len(keys) < len(ids):
        number = int(drawn.integers(1 << _BITS))
        keys["".join(LETTERS[(number >> 5 * place) & 31] for place in range(LENGTH))] = None
    return pl.DataFrame({"USUBJID": ids, "KEY": list(keys)}).sort("KEY")


def replace_ids(trial: Trial, keys: pl.DataFrame) -> Trial:
    """Return the trial with keys in place of its subject identifiers.

    Answers "may I pass these rows on?" in one respect alone: no identifier is left in them. What
    else tells a subject (dates, sites, rare values) is not looked at.

    Parameters
    ----------
    trial
        The trial.
    keys
        USUBJID and KEY, one row a subject, as from `random_keys`; more subjects do no harm.

    Returns
    -------
    Trial
        The same rows in the order of the keys. A column with another identifier of a subject
        (SUBJID), or with a text that holds one, is left out and named in the notes; the report
        of the check, which names subjects, is too.

    Raises
    ------
    ContractError
        A subject has no key, or two subjects share one.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> shared = ka.replace_ids(trial, ka.random_keys(trial))
    >>> set(shared.adsl["USUBJID"]) & set(trial.adsl["USUBJID"])
    set()
    """
    if keys["KEY"].n_unique() < keys.height or keys["USUBJID"].n_unique() < keys.height:
        raise ContractError("keys must hold each USUBJID once and each KEY once.")
    without = trial.adsl.join(keys, on="USUBJID", how="anti").height
    if without:
        raise ContractError(f"{without} of {trial.n_subjects} subjects have no key.")
    ids = trial.adsl["USUBJID"].to_list()
    tables, left_out = {}, []
    for table, frame in trial.tables().items():
        telling = [name for name in frame.columns if _names_a_subject(frame[name], ids)]
        left_out += [f"{table.upper()}.{name}" for name in telling]
        keyed = frame.drop(telling).join(keys, on="USUBJID", how="left", maintain_order="left")
        order = [name for name in frame.columns if name not in telling]
        tables[table] = (
            keyed.with_columns(USUBJID=pl.col("KEY"))
            .select(order)
            .sort("USUBJID", maintain_order=True)
        )
    said = f"Left out, because they name a subject: {', '.join(left_out)}."
    notes = (*trial.notes, *([said] if left_out else []))
    return trial.with_(**tables, notes=notes, report=None)


def _names_a_subject(column: pl.Series, ids: list[str]) -> bool:
    """Whether a column beside USUBJID identifies a subject, by its name or by what it holds."""
    if column.name in NEEDED:
        return False
    if column.name == "SUBJID":
        return True
    if not isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum):
        return False
    values = column.cast(pl.String).unique().drop_nulls()
    # Of a short identifier, 7, any text may hold the sign by chance: it must be the whole value.
    long = [one for one in ids if len(one) >= 4]
    holds = bool(long) and bool(values.str.contains_any(long).any())
    return holds or bool(values.is_in(ids).any())
