"""The whole way of `isogloss download`: from the cache if it is there, else over HTTP into it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import filelock

from isogloss.models.errors import ContentError, FileError, StorageError
from isogloss.models.spaces.lexicon import read_lexicon
from isogloss.scripts.download.cache import Record, describe, find, keep
from isogloss.scripts.download.first_words import WordGauge, keep_first_words
from isogloss.scripts.download.publications import (
    MUSE,
    PublishedFile,
    fasttext_vectors,
    glove_archive,
    glove_member,
)
from isogloss.scripts.download.transfer import Patience, discard_part, open_client, transfer

_BYTES_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told what.

    Attributes:
        announce: Told of a file before it is fetched, and where it will stand.
        bytes_came: Told a name, the bytes that came, and of how many, where that is known.
        words_came: Told a name, the words that came, and of how many.

    """

    announce: Callable[[PublishedFile, str, Path], None]
    bytes_came: Callable[[str, int, int | None], None]
    words_came: Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What all downloads have in common.

    Attributes:
        folder: The cache.
        mirror: Base address in place of the publisher's.
        again: Fetch it even if it is there.
        sha256: Checksum that the file must have, in hexadecimal digits.
        patience: How often and how long a broken connection is tried again.

    """

    folder: Path
    mirror: str | None = None
    again: bool = False
    sha256: str | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file in the cache.

    Attributes:
        path: Where it stands.
        record: Where it came from.
        reused: Whether it was there.

    """

    path: Path
    record: Record
    reused: bool


def fetch_file(file: PublishedFile, request: Request, watch: Watch) -> Fetched:
    """Bring a published file into the cache.

    Raises:
        NotPublishedError: The server does not have it.
        TransferError: The connection broke too often; what came is kept.
        ContentError: What came, or what is in the cache, is not what is expected.
        StorageError: The cache cannot take it.

    """
    address = file.address(request.mirror)
    path = request.folder / file.publication.name / file.name

    def bring(part: Path) -> int | None:
        with open_client(request.patience) as client:
            observe = partial(watch.bytes_came, file.name)
            transfer(client, address, part, observe=observe, patience=request.patience)
        _check_beginning(file, address, part)
        return None

    return _cached(file, path, request, watch, bring)


def fetch_first_words(language: str, words: int, request: Request, watch: Watch) -> Fetched:
    """Bring the first words of a language's fastText vectors; the rest is not even fetched.

    Raises:
        NotPublishedError: The server has no vectors of this language.
        TransferError: The connection broke too often; what came is kept.
        ContentError: What came, or what is in the cache, is not what is expected.
        StorageError: The cache cannot take it.

    """
    file = fasttext_vectors(language)
    address = file.address(request.mirror)
    name = file.name.replace(".vec.gz", f".first-{words}.vec.gz")
    path = request.folder / file.publication.name / name

    def bring(part: Path) -> int:
        observe = partial(watch.words_came, name)
        with open_client(request.patience) as client:
            transfer(
                client,
                address,
                part,
                observe=lambda done, total: None,
                patience=request.patience,
                make_gauge=lambda: WordGauge(address, words, observe),
            )
        shorter = part.with_suffix(".words")
        count = keep_first_words(address, part, shorter, words)
        shorter.replace(part)
        return count

    return _cached(file, path, request, watch, bring)


def fetch_glove(dimension: int, request: Request, watch: Watch) -> Fetched:
    """Bring the archive of GloVe vectors into the cache, and take one dimension out of it.

    Raises:
        OptionError: There are no vectors of this dimension.
        NotPublishedError: The server does not have it.
        TransferError: The connection broke too often; what came is kept.
        ContentError: What came, or what is in the cache, is not what is expected.
        StorageError: The cache cannot take it.

    """
    member = glove_member(dimension)
    file = glove_archive()
    path = request.folder / file.publication.name / member

    def bring(part: Path) -> None:
        archive = fetch_file(file, request, watch)
        _extract(archive, member, part, partial(watch.bytes_came, member))

    # The checksum that was asked for is that of the published file, the archive.
    return _cached(file, path, request, watch, bring, published=False)


def _cached(
    file: PublishedFile,
    path: Path,
    request: Request,
    watch: Watch,
    bring: Callable[[Path], int | None],
    *,
    published: bool = True,
) -> Fetched:
    """Take a file from the cache, or have it brought there.

    Args:
        file: What is published.
        path: Where it, or what is made of it, stands in the cache.
        request: What was asked for.
        watch: Who is told.
        bring: Brings it into a part; gives the number of words where these are not all.
        published: Whether it is the published file, and not taken out of it.

    """
    address = file.address(request.mirror)
    part = path.with_name(f"{path.name}.part")
    with _alone(address, path):
        known = None if request.again else find(path)
        if known is not None:
            if published:
                _check_sum(address, known, request.sha256)
            return Fetched(path=path, record=known, reused=True)
        if published:
            watch.announce(file, address, path)
        with _storable(address, path):
            try:
                words = bring(part)
                record = describe(
                    part,
                    address=address,
                    licence=file.publication.licence,
                    citation=file.publication.citation,
                    words=words,
                )
                if published:
                    _check_sum(address, record, request.sha256)
            except ContentError:
                # Nothing to go on with: what came is not what was asked for.
                discard_part(part)
                raise
            keep(part, path, record)
            discard_part(part)
    return Fetched(path=path, record=record, reused=False)


@contextmanager
def _alone(address: str, path: Path) -> Iterator[None]:
    """Keep others from the same file while the block runs."""
    with _storable(address, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise StorageError(address, f"another download of {path} is under way") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _storable(address: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(address, f"{path} cannot be written: {error.strerror}") from error


def _check_sum(address: str, record: Record, expected: str | None) -> None:
    if expected is not None and expected.lower() != record.sha256:
        raise ContentError(address, f"expected the sha256 {expected}, found {record.sha256}")


def _check_beginning(file: PublishedFile, address: str, part: Path) -> None:
    """Refuse what is certainly something else, for instance the page of a hotel's network."""
    with part.open("rb") as stream:
        found = stream.read(40)
    reason = None
    if not found.startswith(file.begins):
        reason = f"expected a file that begins with {file.begins!r}, found {found!r}"
    elif file.publication is MUSE:
        try:
            read_lexicon(part)
        except FileError as error:
            reason = f"expected a dictionary: {error.reason}"
    if reason is not None:
        raise ContentError(address, reason)


def _extract(
    archive: Fetched, member: str, part: Path, observe: Callable[[int, int | None], None]
) -> None:
    address = archive.record.address
    try:
        with zipfile.ZipFile(archive.path) as opened:
            total, done = opened.getinfo(member).file_size, 0
            with opened.open(member) as packed, part.open("wb") as file:
                while piece := packed.read(_BYTES_AT_ONCE):
                    file.write(piece)
                    done += len(piece)
                    observe(done, total)
    except KeyError as error:
        raise ContentError(address, f"expected {member} in the archive, found none") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        reason = f"{archive.path} is damaged: {error}; --again fetches it anew"
        raise ContentError(address, reason) from error
