"""Model formulas as R writes them, read without evaluating anything.

``CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)``: a response, terms of Wilkinson's
notation (formulaic parses them), and for a mixed model one covariance structure. A name must be
a column; of functions only those of `FUNCTIONS` exist, and each takes one column. No name and no
text of a formula ever reaches Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ketanalysis.errors import ArgumentError, listed, near_miss

FUNCTIONS = ("log", "log2", "log10", "exp", "sqrt", "factor")
_CALL = re.compile(r"^(\w+)\(\s*(?:`([^`]+)`|([\w.]+))\s*\)$")
_SIDE = r"((?:`[^`]+`|[^()|`])*)"
_COVARIANCE = re.compile(rf"(?:^|(?<=[+~]))\s*(\w+)\({_SIDE}\|{_SIDE}\)\s*(?=$|\+)")
_SLASH = re.compile(r"/(?=(?:[^`]*`[^`]*`)*[^`]*$)")  # outside backticks
_NAME = re.compile(r"^(?:`([^`]+)`|([^\W\d][\w.]*))$")
_STRAY = re.compile(r"[^\w\s.~+\-*:/^()|`]")


@dataclass(frozen=True)
class Factor:
    """One variable of a term: a column, perhaps in a function of the short list."""

    column: str
    function: str = ""

    @property
    def label(self) -> str:
        """How R names it."""
        return f"{self.function}({self.column})" if self.function else self.column


Term = tuple[Factor, ...]


@dataclass(frozen=True)
class Covariance:
    """A covariance structure as written: ``us(AVISIT | TRT01P / USUBJID)``."""

    structure: str
    over: str
    subject: str
    group: str | None = None

    @property
    def label(self) -> str:
        """As in the formula."""
        within = f"{self.group} / {self.subject}" if self.group else self.subject
        return f"{self.structure}({self.over} | {within})"


@dataclass(frozen=True)
class Formula:
    """A model formula.

    Attributes
    ----------
    text
        As it was written.
    response
        The response column.
    terms
        Terms by degree, as R orders them; the intercept is not among them.
    has_intercept
        Whether the model has an intercept.
    covariance
        The covariance structure, or None.
    """

    text: str
    response: str
    terms: tuple[Term, ...]
    has_intercept: bool
    covariance: Covariance | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns on the right-hand side, each once, in order of appearance."""
        return tuple(dict.fromkeys(f.column for term in self.terms for f in term))


def read_formula(text: str, structures: Sequence[str] = ()) -> Formula:
    """Return a formula from its text.

    Parameters
    ----------
    text
        The formula.
    structures
        Names of covariance structures; where given, the formula must have exactly one, and
        where empty it must have none.

    Raises
    ------
    ArgumentError
        Where the text is no formula, or calls something that is not allowed.
    """
    if not isinstance(text, str) or text.count("~") != 1:
        raise ArgumentError(
            f'A formula must be a text with one "~", such as "CHG ~ BASE + TRT01P", not {text!r}.'
        )
    return _read(text, tuple(structures))


@lru_cache(maxsize=256)
def _read(text: str, structures: tuple[str, ...]) -> Formula:
    """Return a formula; the same text is read once, for simulations fit one many times."""
    stray = _STRAY.findall(re.sub(r"`[^`]*`", "", text))
    if stray:
        raise ArgumentError(f"A formula cannot hold {stray[0]!r}: {text!r}.")
    left, right = text.split("~")
    response = _NAME.match(left.strip())
    if response is None:
        raise ArgumentError(f'The response, left of "~", must be one column, not {left.strip()!r}.')
    covariance, rest = _covariance(text, right, structures)
    terms, has_intercept = _terms(text, rest)
    name = response[1] or response[2]
    if any(factor.column == name for term in terms for factor in term):
        raise ArgumentError(
            f"{name!r} is the response and cannot be a term of its own model: {text!r}."
        )
    return Formula(text, name, terms, has_intercept, covariance)


def _covariance(text: str, right: str, structures: Sequence[str]) -> tuple[Covariance | None, str]:
    found = list(_COVARIANCE.finditer(right))
    if not structures:
        if found or "|" in re.sub(r"`[^`]*`", "", right):
            raise ArgumentError(
                f"This model has no covariance structure; take it out of the formula: {text!r}."
            )
        return None, right
    if len(found) != 1:
        raise ArgumentError(
            "The formula must have one covariance structure, such as us(AVISIT | USUBJID), not "
            f"{len(found)}: {text!r}."
        )
    name, over, within = found[0].groups()
    if name not in structures:
        raise ArgumentError(
            f"The covariance structure must be one of {listed(structures, 20)}, not {name!r}."
            f"{near_miss(name, structures)}"
        )
    parts = [part.strip() for part in _SLASH.split(within)]
    names = [_NAME.match(part) for part in (over.strip(), *parts)]
    if len(parts) > 2 or not all(names):
        raise ArgumentError(
            f"A covariance structure must be written {name}(AVISIT | USUBJID) or "
            f"{name}(AVISIT | TRT01P / USUBJID), not {found[0][0].strip()!r}."
        )
    read = [match[1] or match[2] for match in names if match is not None]
    rest = right[: found[0].start()] + right[found[0].end() :]
    group = read[1] if len(read) == 3 else None
    return Covariance(name, read[0], read[-1], group), _without_spare_plus(rest)


def _without_spare_plus(rest: str) -> str:
    """Return the terms after one was cut out: no plus sign stays at an end or doubled."""
    kept = re.sub(r"\+\s*\+", "+", rest.strip())
    return kept.strip().strip("+").strip() or "1"


def _terms(text: str, right: str) -> tuple[tuple[Term, ...], bool]:
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    try:
        parsed = list(DefaultFormulaParser().get_terms(right))
    except (FormulaicError, SyntaxError, ValueError, TypeError) as error:
        raise ArgumentError(f"The formula {text!r} cannot be read.") from error
    terms: list[Term] = []
    has_intercept = False
    quoted = set(re.findall(r"`([^`]+)`", right))
    for term in parsed:
        if str(term) == "1":
            has_intercept = True
            continue
        terms.append(tuple(_factor(factor.expr, text, quoted) for factor in term.factors))
    names = [name.strip("`") for name in re.findall(r"`[^`]+`|[\w.]+", right)]
    terms = [tuple(sorted(term, key=lambda f: names.index(f.column))) for term in terms]  # as R
    return tuple(sorted(terms, key=len)), has_intercept


def _factor(expression: str, text: str, quoted: set[str]) -> Factor:
    if expression in quoted:
        return Factor(expression)
    call = _CALL.match(expression)
    if call is not None:
        if call[1] not in FUNCTIONS:
            raise ArgumentError(
                f"A formula can call {listed(FUNCTIONS)} only, not {call[1]}(): {text!r}."
                f"{near_miss(call[1], FUNCTIONS)}"
            )
        return Factor(call[2] or call[3], call[1])
    if re.fullmatch(r"[\d.]+", expression):
        raise ArgumentError(f"A formula cannot hold the number {expression}: {text!r}.")
    if "(" in expression or re.search(r"[+\-*/^|]", expression):
        raise ArgumentError(
            f"A formula can call {listed(FUNCTIONS)} of one column only, not "
            f"{expression!r}: {text!r}."
        )
    return Factor(expression)
