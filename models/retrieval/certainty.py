"""How sure a translation is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.errors import OptionError
from models.answers import Neighbour
from models.retrieval.translator import Translator


@dataclass(frozen=True, slots=True)
class WeighedTranslation:
    """The first answer for a word, with what speaks for it.

    Attributes:
        word: The source word.
        first: The best target word.
        second: The next one.
        certainty: The larger, the surer; comparable between words of one translator.

    """

    word: str
    first: Neighbour
    second: Neighbour
    certainty: float


def weigh_translations(translator: Translator, *, words: int) -> tuple[WeighedTranslation, ...]:
    """Translate the most frequent words, and weigh each answer against the next best.

    The certainty is the margin of CSLS between the two: no probability, and not comparable between
    translators, but without a dictionary. The search is exact.

    Args:
        translator: The translator.
        words: Number of source words, the most frequent ones.

    Returns:
        One per word, the most frequent first; none where there are no two target words.

    Raises:
        OptionError: ``words`` is less than 1.

    """
    if words < 1:
        raise OptionError(f"words: expected at least 1, found {words}")
    if len(translator.target_words) < 2:
        return ()
    source = translator.source.most_frequent(words)
    retriever = replace(translator.retriever, approximate=None)
    found = retriever.search(translator.align(source.vectors), k=2, score="csls")
    target = translator.target_words
    return tuple(
        WeighedTranslation(
            word,
            Neighbour(target[first], best),
            Neighbour(target[second], next_best),
            best - next_best,
        )
        for word, (first, second), (best, next_best) in zip(
            source.words, found.rows.tolist(), found.scores.tolist(), strict=True
        )
    )
