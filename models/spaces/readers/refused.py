"""Files that are known, and known not to be read: by their first bytes, with what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isogloss.models.errors import UnknownFormatError
from isogloss.models.spaces.readers.head import Head

_TAR_MARK = slice(257, 262)
_PICKLES = re.compile(
    rb"\x80[\x02-\x05]|\(dp0|\(lp0|ccopy_reg|c[a-z_]+(?:\.[a-z_]+)+\n[A-Za-z_]+\n"
)
_PICKLE_START = 8192
_TABLE = re.compile(rb"[^\n]*?[,;](?:\s*[+-]?[0-9.]+(?:e[+-]?[0-9]+)?\s*[,;]?){2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFormat:
    """A format that is told, and refused.

    Attributes:
        name: Under which errors are found.
        title: What it is called.
        recognised_by: By what it is told, for people.
        instead: What to do.
        recognise: Tells it; None where only the reader of a related format can.

    """

    name: str
    title: str
    recognised_by: str
    instead: str
    recognise: Callable[[Head], bool] | None = None


def refusal(path: Path, name: str) -> UnknownFormatError:
    """Build the error of a format that is refused."""
    found = next(each for each in REFUSED if each.name == name)
    return UnknownFormatError(path, f"found {found.title}, which is not read; {found.instead}")


def refused_by_magic(head: Head) -> RefusedFormat | None:
    """Tell a format that is refused by its first bytes alone."""
    return _first(head, REFUSED)


def refused_by_content(head: Head) -> RefusedFormat | None:
    """Tell a text that is no text of vectors."""
    return _first(head, REFUSED_TEXTS)


def _first(head: Head, formats: tuple[RefusedFormat, ...]) -> RefusedFormat | None:
    return next((each for each in formats if each.recognise and each.recognise(head)), None)


def _begins(*magic: bytes) -> Callable[[Head], bool]:
    return lambda head: head.starts_with(*magic)


def _binary_begins(*magic: bytes) -> Callable[[Head], bool]:
    """Also the letters of the magic could be a word, but not with such bytes after it."""
    return lambda head: head.starts_with(*magic) and b"\0" in head.data[:256]


def _text_begins(*words: bytes) -> Callable[[Head], bool]:
    return lambda head: head.data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(words)


def _is_pickle(head: Head) -> bool:
    return _PICKLES.match(head.data) is not None


def _is_gensim(head: Head) -> bool:
    return _is_pickle(head) and b"gensim" in head.data[:_PICKLE_START]


def _is_pytorch(head: Head) -> bool:
    return any(name.endswith("data.pkl") for name in head.members)


def _has_columns(head: Head) -> bool:
    return any(_TABLE.match(line) for line in head.data[: 1 << 16].split(b"\n")[:3])


_SAVE_AS_NPZ = "numpy.savez('vectors.npz', words=words, vectors=vectors)"

REFUSED: tuple[RefusedFormat, ...] = (
    RefusedFormat(
        name="fasttext-quantised",
        title="a quantised fastText model (.ftz)",
        recognised_by="its header, which says so",
        instead="take the .bin that it was made of: its vectors are exact",
    ),
    RefusedFormat(
        name="fasttext-classifier",
        title="a supervised fastText model (a classifier; model = 3 in its header)",
        recognised_by="the kind of model in its header",
        instead="take a model of the kinds skipgram or cbow",
    ),
    RefusedFormat(
        name="gensim",
        title="a pickle of gensim (KeyedVectors or a model, saved by .save())",
        recognised_by="pickle that names gensim",
        instead="isogloss.align takes KeyedVectors.load('FILE'), or save that with "
        ".save_word2vec_format('FILE.vec')",
        recognise=_is_gensim,
    ),
    RefusedFormat(
        name="pickle",
        title="a Python pickle, which is never read, as it can run code",
        recognised_by="opcode of the protocol",
        instead=f"load it where it was made, and save it with {_SAVE_AS_NPZ}",
        recognise=_is_pickle,
    ),
    RefusedFormat(
        name="pytorch",
        title="a PyTorch checkpoint",
        recognised_by="zip archive with data.pkl inside",
        instead=f"load it with torch.load('FILE', weights_only=True), and use {_SAVE_AS_NPZ}",
        recognise=_is_pytorch,
    ),
    RefusedFormat(
        name="hdf5",
        title="an HDF5 file",
        recognised_by="magic bytes",
        instead=f"pandas.read_hdf or h5py read it; save it with {_SAVE_AS_NPZ}",
        recognise=_begins(b"\x89HDF\r\n\x1a\n"),
    ),
    RefusedFormat(
        name="sqlite",
        title="an SQLite database (Magnitude writes such)",
        recognised_by="magic bytes",
        instead=f"read it with the program that wrote it, and use {_SAVE_AS_NPZ}",
        recognise=_begins(b"SQLite format 3\0"),
    ),
    RefusedFormat(
        name="faiss",
        title="an index of FAISS",
        recognised_by="magic bytes",
        instead="an index has no words; take the file that it was made of",
        recognise=_binary_begins(b"IxF", b"Ixp", b"IxM", b"IwF", b"IwP", b"IwS", b"IHN"),
    ),
    RefusedFormat(
        name="gguf",
        title="a GGUF model",
        recognised_by="magic bytes",
        instead="take the model's word embeddings as safetensors, with a list of words",
        recognise=_binary_begins(b"GGUF"),
    ),
    RefusedFormat(
        name="matlab",
        title="a MATLAB file",
        recognised_by="magic bytes",
        instead=f"scipy.io.loadmat reads it; save it with {_SAVE_AS_NPZ}",
        recognise=_begins(b"MATLAB 5.0 MAT-file"),
    ),
    RefusedFormat(
        name="tar",
        title="a tar archive",
        recognised_by="mark at byte 257",
        instead="unpack it with tar -xf FILE, and name the file that is meant",
        recognise=lambda head: head.data[_TAR_MARK] == b"ustar",
    ),
    RefusedFormat(
        name="7z-rar",
        title="an archive of 7-Zip or RAR",
        recognised_by="magic bytes",
        instead="unpack it and name the file that is meant",
        recognise=_begins(b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"),
    ),
    RefusedFormat(
        name="lz4-compress",
        title="a file compressed with lz4, lzip or compress",
        recognised_by="magic bytes",
        instead="unpack it, or compress it with gzip, xz or zstd",
        recognise=_begins(b"\x04\x22\x4d\x18", b"LZIP\x01", b"\x1f\x9d"),
    ),
    RefusedFormat(
        name="git-lfs",
        title="a pointer of Git LFS in place of the file",
        recognised_by="its first line",
        instead="fetch the file with git lfs pull",
        recognise=_begins(b"version https://git-lfs"),
    ),
    RefusedFormat(
        name="pdf-picture",
        title="a PDF or a picture",
        recognised_by="magic bytes",
        instead="this is another file than was meant",
        recognise=_begins(b"%PDF-", b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8"),
    ),
)
"""Told by their first bytes, before anything is tried as text."""

REFUSED_TEXTS: tuple[RefusedFormat, ...] = (
    RefusedFormat(
        name="web-page",
        title="what looks like a web page",
        recognised_by="its first tag",
        instead="the download gave a page instead of the file; look at it in a browser",
        recognise=_text_begins(b"<!doctype", b"<html", b"<?xml", b"<head"),
    ),
    RefusedFormat(
        name="json",
        title="a JSON document",
        recognised_by="its first bracket",
        instead="isogloss.align takes json.load(open('FILE')) if that is a dictionary of vectors",
        recognise=_text_begins(b"{", b"["),
    ),
    RefusedFormat(
        name="csv",
        title="fields parted by commas or semicolons",
        recognised_by="numbers between commas",
        instead="blanks or tabs part word and numbers: tr ',' '\\t' < FILE > FILE.tsv",
        recognise=_has_columns,
    ),
)
"""Looked for in what is no text of vectors."""
