"""What a translator gives a person: answers that show themselves, and become data frames."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, Self, SupportsIndex, overload

from isogloss.models.answers import Translation
from isogloss.models.choices import Ranking
from isogloss.models.conversion.optional_packages import optional_package
from isogloss.models.errors import FileError

_SHOWN = 20


class Translations(tuple[Translation, ...]):
    """The answers for several words, in their order.

    >>> import isogloss
    >>> answers = isogloss.load("en-fr").translate(["window", "xyzzy"], k=2)
    >>> answers
    window  fenêtre 0.88, windows 0.07
    xyzzy   – not in the vocabulary
    >>> answers[0].neighbours[0].word
    'fenêtre'
    >>> answers.to_frame()
         word  rank translation  probability
    0  window   1.0     fenêtre     0.88...
    1  window   2.0     windows     0.06...
    2   xyzzy   NaN         NaN          NaN

    Attributes:
        score: By what the answers are ranked: ``probability``, ``csls`` or ``cosine``.

    """

    score: Ranking

    def __new__(cls, answers: Iterable[Translation], score: Ranking) -> Self:
        """Keep the answers, and by what they are ranked."""
        kept = super().__new__(cls, answers)
        kept.score = score
        return kept

    @overload
    def __getitem__(self, place: SupportsIndex) -> Translation: ...
    @overload
    def __getitem__(self, place: slice) -> Translations: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Translation | Translations:
        if isinstance(place, slice):
            return Translations(super().__getitem__(place), self.score)
        return super().__getitem__(place)

    def to_frame(self) -> Any:
        """Give a pandas frame with a row for each answer; a word without one has one empty row.

        Raises:
            DependencyError: pandas is not installed.

        """
        pandas = optional_package("pandas", purpose="a data frame")
        rows: list[tuple[str, int | None, str | None, float | None]] = []
        for answer in self:
            rows += [
                (answer.word, rank, one.word, one.score)
                for rank, one in enumerate(answer.neighbours, start=1)
            ] or [(answer.word, None, None, None)]
        return pandas.DataFrame(rows, columns=["word", "rank", "translation", self.score])

    def __repr__(self) -> str:
        width = max((len(answer.word) for answer in self[:_SHOWN]), default=0)
        lines = [f"{answer.word:<{width}}  {_line(answer)}" for answer in self[:_SHOWN]]
        if len(self) > _SHOWN:
            lines.append(f"… and {len(self) - _SHOWN:,} more")
        return "\n".join(lines) or "no words"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(answer.word)}</td><td>{escape(_line(answer))}</td></tr>"
            for answer in self[:_SHOWN]
        )
        more = f"<p>… and {len(self) - _SHOWN:,} more</p>" if len(self) > _SHOWN else ""
        return f"<table><tr><th>word</th><th>by {self.score}</th></tr>{rows}</table>{more}"


@dataclass(frozen=True, slots=True)
class WordPair:
    """A word and its translation.

    Attributes:
        source: The source word.
        target: Its translation.
        probability: How probable it is; None where the translator does not know.
        csls: How near the two are.

    """

    source: str
    target: str
    probability: float | None
    csls: float


class WordPairs(tuple[WordPair, ...]):
    """A bilingual lexicon, or a part of one.

    >>> import isogloss
    >>> pairs = isogloss.load("en-fr").lexicon(words=500)
    >>> pairs[0]
    WordPair(source='description', target='description', probability=0.99..., csls=1.11...)
    >>> pairs[:2]
    description  description  1.00
    structure  structure  1.00
    >>> pairs.save("lexicon.txt")
    PosixPath('lexicon.txt')
    """

    @overload
    def __getitem__(self, place: SupportsIndex) -> WordPair: ...
    @overload
    def __getitem__(self, place: slice) -> WordPairs: ...
    def __getitem__(self, place: SupportsIndex | slice) -> WordPair | WordPairs:
        if isinstance(place, slice):
            return WordPairs(super().__getitem__(place))
        return super().__getitem__(place)

    def to_frame(self) -> Any:
        """Give a pandas frame with the columns source, target, probability and csls.

        Raises:
            DependencyError: pandas is not installed.

        """
        pandas = optional_package("pandas", purpose="a data frame")
        rows = [(pair.source, pair.target, pair.probability, pair.csls) for pair in self]
        return pandas.DataFrame(rows, columns=["source", "target", "probability", "csls"])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write lines ``source target``, as `isogloss evaluate` and other programs read them.

        Raises:
            FileError: The file cannot be written.

        """
        path = Path(path)
        try:
            path.write_text("".join(f"{one.source}\t{one.target}\n" for one in self), "utf-8")
        except OSError as error:
            raise FileError(path, f"cannot be written: {error.strerror}") from error
        return path

    def __repr__(self) -> str:
        lines = [f"{one.source}  {one.target}{_share(one.probability)}" for one in self[:_SHOWN]]
        if len(self) > _SHOWN:
            lines.append(f"… and {len(self) - _SHOWN:,} more pairs")
        return "\n".join(lines) or "no pairs"


class Sides(NamedTuple):
    """The same of both languages."""

    source: Any
    target: Any


def _line(answer: Translation) -> str:
    if not answer.neighbours:
        return "– not in the vocabulary"
    return ", ".join(f"{one.word} {one.score:.2f}" for one in answer.neighbours)


def _share(probability: float | None) -> str:
    return "" if probability is None else f"  {probability:.2f}"
