"""Every format of word vectors: how it is told and how it is read. One registry, tried in order.

A new format is a file with a reader and a line in ``FORMATS``; a format that is only to be named is
a line in ``refused.REFUSED``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isogloss.models.errors import UnknownFormatError
from isogloss.models.spaces.readers.arrow_tables import (
    ARROW_MAGIC,
    is_parquet,
    read_arrow,
    read_parquet,
)
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.fasttext_binary import (
    FASTTEXT_MAGIC,
    is_old_fasttext,
    read_fasttext,
)
from isogloss.models.spaces.readers.head import Head
from isogloss.models.spaces.readers.numpy_arrays import read_npy, read_npz
from isogloss.models.spaces.readers.refused import (
    RefusedFormat,
    refused_by_content,
    refused_by_magic,
)
from isogloss.models.spaces.readers.request import Collected, Request
from isogloss.models.spaces.readers.safetensors_file import is_safetensors, read_safetensors
from isogloss.models.spaces.readers.text import read_text
from isogloss.models.spaces.readers.text_layout import TextLayout, text_layout
from isogloss.models.spaces.readers.word2vec_binary import is_word2vec_binary, read_word2vec

_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFileFormat:
    """A format that is read.

    Attributes:
        name: As reports call it.
        title: For people.
        recognised_by: By what it is told, for people.
        recognise: Tells it from the first bytes.
        read: Reads it.
        takes_word_list: Whether its words may stand in a file of their own.

    """

    name: str
    title: str
    recognised_by: str
    recognise: Callable[[Head], bool]
    read: Callable[[ByteSource, Request], Collected]
    takes_word_list: bool = False


def _begins(*magic: bytes) -> Callable[[Head], bool]:
    return lambda head: head.starts_with(*magic)


def _text_with_header(head: Head) -> bool:
    layout = _layout(head)
    return layout is not None and layout.first_line > 1


def _text(head: Head) -> bool:
    return _layout(head) is not None


def _layout(head: Head) -> TextLayout | None:
    return text_layout(head.path, head.data, whole=head.whole)


def _read_text(source: ByteSource, request: Request) -> Collected:
    layout = _layout(Head.of(source))
    if layout is None:
        raise UnknownFormatError(source.path, "expected lines of a word and numbers")
    source.skip(layout.offset)
    collector = request.collector(layout.dimension, layout.promised)
    read_text(source, collector, layout)
    return Collected(collector)


FORMATS: tuple[VectorFileFormat, ...] = (
    VectorFileFormat(
        name="npy",
        title="NumPy array (.npy)",
        recognised_by="magic bytes",
        recognise=_begins(b"\x93NUMPY"),
        read=read_npy,
        takes_word_list=True,
    ),
    VectorFileFormat(
        name="npz",
        title="NumPy archive (.npz)",
        recognised_by="zip archive with .npy inside",
        recognise=lambda head: any(name.endswith(".npy") for name in head.members),
        read=read_npz,
    ),
    VectorFileFormat(
        name="fasttext-binary",
        title="fastText model (.bin)",
        recognised_by="magic number; models of 2016, which have none, by their parameters",
        recognise=lambda head: head.starts_with(FASTTEXT_MAGIC) or is_old_fasttext(head.data),
        read=read_fasttext,
    ),
    VectorFileFormat(
        name="parquet",
        title="Parquet (.parquet)",
        recognised_by="magic bytes",
        recognise=is_parquet,
        read=read_parquet,
    ),
    VectorFileFormat(
        name="arrow",
        title="Arrow file, Feather (.arrow, .feather)",
        recognised_by="magic bytes",
        recognise=_begins(ARROW_MAGIC),
        read=read_arrow,
    ),
    VectorFileFormat(
        name="safetensors",
        title="safetensors (.safetensors)",
        recognised_by="length of its header, then JSON",
        recognise=is_safetensors,
        read=read_safetensors,
        takes_word_list=True,
    ),
    VectorFileFormat(
        name="word2vec-binary",
        title="word2vec binary (.bin)",
        recognised_by="first line is two whole numbers, and what follows is no text",
        recognise=lambda head: is_word2vec_binary(head.data),
        read=read_word2vec,
    ),
    VectorFileFormat(
        name="fasttext-text",
        title="text of fastText and word2vec (.vec)",
        recognised_by="first line is two whole numbers; words and numbers follow",
        recognise=_text_with_header,
        read=_read_text,
    ),
    VectorFileFormat(
        name="glove-text",
        title="text of GloVe (.txt), or with tabs (.tsv)",
        recognised_by="lines of a word and numbers",
        recognise=_text,
        read=_read_text,
    ),
)
"""Those that are read, in the order in which they are tried."""

TEXT_FORMATS = frozenset({"fasttext-text", "glove-text"})
"""Those that a text of words and numbers has."""


def recognise(source: ByteSource) -> VectorFileFormat:
    """Tell the format of a file, which is looked at and not consumed.

    Raises:
        EmptyFileError: There is no word.
        TextEncodingError: The text is UTF-16 or UTF-32.
        UnknownFormatError: It is none that is read; says what it is and what to do instead.

    """
    head = Head.of(source)
    if (refused := refused_by_magic(head)) is not None:
        raise _refusal(head, refused)
    for each in FORMATS:
        if each.recognise(head):
            return each
    if (refused := refused_by_content(head)) is not None:
        raise _refusal(head, refused)
    expected = "expected lines of a word and numbers, or a format that the guide lists"
    raise UnknownFormatError(head.path, f"found {_described(head.data)}; {expected}", line=1)


def dimension_of_text(source: ByteSource) -> int | None:
    """Tell the dimension of a text of vectors before it is read; None where it is none."""
    layout = _layout(Head.of(source))
    return None if layout is None else layout.dimension


def _refusal(head: Head, refused: RefusedFormat) -> UnknownFormatError:
    reason = f"found {refused.title}, which is not read; {refused.instead}"
    return UnknownFormatError(head.path, reason, line=1 if refused.name == "pickle" else None)


def _described(data: bytes) -> str:
    if b"\xc2\xa0" in data.partition(b"\n")[0]:
        return "fields parted by no-break spaces"
    zeros = sorted((data[:64:2].count(0), data[1:64:2].count(0)))
    if zeros[0] < 8 < zeros[1]:
        return "what looks like UTF-16 without its mark (iconv -f UTF-16LE -t UTF-8)"
    return repr(data[:_SHOWN])
