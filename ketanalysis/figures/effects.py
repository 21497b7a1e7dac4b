"""Forest plots of one model's effects: odds ratios, mediation, moderation, effects by guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketanalysis.figures.forest import draw_forest
from ketanalysis.figures.forest_rows import Forest, ForestRow
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean
from ketanalysis.figures.survival_words import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[str, Any]
Limits = tuple[float, float]
OWN = ("estimate", "conf_low", "conf_high")
ODDS = ("odds_ratio", "odds_low", "odds_high")


@figure_of("logistic")
def logistic(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    show_p: bool = True,
    limits: Limits | None = None,
) -> Figure:
    """Draw the odds ratio of each term but the intercept, on a logarithmic axis.

    Parameters
    ----------
    result
        A result of `fit_logistic`.
    ax
        Axes to draw on.
    width, show_p, limits
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        As `plot_forest`.

    Notes
    -----
    Missing values: a term without an estimate has the words "not estimable" and no mark.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_logistic({"y": [0, 1, 0, 1, 1, 0], "x": [1, 4, 3, 2, 6, 5]}, "y ~ x")
    >>> fit.plot().axes[0].get_xscale()
    'log'
    """
    held = [row for row in result.table.to_dicts() if row["term"] != "(Intercept)"]
    rows = [_row("", row["term"], "Odds ratio per unit", row, ODDS) for row in held]
    what = clean(result.outcome)
    return _drawn(result, rows, ax, held, what, width=width, show_p=show_p, limits=limits)


@figure_of("mediation")
def mediation(
    result: Any, ax: Axes | None = None, *, width: str = "two", limits: Limits | None = None
) -> Figure:
    """Draw the total, the direct and the indirect effect of the treatment.

    Parameters
    ----------
    result
        A result of `estimate_mediation`.
    ax
        Axes to draw on.
    width, limits
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        As `plot_forest`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_mediation(
    ...     ka.load_example("ketamine"), mediator="ASC_ANX", mediator_visit="4 h",
    ...     outcome="MADRS", outcome_visit="Day 7", covariates="BASE", resamples=200, seed=1)
    >>> found.plot().ketanalysis_data["label"].to_list()
    ['Total', 'Direct, not through ASC_ANX', 'Indirect, through ASC_ANX']
    """
    through = {"direct": ", not through ", "indirect": ", through "}
    held = result.table.to_dicts()
    measure = capital(held[0]["measure"])
    rows = []
    for row in held:
        link = through.get(row["term"])
        label = capital(row["term"]) + (f"{link}{clean(result.mediator)}" if link else "")
        rows.append(_row("", label, measure, row))
    what = f"{clean(result.outcome)}, {_arms(result.arms)}"
    return _drawn(result, rows, ax, held, what, width=width, limits=limits)


@figure_of("moderation")
def moderation(
    result: Any, ax: Axes | None = None, *, width: str = "two", limits: Limits | None = None
) -> Figure:
    """Draw the treatment effect at values of the moderator; the interaction stands in its table.

    Parameters
    ----------
    result
        A result of `estimate_moderation`.
    ax
        Axes to draw on.
    width, limits
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        As `plot_forest`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_moderation(ka.load_example("ketamine"), moderator="AGE",
    ...     outcome="MADRS", outcome_visit="Day 7", covariates="BASE")
    >>> found.plot().ketanalysis_data["label"].to_list()
    ['AGE 31.3', 'AGE 43.92', 'AGE 56.54']
    """
    held = [row for row in result.table.to_dicts() if row["term"] != "interaction"]
    rows = [
        _row("", f"{clean(result.moderator)} {row['at']}", "Effect in points", row) for row in held
    ]
    what = f"{clean(result.outcome)}, {_arms(result.arms)}"
    return _drawn(result, rows, ax, held, what, width=width, limits=limits)


@figure_of("effect by guess")
def effect_by_guess(
    result: Any, ax: Axes | None = None, *, width: str = "two", limits: Limits | None = None
) -> Figure:
    """Draw the treatment effect in all, adjusted for the guess, and within each guess.

    Parameters
    ----------
    result
        A result of `estimate_effect_by_guess`.
    ax
        Axes to draw on.
    width, limits
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        As `plot_forest`.

    Notes
    -----
    Missing values: a guess that one arm alone made has no effect: "not estimable".

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> own = trial.adsl["TRT01P"].cast(str)
    >>> guessed = trial.with_(adsl=trial.adsl.with_columns(GUESS=own.shift(1).fill_null("?")))
    >>> found = ka.estimate_effect_by_guess(
    ...     guessed, "MADRS", "GUESS", visit="Day 14", dont_know="?")
    >>> found.plot().ketanalysis_data["label"].to_list()[:2]
    ['All', 'All, adjusted for the guess']
    """
    measure = "Difference in points"
    held = result.table.to_dicts()
    rows = []
    for row in held:
        heading = "" if row["guessed"].startswith("all") else "Guessed"
        label = row["guessed"] if heading else capital(row["guessed"])
        rows.append(
            _row(heading, label, measure, row, counts=(str(row["n"]), str(row["n_reference"])))
        )
    heads = ("n", "n, reference")
    what = f"{clean(result.scale)}, {_arms(held[0]['contrast'].split(' - ')[::-1])}"
    return _drawn(result, rows, ax, held, what, heads=heads, width=width, limits=limits)


def _row(
    heading: str,
    label: str,
    measure: str,
    row: Row,
    columns: tuple[str, str, str] = OWN,
    counts: tuple[str, ...] = (),
) -> ForestRow:
    estimate, low, high = (row[column] for column in columns)
    note = row.get("note") or ""
    p = row.get("p_value")
    return ForestRow(heading, clean(label), measure, estimate, low, high, p, note, counts)


def _drawn(
    result: Any,
    rows: Sequence[ForestRow],
    ax: Axes | None,
    held: Sequence[Row],
    what: str,
    *,
    width: str,
    heads: tuple[str, ...] = (),
    show_p: bool = False,
    limits: Limits | None = None,
) -> Figure:
    methods = dict.fromkeys(str(row["method"]) for row in held if row.get("method"))
    whole = Forest(
        tuple(rows),
        heads=heads,
        contrast=what,
        methods=tuple(methods),
        conf_level=result.conf_level,
        is_simulated=result.simulated,
    )
    return draw_forest(whole, ax, width=width, show_p=show_p, limits=limits)


def _arms(arms: Sequence[str]) -> str:
    """Return the contrast of two arms, the reference first, or of all with the first."""
    return " minus ".join(clean(arm) for arm in reversed(arms)) if len(arms) == 2 else "arms"
