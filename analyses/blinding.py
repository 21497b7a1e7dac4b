"""Was the treatment guessed, and is there an effect in those who did not guess it?"""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the indices of every guess, and the effect at the primary visit by the first.

    The plan names the columns of ADSL that hold the guesses (`guess`), the answers that mean
    "don't know" (`dont_know`), and what other answers mean (`answers`).
    """
    asked = plan.blinding
    if asked is None:
        return {}
    guesses, answers, level = list(asked.guess), dict(asked.answers), plan.conf_level
    blinding = ka.estimate_blinding(
        trial, guesses, dont_know=asked.dont_know, answers=answers, conf_level=level
    )
    by_guess = ka.estimate_effect_by_guess(
        trial,
        plan.scale,
        guesses[0],
        visit=plan.visit,
        dont_know=asked.dont_know,
        answers=answers,
        response=plan.response,
        conf_level=level,
    )
    return {"blinding": blinding, "effect_by_guess": by_guess}
