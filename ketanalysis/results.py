"""The common face of every result: frozen data, and one line each to its table, figure, words.

A result is data. What it looks like lives on the floor above (`tables`, `figures`, `text`);
the method bodies here forward to it and are the only imports that point upward.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AUDIT_SCHEMA = {"status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Result:
    """What every analysis returns.

    Attributes
    ----------
    table
        The estimates, one row an estimate; lower case columns are in `ketanalysis.glossary`.
    title
        One line: what was estimated, for whom.
    definition
        The definition that was applied (`Response`, `Relapse`, ...), or None.
    audit
        Subjects in and out, one row a reason: by-columns, ``status``, ``reason``, ``count``.
    notes
        Sentences on the method that stand under every table and figure.
    warnings
        Sentences on what a reader must not overlook.
    conf_level
        Confidence level of every interval, 0 to 1.
    simulated
        True where the data were made by code; printed wherever the result is shown.
    from_pandas
        True where the caller gave a pandas frame; `tidy` then returns pandas.
    """

    kind: ClassVar[str] = "result"

    table: pl.DataFrame
    title: str
    definition: Any = None
    audit: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=AUDIT_SCHEMA))
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    conf_level: float = 0.95
    simulated: bool = False
    from_pandas: bool = False

    def summary(self) -> str:
        """Return the result as console text: title, definition, table, notes."""
        from ketanalysis import text

        return text.summary(self)

    def tidy(self) -> Any:
        """Return the estimates as a frame of the caller's kind (polars, or pandas)."""
        from ketanalysis.frames import like_given

        return like_given(self.table, from_pandas=self.from_pandas)

    def glance(self) -> Any:
        """Return one row on the whole: title, rows, confidence level, simulated, warnings."""
        from ketanalysis import text
        from ketanalysis.frames import like_given

        return like_given(text.glance(self), from_pandas=self.from_pandas)

    def plot(self, ax: Axes | None = None, **options: Any) -> Figure:
        """Return the figure of the result (a matplotlib Figure)."""
        from ketanalysis.figures import plot as draw

        return draw(self, ax=ax, **options)

    def text(self, style: str = "plain") -> str:
        """Return sentences for a paper, as "plain", "apa" or "jama" writes numbers."""
        from ketanalysis import text

        return text.sentences(self, style)

    def inline(self, *where: object, style: str = "plain", **by: object) -> str:
        """Return one estimate as running text, chosen by visit, group or column value."""
        from ketanalysis import text

        return text.inline(self, *where, style=style, **by)

    def to_gt(self) -> Any:
        """Return the table as a `great_tables.GT`."""
        from ketanalysis import tables

        return tables.to_gt(tables.tabulate(self))

    @property
    def ketanalysis_table(self) -> Any:
        """The neutral table, which reports write as HTML, Word or PDF."""
        from ketanalysis import tables

        return tables.tabulate(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str | None:
        from ketanalysis import tables
        from ketanalysis.tables.quarto import is_in_quarto

        return None if is_in_quarto() else tables.to_html(tables.tabulate(self))

    def _repr_markdown_(self) -> str:
        from ketanalysis import tables
        from ketanalysis.tables.quarto import is_in_quarto, to_quarto

        table = tables.tabulate(self)
        return (
            to_quarto(table, caption=table.title) if is_in_quarto() else tables.to_markdown(table)
        )


def tidy(result: Result) -> Any:
    """Return the estimates of a result as a frame, as R's ``broom::tidy``.

    Parameters
    ----------
    result
        Any result.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        ``table``, one row an estimate; pandas where the caller gave pandas.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    >>> ka.tidy(ka.compare_groups(data, "v", "g", reference="a"))["estimate"].to_list()
    [3.5]
    """
    return result.tidy()


def glance(result: Result) -> Any:
    """Return one row on a result, as R's ``broom::glance``.

    Parameters
    ----------
    result
        Any result.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        One row: title, rows of the table, confidence level, whether the data are simulated,
        number of warnings; pandas where the caller gave pandas.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    >>> ka.glance(ka.compare_groups(data, "v", "g", reference="a"))["rows"].item()
    1
    """
    return result.glance()


def plot(result: Result, ax: Axes | None = None, **options: Any) -> Figure:
    """Return the figure of a result.

    Parameters
    ----------
    result
        A result that has a figure; one without says so.
    ax
        The matplotlib Axes to draw on, where the figure is a single one; a new figure unless given.
    **options
        ``width``, "two" (columns of a journal) or "one", and what the figure of this kind of
        result takes besides; an unknown one is refused, and the refusal lists them.

    Returns
    -------
    matplotlib.figure.Figure
        The figure: ``figure.savefig("response.png", dpi=300)`` writes it.

    Raises
    ------
    ArgumentError
        The result has no figure, or not this option.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    >>> figure = ka.plot(ka.compare_groups(data, "v", "g", reference="a"))
    >>> len(figure.get_axes())
    1
    """
    return result.plot(ax=ax, **options)
