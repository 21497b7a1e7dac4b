"""Whether an assessment meets the criterion of relapse, fails it, or cannot be judged."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np

from ketanalysis.comparison import Comparator, exact_share, holds, improvement_holds
from ketanalysis.definitions import CombinedRelapse, Relapse, RelapseRule, Response
from ketanalysis.durability.assessments import Assessments
from ketanalysis.durability.runs import SLACK, Bools, Floats
from ketanalysis.rates.criteria import scale_shape

HALF = Response(at_least=0.5)


class Judged(NamedTuple):
    """Arrays of shape (n_visits, n): whether the criterion is met, whether it surely is not."""

    met: Bools
    free: Bools


class Judge(NamedTuple):
    """What a criterion is judged by.

    Attributes
    ----------
    given
        The assessments.
    scale
        The scale that relapse is asked of.
    share
        The response by which a share of its baseline is measured: its floor and direction.
    start
        Shape (n,): the hour after which assessments count.
    """

    given: Assessments
    scale: str
    share: Response
    start: Floats

    def part(self, of: slice) -> Judge:
        """Return what some of the subjects are judged by."""
        return self._replace(given=self.given.part(of), start=self.start[of])

    def judge(self, rule: RelapseRule) -> Judged:
        """Judge every assessment; a missing score leaves it open unless the rest decides."""
        if isinstance(rule, CombinedRelapse):
            left, right = self.judge(rule.left), self.judge(rule.right)
            if rule.how == "&":
                return Judged(left.met & right.met, left.free | right.free)
            return Judged(left.met | right.met, left.free & right.free)
        leaf = cast(Relapse, rule)
        scores = self.given.scores[leaf.scale or self.scale]
        met = self._met(leaf, scores)
        return Judged(met, ~np.isnan(scores) & ~met)

    def at_entry(self, rule: RelapseRule) -> Bools:
        """Return whether the scores at entry meet a criterion, shape (n,)."""
        scores = {scale: score[np.newaxis] for scale, score in self.given.at_entry.items()}
        then = replace(self.given, hours=self.start[np.newaxis], scores=scores)
        return np.asarray(self._replace(given=then).judge(rule).met[0])

    def _met(self, rule: Relapse, scores: Floats) -> Bools:
        name, bound = rule.criterion
        scale = rule.scale or self.scale
        if name in ("improvement_below", "return_to"):
            floor, higher = scale_shape(scale, self.share if scale == self.scale else HALF)
            share = bound if name == "improvement_below" else 1 - bound
            comparator: Comparator = "below" if name == "improvement_below" else "at_most"
            baseline = self.given.baseline[scale]
            return improvement_holds(
                scores, baseline, share, comparator, floor=floor, higher_is_worse=higher
            )
        if name == "lost_at_least":
            return self._lost(scores, scale, bound)
        if name == "rise_at_least":
            return holds(scores, self._from(rule, scores, scale) + bound, "at_least")
        return holds(scores, bound, cast(Comparator, name))

    def _lost(self, scores: Floats, scale: str, share: float) -> Bools:
        """Whether the share of the improvement at entry is lost, decided by exact fractions."""
        fraction, entry = exact_share(share), self.given.at_entry[scale]
        gained = self.given.baseline[scale] - entry
        back = entry + fraction.numerator * gained / fraction.denominator
        if is_worse(scale, self.share if scale == self.scale else HALF):
            return holds(scores, np.where(gained > 0, back, np.nan), "at_least")
        return holds(scores, np.where(gained < 0, back, np.nan), "at_most")

    def _from(self, rule: Relapse, scores: Floats, scale: str) -> Floats:
        """Return the score from which a rise is counted, shape (n,) or (n_visits, n)."""
        if rule.rise_from == "baseline":
            return self.given.baseline[scale]
        entry = self.given.at_entry[scale]
        if rule.rise_from == "entry":
            return entry
        later = np.where(self.given.hours > self.start + SLACK, scores, np.nan)
        return np.fmin.accumulate(np.vstack([entry[np.newaxis], later]), axis=0)[1:]


def is_worse(scale: str, share: Response) -> bool:
    """Whether higher scores of a scale are worse; `share` says so of one that is not registered."""
    raw = Response(at_least=0.5, from_floor=False, better=share.better)
    return scale_shape(scale, raw)[1]
