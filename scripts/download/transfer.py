"""One file over HTTP into a part that a later attempt goes on with.

What has come stands in ``NAME.part``, and beside it what the server said it is a part of (RFC 9110,
13.1.5). A resumed request asks for the rest *if* the file is still that one; else all of it comes,
and the part begins anew.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import httpx

from isogloss.models.errors import DownloadError, NotPublishedError, StorageError, TransferError

_BYTES_AT_ONCE = 1 << 20
_PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Gauge(Protocol):
    """Looks at the bytes as they come, and says when there are enough."""

    def __call__(self, piece: bytes, /) -> bool:
        """Take the next bytes; whether no more are needed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to hope.

    Attributes:
        attempts: Failures in a row, without a byte between them, that end it.
        seconds: Pause after the first failure; each further one doubles it.
        silence: Seconds without a byte that are a failure.

    """

    attempts: int = 5
    seconds: float = 1.0
    silence: float = 30.0


class _BrokenError(Exception):
    """The transfer ended early, and may go on."""


def open_client(patience: Patience) -> httpx.Client:
    """Open a client that follows redirects, but never from https to plain http."""
    return httpx.Client(
        follow_redirects=True,
        timeout=patience.silence,
        # The bytes as they are published: servers love to pack what is packed.
        headers={"User-Agent": "isogloss", "Accept-Encoding": "identity"},
        event_hooks={"response": [_refuse_downgrade]},
    )


def transfer(
    client: httpx.Client,
    address: str,
    part: Path,
    *,
    observe: Callable[[int, int | None], None],
    patience: Patience,
    make_gauge: Callable[[], Gauge] | None = None,
) -> None:
    """Bring a file, or its rest, into ``part``.

    Args:
        client: Who asks.
        address: Where the file is published.
        part: What has come so far, and will have come.
        observe: Is told the bytes that are there, and how many there will be where that is known.
        patience: How often and how long a broken connection is tried again.
        make_gauge: Makes what decides when there is enough, told all bytes from the first on; None
            brings the whole file.

    Raises:
        NotPublishedError: The server answers that it has no such file, or may not give it.
        TransferError: The connection broke too often. What came is kept.
        StorageError: The folder cannot take the file. What came is kept.

    """
    failures, before = 0, _size(part)
    while True:
        try:
            _attempt(client, address, part, observe, make_gauge)
            return
        except (httpx.TransportError, _BrokenError) as error:
            kept = _size(part)
            failures = 1 if kept > before else failures + 1
            before = kept
            if failures >= patience.attempts:
                reason = f"{failures} attempts failed, the last with: {_reason(error)}"
                raise TransferError(address, _with_kept(reason, kept)) from error
            time.sleep(patience.seconds * 2 ** (failures - 1))
        except httpx.HTTPError as error:
            raise TransferError(address, _reason(error)) from error


def discard_part(part: Path) -> None:
    """Remove a part and what is noted of it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _attempt(
    client: httpx.Client,
    address: str,
    part: Path,
    observe: Callable[[int, int | None], None],
    make_gauge: Callable[[], Gauge] | None,
) -> None:
    """Ask once for what is missing.

    Raises:
        _BrokenError: It ended early.
        TransportError: So it did, or it did not begin.

    """
    enough: Gauge = make_gauge() if make_gauge else _never
    if make_gauge is not None and _tell(enough, part):
        return
    have, note = _size(part), _read_note(part)
    # Without what the server said before, nothing would tell the file from a later one.
    headers = {"Range": f"bytes={have}-", "If-Range": note} if have and note else {}
    with client.stream("GET", address, headers=headers) as response:
        if _is_whole(response, have, note):
            return
        if not _continues(response, have, note):
            # Before the note is written, so that it never stands beside a part of another file.
            discard_part(part)
            _check_status(address, response)
            have, enough = 0, make_gauge() if make_gauge else _never
        length = _length(response)
        total = None if length is None else have + length
        _check_space(address, part, length if make_gauge is None else None)
        with _storage(address, part):
            _write_note(part, response)
            with part.open("ab") as file:
                for piece in response.iter_raw():
                    file.write(piece)
                    have += len(piece)
                    observe(have, total)
                    if enough(piece):
                        return
    if total is not None and have != total:
        raise _BrokenError(f"{have} of {total} bytes came")


def _continues(response: httpx.Response, have: int, note: str | None) -> bool:
    """Whether the answer goes on where the part ends, in the same file."""
    return (
        response.status_code == HTTPStatus.PARTIAL_CONTENT
        and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        and _validator(response) in {None, note}
    )


def _is_whole(response: httpx.Response, have: int, note: str | None) -> bool:
    """Whether nothing is missing: the range asked for begins at the very end of the same file."""
    return (
        response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        and response.headers.get("Content-Range") == f"bytes */{have}"
        and _validator(response) in {None, note}
    )


def _check_status(address: str, response: httpx.Response) -> None:
    status = response.status_code
    answer = f"{status} {response.reason_phrase}".strip()
    if status == HTTPStatus.OK:
        return
    if status in _PASSING:
        raise _BrokenError(f"the server answers {answer}")
    if status in {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}:
        raise _BrokenError("the file has changed on the server")
    raise NotPublishedError(address, f"expected the file, the server answers {answer}")


def _validator(response: httpx.Response) -> str | None:
    """Find what tells this file from a later one: a strong ETag, else the date of its change."""
    tag = response.headers.get("ETag")
    if tag is not None and not tag.startswith("W/"):
        return str(tag)
    date = response.headers.get("Last-Modified")
    return None if date is None else str(date)


def _length(response: httpx.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _tell(enough: Gauge, part: Path) -> bool:
    """Tell the gauge what has come already; whether that is enough."""
    if not _size(part):
        return False
    with part.open("rb") as file:
        return any(enough(piece) for piece in iter(lambda: file.read(_BYTES_AT_ONCE), b""))


def _never(_: bytes) -> bool:
    return False


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.of")


def _read_note(part: Path) -> str | None:
    try:
        return _note(part).read_text(encoding="utf-8") or None
    except FileNotFoundError:
        return None


def _write_note(part: Path, response: httpx.Response) -> None:
    _note(part).write_text(_validator(response) or "", encoding="utf-8")


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _check_space(address: str, part: Path, needed: int | None) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed is not None and needed > free:
        raise StorageError(
            address, f"expected room for {needed} bytes in {part.parent}, found {free}"
        )


@contextmanager
def _storage(address: str, part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "; free some room" if error.errno in _NO_ROOM else ""
        reason = f"{part} cannot be written: {error.strerror}{hint}"
        raise StorageError(address, _with_kept(reason, _size(part))) from error


def _with_kept(reason: str, kept: int) -> str:
    return f"{reason}; {kept} bytes are kept, and the same command goes on" if kept else reason


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _refuse_downgrade(response: httpx.Response) -> None:
    if not response.has_redirect_location or response.url.scheme != "https":
        return
    target = response.url.join(response.headers["Location"])
    if target.scheme != "https":
        raise DownloadError(str(response.url), f"expected a redirect to https, found {target}")
