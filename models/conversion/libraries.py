"""A space as other libraries hold it. None of them is needed otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from isogloss.models.conversion.optional_packages import optional_package
from isogloss.models.spaces.embedding_space import EmbeddingSpace


def to_keyed_vectors(space: EmbeddingSpace) -> Any:
    """Give a space to gensim.

    Returns:
        A ``gensim.models.KeyedVectors`` with a copy of the vectors.

    Raises:
        DependencyError: gensim is not installed.

    """
    models = optional_package("gensim.models", purpose="KeyedVectors", install="gensim")
    keyed = models.KeyedVectors(space.dimension)
    keyed.add_vectors(list(space.words), space.vectors.copy())
    return keyed


def to_spacy_vectors(space: EmbeddingSpace) -> Any:
    """Give a space to spaCy.

    ``nlp.vocab.vectors = to_spacy_vectors(space)`` puts it into a pipeline; the words then have to
    be in ``nlp.vocab.strings`` too, which the table brings as ``strings``.

    Returns:
        A ``spacy.vectors.Vectors`` table with a copy of the vectors.

    Raises:
        DependencyError: spaCy is not installed.

    """
    vectors = optional_package("spacy.vectors", purpose="a table of spaCy", install="spacy")
    strings = optional_package("spacy.strings", purpose="a table of spaCy", install="spacy")
    table = strings.StringStore(space.words)
    keys = [table[word] for word in space.words]
    return vectors.Vectors(
        strings=table, data=space.vectors.copy(), keys=keys, name=f"{space.language}_isogloss"
    )


def to_frame(space: EmbeddingSpace) -> Any:
    """Give a space to pandas: a row per word, which is its index, and a column per dimension.

    Raises:
        DependencyError: pandas is not installed.

    """
    pandas = optional_package("pandas", purpose="a data frame")
    index = pandas.Index(space.words, name=space.language, dtype=object)
    return pandas.DataFrame(space.vectors.copy(), index=index)


def to_arrow(space: EmbeddingSpace) -> Any:
    """Give a space to Arrow: a ``pyarrow.Table`` with the columns ``word`` and ``vector``.

    The language stands in the metadata of the table.

    Raises:
        DependencyError: pyarrow is not installed.

    """
    arrow = optional_package("pyarrow", purpose="an Arrow table")
    numbers = arrow.array(np.ascontiguousarray(space.vectors).reshape(-1))
    vectors = arrow.FixedSizeListArray.from_arrays(numbers, space.dimension)
    table = arrow.table({"word": arrow.array(space.words, arrow.string()), "vector": vectors})
    return table.replace_schema_metadata({"language": space.language})
