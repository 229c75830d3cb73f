"""The folder of what was downloaded: each file with a record of where it came from beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from isogloss.models.checkpoint import sha256_of_file
from isogloss.models.errors import ContentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Where a file in the cache came from.

    Attributes:
        address: Where it was fetched.
        licence: Under what it is published.
        citation: The paper that its authors ask to cite.
        fetched: When, as ISO 8601.
        bytes: Its size.
        sha256: Its checksum when it was fetched.
        words: How many of the first words were kept; None: all of them.

    """

    address: str
    licence: str
    citation: str
    fetched: str
    bytes: int
    sha256: str
    words: int | None = None


def default_folder() -> Path:
    """Where this platform keeps what can be fetched again, such as ``~/.cache/isogloss``."""
    return platformdirs.user_cache_path("isogloss", appauthor=False)


def record_of(path: Path) -> Path:
    """Where the record of a file stands."""
    return path.with_name(f"{path.name}.json")


def describe(
    path: Path, *, address: str, licence: str, citation: str, words: int | None = None
) -> Record:
    """Take the checksum of a file that has just come."""
    return Record(
        address=address,
        licence=licence,
        citation=citation,
        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
        bytes=path.stat().st_size,
        sha256=sha256_of_file(path),
        words=words,
    )


def keep(part: Path, path: Path, record: Record) -> None:
    """Put a complete file in its place, with its record."""
    # The record first: a record without its file counts for nothing, a file without one is refused.
    document = json.dumps(asdict(record), indent=2, ensure_ascii=False) + "\n"
    record_of(path).write_text(document, encoding="utf-8")
    part.replace(path)


def find(path: Path) -> Record | None:
    """Find a file in the cache, and check that it still is what was fetched.

    Returns:
        Its record; None where the file is not there.

    Raises:
        ContentError: There is no usable record beside it, or its checksum is another.

    """
    if not path.is_file():
        return None
    try:
        record = Record(**json.loads(record_of(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        reason = f"expected its record in {record_of(path)}; --again fetches it anew"
        raise ContentError(str(path), reason) from error
    found = sha256_of_file(path)
    if found != record.sha256:
        raise ContentError(
            str(path),
            f"expected the sha256 {record.sha256} that it came with, found {found}; "
            "--again fetches it anew",
        )
    return record
