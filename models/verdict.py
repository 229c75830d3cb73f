"""What is thought of a map: found, not found, or not to be judged, and on what grounds.

Light, so that a manifest can be shown without PyTorch. How it is reached stands in
`aligners/judging.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

VerdictState = Literal["found", "not_found", "cannot_be_judged"]
"""For machines; ``Verdict.title`` is for people."""

Rule = Literal["shuffled targets", "agreement of 0.22", "none"]
"""The test of `aligners/chance.py`; the rule of 0.1.0, a fixed bound; or nobody judged."""

TITLES: Final = {
    "found": "found",
    "not_found": "not found",
    "cannot_be_judged": "cannot be judged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconCheck:
    """How much of a lexicon could be used, and how well a part of it predicts the rest.

    Attributes:
        pairs: Pairs of words; of a group every source word with every target word of it.
        usable: Those whose words lie in both vocabularies.
        sources_missing: Pairs whose source word does not.
        targets_missing: Pairs whose target word does not.
        dimensions: The smaller of the two dimensions.
        held_out: Source words that were each asked of a map fitted without them; 0 where there are
            too few to hold any out, or where the lexicon holds groups.
        right: Those of them whose first answer is listed.
        right_by_chance: The same with translations dealt at random, in the mean.
        p_value: Probability of so many right ones by chance; None where none were held out.

    """

    pairs: int
    usable: int
    sources_missing: int
    targets_missing: int
    dimensions: int
    held_out: int = 0
    right: int = 0
    right_by_chance: float = 0.0
    p_value: float | None = None

    @property
    def precision(self) -> float | None:
        """Share of the held-out words that are answered right; None where none were held out."""
        return self.right / self.held_out if self.held_out else None

    @property
    def coverage_text(self) -> str:
        """How many pairs could be used, and which side the others fail on."""
        told = f"{self.usable:,} of {self.pairs:,} pairs lie in both vocabularies"
        if self.usable == self.pairs:
            return told
        return (
            f"{told} ({self.sources_missing:,} lack the source word, "
            f"{self.targets_missing:,} the target)"
        )

    @property
    def held_out_text(self) -> str | None:
        """How well maps of a part of the pairs find the others; None where none were held out."""
        if self.p_value is None:
            return None
        return (
            f"{self.right:,} of {self.held_out:,} words of the lexicon are answered right by maps "
            f"fitted without them ({_counted(self.right_by_chance)} by chance, "
            f"{p_value_text(self.p_value)})"
        )

    @property
    def too_few(self) -> bool:
        """Whether there are fewer pairs than dimensions, which leaves a map undetermined."""
        return self.usable < self.dimensions


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a map is an alignment, and how that is known.

    Attributes:
        state: What came of the judgement.
        reason: Why, in a sentence.
        rule: What was asked.
        agreement: Held-out agreement of the map, 0 to 1; None where it is unknown.
        chance: Mean agreement that maps between unrelated spaces of the same sizes and spectra
            reach; None where it was not measured.
        bound: Agreement that is asked for; None where none is.
        p_value: Probability that unrelated spaces reach the agreement of the map, by a model of
            what was sampled; None where it was not measured.
        lexicon: What the lexicon says; None where there was none.

    """

    state: VerdictState
    reason: str
    rule: Rule = "shuffled targets"
    agreement: float | None = None
    chance: float | None = None
    bound: float | None = None
    p_value: float | None = None
    lexicon: LexiconCheck | None = None

    @classmethod
    def by_the_rule_of_0_1_0(
        cls, *, found: bool, agreement: float | None, supervised: bool
    ) -> Verdict:
        """Take over what 0.1.0 said, which kept no more than whether a map counts as found."""
        reason = "judged by the rule of 0.1.0: held-out agreement of at least 0.22"
        if supervised:
            reason = "not judged by 0.1.0: fitted on a dictionary"
        return cls(
            state="found" if found else "not_found",
            reason=reason,
            rule="none" if supervised else "agreement of 0.22",
            agreement=agreement,
            bound=None if supervised else 0.22,
        )

    @property
    def found(self) -> bool:
        """Whether the map is an alignment."""
        return self.state == "found"

    @property
    def title(self) -> str:
        """The state, for people."""
        return TITLES[self.state]

    @property
    def text(self) -> str:
        """The state and why, in one line."""
        return f"{self.title}: {self.reason}"

    @property
    def advice(self) -> str | None:
        """What to try in its place; None where there is nothing to say."""
        if self.lexicon is not None and self.lexicon.too_few and not self.found:
            return (
                f"{self.lexicon.usable} pairs are fewer than the {self.lexicon.dimensions} "
                "dimensions, and leave the map undetermined: the aligner self-learning takes them "
                "as a start and finds the rest by itself"
            )
        return None

    @property
    def lines(self) -> tuple[str, ...]:
        """All that there is to say, a line each: the verdict, the lexicon, what to try."""
        said: list[str | None] = [self.text]
        if self.lexicon is not None:
            said += [self.lexicon.coverage_text, self.lexicon.held_out_text]
        return tuple(line for line in (*said, self.advice) if line is not None)

    def as_dict(self) -> dict[str, Any]:
        """Give the fields under the names that JSON shows."""
        return asdict(self)


UNJUDGED: Final = Verdict(state="found", reason="nobody judged this map", rule="none")
"""Of a map that was made by hand, and is taken at its word."""


def both_of(first: Verdict, second: Verdict) -> Verdict:
    """Judge a map that goes the way of two others: it is no better than the worse of them."""
    order: tuple[VerdictState, ...] = ("not_found", "cannot_be_judged", "found")
    worse = min(first, second, key=lambda each: order.index(each.state))
    if worse.found:
        return Verdict(state="found", reason="both maps that it is made of were", rule="none")
    return Verdict(
        state=worse.state, reason=f"one of the maps that it is made of: {worse.reason}", rule="none"
    )


def p_value_text(value: float) -> str:
    """Give a probability with no more digits than its model deserves."""
    if value < _LEAST_SHOWN:
        return "p < 0.000001"
    return f"p = {value:.2g}" if value >= _PLAIN else f"p = {value:.6f}".rstrip("0")


_LEAST_SHOWN = 1e-6
_PLAIN = 1e-3


def _counted(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == round(value) else f"{value:.1g}"
