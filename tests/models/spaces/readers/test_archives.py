"""Compressed files, whole and broken, and files that cannot be opened."""

import bz2
import gzip
import io
import lzma
import os
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from backports import zstd

from isogloss.models.errors import (
    CorruptArchiveError,
    EmptyFileError,
    TruncatedFileError,
    UnreadableFileError,
)
from isogloss.models.spaces import read_space
from tests.models.spaces.readers.writing import store, text, word2vec_binary

WORDS = [f"mot{number}" for number in range(2000)]
VECTORS = np.random.default_rng(0).standard_normal((2000, 12)).astype(np.float32)


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.writestr("folder/inside", content)
    return buffer.getvalue()


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
    "zip": _zip,
}


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("form", ["header", "glove", "binary"])
def test_compressed_reads_as_plain(tmp_path: Path, compression: str, form: str) -> None:
    content = {
        "header": text(WORDS, VECTORS),
        "glove": text(WORDS, VECTORS, header=False),
        "binary": word2vec_binary(WORDS, VECTORS),
    }[form]
    path = store(tmp_path / "no-ending", COMPRESSIONS[compression](content))
    read = read_space(path, language="fr")
    assert read.report.compression == compression
    assert list(read.space.words) == WORDS
    np.testing.assert_array_equal(read.space.vectors, VECTORS)


def test_several_streams_in_one_file(tmp_path: Path) -> None:
    content = text(WORDS, VECTORS)
    for compress in (gzip.compress, bz2.compress, lzma.compress, zstd.compress):
        path = store(tmp_path / "x", compress(content[:9999]) + compress(content[9999:]))
        np.testing.assert_array_equal(read_space(path, language="fr").space.vectors, VECTORS)


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz", "zstd"])
@pytest.mark.parametrize("header", [True, False])
def test_truncated_archive_keeps_what_was_whole(
    tmp_path: Path, compression: str, header: bool
) -> None:
    # bzip2 gives nothing out before a block of 900 kB is whole, so the text has to be longer.
    words = [f"mot{number}" for number in range(12000)]
    vectors = np.tile(VECTORS, (6, 1))
    content = text(words, vectors, header=header)
    compressed = COMPRESSIONS[compression](content)
    path = store(tmp_path / "x", compressed[: len(compressed) * 2 // 3])
    with pytest.raises(TruncatedFileError, match="before its end mark") as caught:
        read_space(path, language="fr")
    read = read_space(path, language="fr", on_error="skip")
    kept = read.report.kept
    assert 0 < kept < 12000
    assert caught.value.line == kept + 1 + header
    assert read.report.skipped == {"truncated": 12000 - kept if header else 1}
    assert read.report.examples == {"truncated": kept + 1 + header}
    assert list(read.space.words) == words[:kept]
    np.testing.assert_array_equal(read.space.vectors, vectors[:kept])


def test_truncated_archive_loses_no_whole_line(tmp_path: Path) -> None:
    # Stored, not deflated: how many bytes survive is known, and so how many lines.
    content = text(WORDS, VECTORS, header=False)
    cut = 100_000
    path = store(tmp_path / "x", gzip.compress(content, compresslevel=0)[:cut])
    survived = zlib.decompressobj(wbits=31).decompress(path.read_bytes())
    read = read_space(path, language="fr", on_error="skip")
    assert read.report.kept == survived.count(b"\n") > 100


def test_limit_needs_no_more_than_it_reads(tmp_path: Path) -> None:
    compressed = gzip.compress(text(WORDS, VECTORS))
    path = store(tmp_path / "x", compressed[: len(compressed) // 2])
    assert read_space(path, language="fr", limit=10).space.words == tuple(WORDS[:10])


def test_damaged_stream(tmp_path: Path) -> None:
    compressed = gzip.compress(text(WORDS, VECTORS))
    no_such_block = b"\x07"
    path = store(tmp_path / "x", compressed[:10] + no_such_block + compressed[11:])
    with pytest.raises(CorruptArchiveError, match="damaged"):
        read_space(path, language="fr")


def test_damaged_zip_whose_text_is_plausible(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inside", b"mot 1.5 2.5\nfin 1 2\n")
    content = buffer.getvalue().replace(b"1.5", b"1.7")
    with pytest.raises(CorruptArchiveError, match="damaged"):
        read_space(store(tmp_path / "x", content), language="fr")


def test_encrypted_zip(tmp_path: Path) -> None:
    content = bytearray(_zip(b"mot 1.5 2.5\n"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.rindex(signature)
        content[at + offset] |= 1
    with pytest.raises(CorruptArchiveError, match="encrypted"):
        read_space(store(tmp_path / "x", bytes(content)), language="fr")


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_archive_of_nothing(tmp_path: Path, compression: str) -> None:
    path = store(tmp_path / "x", COMPRESSIONS[compression](b""))
    with pytest.raises(EmptyFileError):
        read_space(path, language="fr")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file") as caught:
        read_space(tmp_path / "missing.vec", language="fr")
    assert caught.value.path == tmp_path / "missing.vec"


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="directory"):
        read_space(tmp_path, language="fr")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not bind the superuser, so the refusal is played.
    path = store(tmp_path / "x", b"mot 1 2\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFileError, match="Permission denied"):
        read_space(path, language="fr")


def test_named_pipe(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = gzip.compress(text(WORDS, VECTORS))
    writer = threading.Thread(target=path.write_bytes, args=(content,))
    writer.start()
    read = read_space(path, language="fr")
    writer.join()
    assert list(read.space.words) == WORDS
