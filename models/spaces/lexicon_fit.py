"""How a lexicon fits two vocabularies, and what would make it fit better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from isogloss.models.errors import InputError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.word_forms import known_form

_EXAMINED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconFit:
    """How many pairs can be used, and why the others cannot.

    Attributes:
        pairs: Pairs of the lexicon; of a group every source word with every target word of it.
        usable: Those whose two words lie in the vocabularies.
        sources_missing: Pairs whose source word does not.
        targets_missing: Pairs whose target word does not.
        advice: What would make others fit; empty where nothing would.
        groups: Shape → number of the groups that are no pairs.

    """

    pairs: int
    usable: int
    sources_missing: int
    targets_missing: int
    advice: str
    groups: Mapping[tuple[int, int], int]

    def __str__(self) -> str:
        text = f"{self.usable} of {self.pairs} pairs lie in both vocabularies"
        if self.groups:
            count = sum(self.groups.values())
            largest = max(self.groups, key=lambda shape: shape[0] * shape[1])
            text = (
                f"{count} groups of unknown pairing, the largest {largest[0]} × {largest[1]} "
                f"words; {text}"
            )
        if self.usable < self.pairs:
            text += (
                f" ({self.sources_missing} lack the source word, {self.targets_missing} the target)"
            )
        return f"{text}; {self.advice}" if self.advice else text


def lexicon_fit(
    lexicon: Lexicon | GroupedLexicon, source: EmbeddingSpace, target: EmbeddingSpace
) -> LexiconFit:
    """Count what fits, and try what would."""
    if isinstance(lexicon, GroupedLexicon):
        shapes = Counter((len(each.sources), len(each.targets)) for each in lexicon.groups)
        del shapes[1, 1]
        pairs = [
            (word, translation)
            for group in lexicon.groups
            for word in group.sources
            for translation in group.targets
        ]
    else:
        shapes = Counter()
        pairs = [(word, each) for word, targets in lexicon.entries.items() for each in targets]
    lost = [
        (word, translation)
        for word, translation in pairs
        if word not in source.rows or translation not in target.rows
    ]
    return LexiconFit(
        pairs=len(pairs),
        usable=len(pairs) - len(lost),
        sources_missing=sum(word not in source.rows for word, _ in pairs),
        targets_missing=sum(translation not in target.rows for _, translation in pairs),
        advice=_advice(
            lost,
            len(pairs),
            Words(source.rows, source.language),
            Words(target.rows, target.language),
        ),
        groups=dict(shapes),
    )


def no_pair_error(
    lexicon: Lexicon | GroupedLexicon, source: EmbeddingSpace, target: EmbeddingSpace
) -> InputError:
    """Build the error of a lexicon of which no pair can be used."""
    fit = lexicon_fit(lexicon, source, target)
    text = (
        f"no pair of the lexicon can be used: of {fit.pairs}, {fit.sources_missing} lack the "
        f"source word in the {source.language} vocabulary and {fit.targets_missing} the "
        f"translation in the {target.language} one"
    )
    return InputError(f"{text}; {fit.advice}" if fit.advice else text)


class Words(NamedTuple):
    """A vocabulary: what it holds, and its language."""

    rows: Container[str]
    language: str


def advice_for(lexicon: Lexicon, source: Words, target: Words) -> str:
    """Say what would make a lexicon fit, for the end of an error; nothing where nothing would."""
    pairs = [(word, each) for word, targets in lexicon.entries.items() for each in targets]
    lost = [pair for pair in pairs if pair[0] not in source.rows or pair[1] not in target.rows]
    advice = _advice(lost, len(pairs), source, target)
    return advice and f"; {advice}"


def _advice(lost: Sequence[tuple[str, str]], pairs: int, source: Words, target: Words) -> str:
    """Say what would make at least half of the pairs that are lost fit, where that is many."""
    if 10 * len(lost) < pairs or not lost:
        return ""
    looked_at = lost[:_EXAMINED]
    exchanged = sum(a in target.rows and b in source.rows for a, b in looked_at)
    if 2 * exchanged >= len(looked_at):
        return f"{exchanged} of {len(looked_at)} would fit with the columns exchanged"
    kinds: Counter[str] = Counter()
    for word, translation in looked_at:
        hows = []
        for each, space in ((word, source), (translation, target)):
            if each not in space.rows:
                found = known_form(each, space.rows, space.language)
                hows.append("" if found is None else found[1])
        if hows and all(hows):
            kinds.update(set(hows))
    if not kinds:
        return ""
    how, count = kinds.most_common(1)[0]
    return f"{count} of {len(looked_at)} would fit {how}" if 4 * count >= len(looked_at) else ""
