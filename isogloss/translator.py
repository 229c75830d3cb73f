"""The translator as a person meets it.

The service and the command line stand on :class:`isogloss.models.retrieval.Translator`, whose
answers are by CSLS unless they ask otherwise, bit for bit from version to version. This class adds
what a person at a prompt expects, and nothing else: answers by probability where that is known,
short texts, and ways out to files and other libraries.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Float, Float32

from isogloss.models.answers import Neighbour
from isogloss.models.choices import Ranking
from isogloss.models.conversion.libraries import (
    to_arrow,
    to_frame,
    to_keyed_vectors,
    to_spacy_vectors,
)
from isogloss.models.conversion.writers import write_space
from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError
from isogloss.models.retrieval import translator as internal
from isogloss.models.retrieval.estimated_precision import estimated_precision
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.results import Sides, Translations, WordPair, WordPairs

if TYPE_CHECKING:
    from isogloss.models.estimated_precision import EstimatedPrecision
    from isogloss.models.evaluation import Evaluation
    from isogloss.models.retrieval.certainty import WeighedTranslation

_FREQUENT = 10
_AFFORDABLE_PAIRS = 250_000_000
"""Similarities that a text about a translator may cost: a second or two."""
_CANDIDATES = 30


class Translator(internal.Translator):
    """A map between two languages with all that is needed to use it. Immutable.

    Made by :func:`isogloss.align` and :func:`isogloss.load`; any number of threads may ask it.

    >>> import isogloss
    >>> pair = isogloss.load("en-fr")
    >>> pair
    <Translator en→fr, 1,000 × 1,000 words, found, about 75 % of first answers right>
    >>> pair.found, pair.source.language, pair.target_language
    (True, 'en', 'fr')
    """

    __slots__ = ()

    @classmethod
    def of(cls, translator: internal.Translator) -> Self:
        """Take a translator of the library."""
        return cls(
            **{
                each.name: getattr(translator, each.name)
                for each in fields(translator)
                if each.init
            }
        )

    @property
    def best_ranking(self) -> Ranking:
        """By what answers are ranked unless another score is asked for.

        >>> import isogloss
        >>> isogloss.load("en-fr").best_ranking
        'probability'
        """
        return "probability" if self.posterior is not None else "csls"

    def translate(
        self, words: str | Sequence[str], k: int = 10, score: Ranking | None = None
    ) -> Translations:
        """Translate words, all in one search; one answer per word, in their order.

        >>> import isogloss
        >>> pair = isogloss.load("en-fr")
        >>> pair.translate(["window", "library"], k=1)
        window   fenêtre 0.88
        library  bibliothèque 0.94
        >>> pair.translate("window", k=1, score="cosine")[0].neighbours[0]
        Neighbour(word='fenêtre', score=0.41...)

        Args:
            words: The words; one alone is a list of one.
            k: Answers for each word.
            score: ``probability``, ``csls`` or ``cosine``; None: by probability where the
                translator knows it, else by CSLS.

        Raises:
            OptionError: ``k`` is less than 1, or the score is unknown or not known here.

        """
        asked = [words] if isinstance(words, str) else list(words)
        chosen = self.best_ranking if score is None else score
        return Translations(super().translate(asked, k, chosen), chosen)

    def search(
        self, vectors: Float32[np.ndarray, "n m"], k: int = 10, score: Ranking | None = None
    ) -> tuple[tuple[Neighbour, ...], ...]:
        """Find the target words nearest to raw source vectors.

        >>> import isogloss
        >>> pair = isogloss.load("en-fr")
        >>> vector = pair.vector("window")
        >>> [found.word for found in pair.search(vector[None], k=2, score="csls")[0]]
        ['fenêtre', 'fenêtres']

        Args:
            vectors: Of shape [n, m], float32.
            k: Answers for each; by probability at most 30.
            score: As for :meth:`translate`; frequency and spelling of a vector are not known.

        Raises:
            ShapeError: ``vectors`` is not a matrix of the source dimension.
            NonFiniteInputError: ``vectors`` holds NaN or infinity.
            OptionError: ``k`` is less than 1, or the score is unknown or not known here.

        """
        return super().search(vectors, k, self.best_ranking if score is None else score)

    def transform(self, vectors: Float[np.ndarray, "*n m"]) -> Float32[np.ndarray, "*n d"]:
        """Map raw source vectors into the space of :attr:`target_aligned`.

        >>> import isogloss
        >>> pair = isogloss.load("en-fr")
        >>> pair.transform(pair.source.vectors[:5]).shape
        (5, 300)

        Args:
            vectors: One vector [m] or several [n, m], as they stand in the file; only their
                direction counts.

        Returns:
            Unit vectors, of shape [d] or [n, d].

        Raises:
            ShapeError: The length of the vectors is not the source dimension.
            NonFiniteInputError: They hold NaN, infinity, or what float32 cannot hold.

        """
        given = np.asarray(vectors)
        if given.dtype.kind not in "fiu" or given.ndim not in (1, 2):
            raise ShapeError(
                "vectors",
                expected=f"numbers of shape [{self.source_dimension}] or [n, "
                f"{self.source_dimension}]",
                found=f"{given.dtype} of shape {list(given.shape)}",
            )
        with np.errstate(over="ignore"):
            matrix = np.atleast_2d(given).astype(np.float32)
        if np.isfinite(given).all() and not np.isfinite(matrix).all():
            raise NonFiniteInputError("the vectors hold numbers beyond float32")
        mapped = self.align(matrix)
        return mapped if given.ndim == 2 else mapped[0]

    @property
    def source_aligned(self) -> EmbeddingSpace:
        """The source words in the space of :attr:`target_aligned`: unit vectors.

        >>> import isogloss
        >>> isogloss.load("en-fr").source_aligned
        <Space en, 1,000 words, 300 dimensions>
        """
        if self not in _aligned:
            _aligned[self] = EmbeddingSpace(
                self.source.language, self.source.words, self.align(self.source.vectors)
            )
        return _aligned[self]

    @property
    def target_aligned(self) -> EmbeddingSpace:
        """The target words, centred and of unit length, as they are searched.

        Their inner products with :attr:`source_aligned` are the cosines of the answers.

        >>> import isogloss
        >>> pair = isogloss.load("en-fr")
        >>> pair.target_aligned
        <Space fr, 1,000 words, 300 dimensions>
        >>> cosines = pair.source_aligned.vectors @ pair.target_aligned.vectors.T
        >>> pair.target_words[cosines[pair.source.rows["window"]].argmax()]
        'fenêtre'
        """
        return EmbeddingSpace(self.target_language, self.target_words, self.retriever.target)

    def lexicon(self, *, words: int = 5000, mutual: bool = True, k: int = 1) -> WordPairs:
        """Pair the most frequent words; the surest pairs first.

        >>> import isogloss
        >>> pair = isogloss.load("en-fr")
        >>> [(one.source, one.target) for one in pair.lexicon(words=500)[:2]]
        [('description', 'description'), ('structure', 'structure')]

        Args:
            words: Most frequent words of each side that take part; of the source where ``mutual``
                is off.
            mutual: Pair only words that are each other's nearest by CSLS.
            k: Translations of each word where ``mutual`` is off.

        Raises:
            OptionError: ``words`` or ``k`` is less than 1, or ``k`` goes with mutual pairs.

        """
        if mutual and k != 1:
            raise OptionError("k: mutual pairs are one for each word; expected mutual=False")
        if words < 1:
            raise OptionError(f"words: expected at least 1, found {words}")
        if mutual:
            from isogloss.models.retrieval.lexicon_export import export_lexicon  # noqa: PLC0415

            found = [
                (one.source, one.target, one.score) for one in export_lexicon(self, words=words)
            ]
        else:
            found = [
                (answer.word, one.word, one.score)
                for answer in self.translate(self.source.words[:words], k, "csls")
                for one in answer.neighbours
            ]
        probable = self._probabilities(found)
        pairs = [
            WordPair(*pair[:2], share, pair[2]) for pair, share in zip(found, probable, strict=True)
        ]
        return WordPairs(sorted(pairs, key=lambda one: (-(one.probability or 0.0), -one.csls)))

    def uncertain(self, count: int = 50, *, words: int = 5000) -> tuple[WeighedTranslation, ...]:
        """Give the frequent words whose first answer is the least sure: what to check by hand.

        >>> import isogloss
        >>> len(isogloss.load("en-fr").uncertain(3))
        3

        Args:
            count: How many.
            words: Most frequent words to look at.

        Raises:
            OptionError: ``count`` or ``words`` is less than 1.

        """
        from isogloss.models.retrieval.certainty import weigh_translations  # noqa: PLC0415

        if count < 1:
            raise OptionError(f"count: expected at least 1, found {count}")
        weighed = weigh_translations(self, words=words)
        return tuple(sorted(weighed, key=lambda one: one.certainty)[:count])

    def evaluate(
        self, lexicon: object, *, score: Ranking | None = None, ks: Sequence[int] = (1, 5, 10)
    ) -> Evaluation:
        """Measure how often a listed translation is among the first answers.

        >>> import isogloss
        >>> isogloss.load("en-fr").evaluate("test.txt")
        <Evaluation P@1 0.8..., P@5 0.9..., P@10 0.9..., MRR 0.8...; 227 words, coverage 47.6%>

        Args:
            lexicon: A file of lines ``source target``, a dictionary, or pairs of words.
            score: As for :meth:`translate`.
            ks: Numbers of first answers.

        Returns:
            Precision at each k, mean reciprocal rank and coverage.

        Raises:
            LexiconError: The file cannot be used; names the line.
            InputError: No word of the lexicon can be evaluated.
            OptionError: A k is less than 1, or the score is unknown or not known here.

        """
        from isogloss.models.evaluation import evaluate  # noqa: PLC0415
        from isogloss.models.fitting.inputs import read_taught  # noqa: PLC0415
        from isogloss.models.spaces.lexicon import Lexicon  # noqa: PLC0415

        pairs = cast("Lexicon", read_taught(lexicon, groups=False).lexicon)
        chosen = self.best_ranking if score is None else score
        return evaluate(self, pairs, score=chosen, ks=ks)

    def export(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str],
        *,
        format: str | None = None,
    ) -> tuple[Path, Path]:
        """Write the aligned vectors of both sides, bit for bit.

        >>> import isogloss
        >>> isogloss.load("en-fr").export("aligned/en.npz", "aligned/fr.npz")
        (PosixPath('aligned/en.npz'), PosixPath('aligned/fr.npz'))

        Args:
            source: File for the source words; folders that are missing are made.
            target: File for the target words.
            format: ``vec``, ``npz``, ``parquet``, ``gensim`` or ``safetensors``; None tells it from
                the names.

        Raises:
            OptionError: The names say no format.
            InputError: The format cannot hold a word; names it.
            FileError: A file cannot be written.
            DependencyError: The package that writes the format is not installed.

        """
        paths = Path(source), Path(target)
        for space, path in zip((self.source_aligned, self.target_aligned), paths, strict=True):
            write_space(space, path, format_name=format)
        return paths

    def to_keyed_vectors(self) -> Sides:
        """Give the aligned vectors to gensim: ``KeyedVectors`` of the source and of the target.

        >>> import isogloss
        >>> english, french = isogloss.load("en-fr").to_keyed_vectors()
        >>> french.similar_by_vector(english["window"], topn=1)[0][0]
        'fenêtre'

        Raises:
            DependencyError: gensim is not installed.

        """
        return self._both(to_keyed_vectors)

    def to_spacy_vectors(self) -> Sides:
        """Give the aligned vectors to spaCy: a ``Vectors`` table of the source and of the target.

        >>> import isogloss
        >>> isogloss.load("en-fr").to_spacy_vectors().target.shape
        (1000, 300)

        Raises:
            DependencyError: spaCy is not installed.

        """
        return self._both(to_spacy_vectors)

    def to_frame(self) -> Sides:
        """Give the aligned vectors to pandas: a frame of the source and of the target.

        >>> import isogloss
        >>> isogloss.load("en-fr").to_frame().target.loc["fenêtre"].shape
        (300,)

        Raises:
            DependencyError: pandas is not installed.

        """
        return self._both(to_frame)

    def to_arrow(self) -> Sides:
        """Give the aligned vectors to Arrow: a table of the source and of the target.

        >>> import isogloss
        >>> isogloss.load("en-fr").to_arrow().source.column_names
        ['word', 'vector']

        Raises:
            DependencyError: pyarrow is not installed.

        """
        return self._both(to_arrow)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save a checkpoint, which :func:`isogloss.load` and the service read.

        >>> import isogloss
        >>> isogloss.load("en-fr").save("copy")
        PosixPath('copy')

        The folder appears complete or not at all; a checkpoint that stands there is replaced.

        Raises:
            CheckpointError: The path is taken by something else, or the disk cannot be written.

        """
        from isogloss.models.checkpoint import save_checkpoint  # noqa: PLC0415

        save_checkpoint(self, Path(path))
        return Path(path)

    def push_to_hub(
        self,
        repository: str,
        *,
        licence: str,
        private: bool = False,
        token: str | None = None,
        message: str | None = None,
    ) -> str:
        """Publish a checkpoint on the Hugging Face Hub, with a card; needs the extra ``hub``.

        ``pair.push_to_hub("name/en-fr", licence="cc-by-sa-3.0")``, and everybody may
        ``isogloss.load("hf://name/en-fr")``. The vectors of both languages are published.

        Args:
            repository: ``owner/name``; made where it is missing.
            licence: Of the vectors, an identifier such as ``cc-by-sa-3.0`` or a name.
            private: Whether a new repository is to be private.
            token: Access token; None: the one that is stored on this machine.
            message: Of the commit.

        Returns:
            The address of the commit.

        Raises:
            OptionError: The name is not ``owner/name``, or the licence is empty.
            PublishingError: The Hub does not take it.
            DependencyError: ``huggingface_hub`` is not installed.

        """
        from isogloss.publishing import push  # noqa: PLC0415

        return push(
            self, repository, licence=licence, private=private, token=token, message=message
        )

    @property
    def estimated_precision(self) -> EstimatedPrecision | None:
        """The share of right first answers, estimated without a dictionary; None: not known.

        >>> import isogloss
        >>> isogloss.load("en-fr").estimated_precision.short
        'about 75 % of first answers right'
        """
        return estimated_precision(self)

    def __repr__(self) -> str:
        size = f"{len(self.source.words):,} × {len(self.target_words):,} words"
        return (
            f"<Translator {self.source.language}→{self.target_language}, {size}, {self._verdict}>"
        )

    def _repr_html_(self) -> str:
        answers = self.translate(self.source.words[:_FREQUENT], 3)
        return f"<p>{escape(repr(self))}</p>{answers._repr_html_()}"

    @property
    def _verdict(self) -> str:
        verdict = self.verdict.title
        if not self.found:
            return f"{verdict.upper()}: its answers are no better than chance"
        affordable = len(self.source.words[:5000]) * len(self.target_words) <= _AFFORDABLE_PAIRS
        estimate = estimated_precision(self) if affordable else None
        return verdict if estimate is None else f"{verdict}, {estimate.short}"

    def _both(self, convert: Callable[[EmbeddingSpace], Any]) -> Sides:
        return Sides(convert(self.source_aligned), convert(self.target_aligned))

    def _probabilities(self, pairs: Sequence[tuple[str, str, float]]) -> list[float | None]:
        if self.posterior is None or not pairs:
            return [None] * len(pairs)
        words = list(dict.fromkeys(pair[0] for pair in pairs))
        answers = self.translate(words, _CANDIDATES, "probability")
        known = {
            (answer.word, one.word): one.score for answer in answers for one in answer.neighbours
        }
        return [known.get(pair[:2], 0.0) for pair in pairs]


_aligned: WeakKeyDictionary[Translator, EmbeddingSpace] = WeakKeyDictionary()
