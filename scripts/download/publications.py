"""What can be downloaded: addresses, licences and citations, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from isogloss.models.errors import OptionError

DictionaryPart = Literal["full", "train", "test"]
GLOVE_DIMENSIONS = (50, 100, 200, 300)

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_DICTIONARY_ENDS: dict[DictionaryPart, str] = {
    "full": "",
    "train": ".0-5000",
    "test": ".5000-6500",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Files that somebody publishes together.

    Attributes:
        name: Folder in the cache.
        title: What it is, in words.
        base: Address that the paths of its files follow.
        licence: Under what its files are published.
        licence_address: Where that is written.
        citation: The paper that its authors ask to cite.
        page: Where the authors describe it.

    """

    name: str
    title: str
    base: str
    licence: str
    licence_address: str
    citation: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """One file of a publication.

    Attributes:
        publication: Where it belongs.
        path: Its path under the base address.
        begins: Its first bytes, where the format has such.

    """

    publication: Publication
    path: str
    begins: bytes

    @property
    def name(self) -> str:
        """Name in the cache: the last part of the path."""
        return self.path.rpartition("/")[2]

    def address(self, mirror: str | None = None) -> str:
        """Where it is fetched from, under the publisher's base address or a mirror's."""
        return f"{(mirror or self.publication.base).rstrip('/')}/{self.path}"


FASTTEXT = Publication(
    name="fasttext",
    title="fastText vectors of Common Crawl and Wikipedia, 300 dimensions",
    base="https://dl.fbaipublicfiles.com",
    licence="CC BY-SA 3.0",
    licence_address="https://creativecommons.org/licenses/by-sa/3.0/",
    citation="Grave, Bojanowski, Gupta, Joulin, Mikolov: Learning Word Vectors for 157 Languages, "
    "LREC 2018",
    page="https://fasttext.cc/docs/en/crawl-vectors.html",
)
GLOVE = Publication(
    name="glove",
    title="GloVe vectors of Wikipedia 2014 and Gigaword 5, English, lower case",
    base="https://nlp.stanford.edu",
    licence="Public Domain Dedication and License 1.0",
    licence_address="https://opendatacommons.org/licenses/pddl/1-0/",
    citation="Pennington, Socher, Manning: GloVe: Global Vectors for Word Representation, "
    "EMNLP 2014",
    page="https://nlp.stanford.edu/projects/glove/",
)
MUSE = Publication(
    name="muse",
    title="MUSE bilingual dictionary",
    base="https://dl.fbaipublicfiles.com",
    licence="CC BY-NC 4.0 (not for commercial use)",
    licence_address="https://github.com/facebookresearch/MUSE/blob/main/LICENSE",
    citation="Conneau, Lample, Ranzato, Denoyer, Jégou: Word Translation Without Parallel Data, "
    "ICLR 2018",
    page="https://github.com/facebookresearch/MUSE",
)
PUBLICATIONS = (FASTTEXT, GLOVE, MUSE)


def fasttext_vectors(language: str, *, subwords: bool = False) -> PublishedFile:
    """Name the vectors of a language, as text or as the model that knows parts of words."""
    kind = "bin" if subwords else "vec"
    path = f"fasttext/vectors-crawl/cc.{language}.300.{kind}.gz"
    return PublishedFile(publication=FASTTEXT, path=path, begins=_GZIP)


def glove_archive() -> PublishedFile:
    """Name the archive that holds all dimensions."""
    return PublishedFile(publication=GLOVE, path="data/wordvecs/glove.6B.zip", begins=_ZIP)


def glove_member(dimension: int) -> str:
    """Name the file of a dimension in the archive.

    Raises:
        OptionError: There is none of this dimension.

    """
    if dimension not in GLOVE_DIMENSIONS:
        known = ", ".join(map(str, GLOVE_DIMENSIONS))
        raise OptionError(f"--dimension: expected one of {known}; found {dimension}")
    return f"glove.6B.{dimension}d.txt"


def muse_dictionary(pair: str, part: DictionaryPart = "full") -> PublishedFile:
    """Name the dictionary of a pair such as ``en-fr``: all of it, or one of MUSE's two parts.

    Raises:
        OptionError: There is no such part.

    """
    if part not in _DICTIONARY_ENDS:
        known = ", ".join(get_args(DictionaryPart))
        raise OptionError(f"--part: expected one of {known}; found {part!r}")
    path = f"arrival/dictionaries/{pair}{_DICTIONARY_ENDS[part]}.txt"
    return PublishedFile(publication=MUSE, path=path, begins=b"")
