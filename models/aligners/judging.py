"""Judge a map by what unrelated spaces reach, and by what a lexicon dealt at random does."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.chance import LEVEL, Chance, measure_chance
from isogloss.models.aligners.criterion import FEW_WORDS, agreement_of
from isogloss.models.verdict import LexiconCheck, Verdict, VerdictState, p_value_text

_LEAST_PRECISION = 0.2
"""Share of held-out words of a lexicon from which on their answers alone make a map count."""


def judge_map(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    mapped: Float[Tensor, "n d"],
    *,
    agreement: float | None = None,
    chance: Chance | None = None,
    lexicon: LexiconCheck | None = None,
    supervised: bool = False,
) -> Verdict:
    """Judge a map.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        mapped: The images of ``x`` under the map.
        agreement: Its held-out agreement, where that was measured; few words are asked again, by
            more draws.
        chance: What unrelated spaces reach; None: it is measured, or the vectors are all alike.
        lexicon: What is known of the lexicon that the fit was given.
        supervised: Whether the map was fitted on it alone.

    """
    chance = measure_chance(x, y) if chance is None else chance
    if agreement is None or max(len(x), len(y)) <= FEW_WORDS:
        agreement = agreement_of(x, y, mapped).share
    sizes = f"{_counted(len(x), len(y))} words in {_in_dimensions(x.shape[1], y.shape[1])}"
    return judge(agreement, chance, sizes=sizes, lexicon=lexicon, supervised=supervised)


def judge(
    agreement: float,
    chance: Chance | None,
    *,
    sizes: str,
    lexicon: LexiconCheck | None = None,
    supervised: bool = False,
) -> Verdict:
    """Judge a map by its held-out agreement, and one of a lexicon also by the pairs held out of it.

    Where vectors are too few to tell, as 60 words in 10 dimensions are, a lexicon still does.

    Args:
        agreement: Of the map, by :func:`isogloss.models.aligners.criterion.agreement_of`.
        chance: What unrelated spaces reach; None where the vectors of a side are all alike.
        sizes: Words and dimensions, as the reason names them.
        lexicon: What is known of the lexicon that the fit was given.
        supervised: Whether the map was fitted on it alone.

    """
    if chance is None or not math.isfinite(agreement):
        return Verdict(
            state="cannot_be_judged",
            reason="the vectors of a side are all alike, or there are fewer than three",
            agreement=agreement if math.isfinite(agreement) else None,
            lexicon=lexicon,
        )
    p_value = chance.p_value(agreement)
    state: VerdictState = "not_found"
    if agreement >= chance.bound:
        state, reason = (
            "found",
            (
                f"agreement {agreement:.2f}, where unrelated spaces of these sizes reach "
                f"{chance.mean:.2f} ({p_value_text(p_value)})"
            ),
        )
    elif supervised and _is_predicted(lexicon):
        state, reason = "found", "its lexicon predicts itself: held-out words are answered right"
    elif not chance.judges:
        state, reason = (
            "cannot_be_judged",
            (
                f"{sizes} tell too little: unrelated spaces of these sizes reach an agreement of "
                f"{chance.mean:.2f}, this map {agreement:.2f}, and an exact copy could not be told "
                "from chance"
            ),
        )
    else:
        reason = (
            f"agreement {agreement:.2f}, where unrelated spaces of these sizes reach "
            f"{chance.mean:.2f} ({p_value_text(p_value)}); {chance.bound:.2f} is asked for"
        )
    return Verdict(
        state=state,
        reason=reason,
        agreement=agreement,
        chance=chance.mean,
        bound=chance.bound,
        p_value=p_value,
        lexicon=lexicon,
    )


def _is_predicted(lexicon: LexiconCheck | None) -> bool:
    if lexicon is None or lexicon.p_value is None or lexicon.precision is None:
        return False
    return lexicon.p_value <= LEVEL and lexicon.precision >= _LEAST_PRECISION


def _counted(one: int, other: int) -> str:
    return f"{one:,}" if one == other else f"{one:,} and {other:,}"


def _in_dimensions(one: int, other: int) -> str:
    return f"{_counted(one, other)} dimension{'' if one == other == 1 else 's'}"
