"""An uploaded file with its fields: the file goes to the disk as it comes.

Starlette has a parser of forms too. It bounds neither the bytes of a file nor those of the head of
a part, and writes to the disk on the event loop; so only the parser beneath it is taken.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO

from anyio import to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from isogloss.service.body_limit import BodyMemory
from isogloss.service.errors import ServiceError, TooLargeError, TooManyRequestsError
from isogloss.service.streaming.media_types import MULTIPART, UnsupportedMediaTypeError
from isogloss.service.streaming.streamed_answer import InsufficientStorageError

_BYTES_AT_ONCE = 1 << 20
_LONGEST_FIELD = 1000
_MOST_FIELDS = 16
_LONGEST_HEAD = 8192
_FILE_FIELD = "file"


class MalformedFormError(ServiceError):
    """The body is no form with one file."""

    def __init__(self, reason: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "bad_request", f"form: {reason}")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that came whole.

    Attributes:
        file: Where the uploaded file lies for now.
        fields: The other fields.

    """

    file: Path
    fields: dict[str, str]


@asynccontextmanager
async def uploaded_form(request: Request, most_bytes: int, disk: BodyMemory) -> AsyncIterator[Form]:
    """Receive a form; its file is deleted at the end.

    Args:
        request: Whose body is the form.
        most_bytes: Of the file.
        disk: What all such files take together.

    Raises:
        UnsupportedMediaTypeError: The body is no form.
        MalformedFormError: The form is broken, or has not one file.
        TooLargeError: The file or a field is too long.
        TooManyRequestsError: All uploaded files together take too much.
        InsufficientStorageError: The disk is full.

    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1") != MULTIPART or b"boundary" not in options:
        found = ascii(request.headers.get("content-type", "nothing"))[1:-1][:100]
        raise UnsupportedMediaTypeError([MULTIPART], found)
    # Not in a block of its own: the name must stand until the answer is made.
    with tempfile.NamedTemporaryFile(prefix="isogloss-upload-", buffering=_BYTES_AT_ONCE) as spool:
        receiver = _Receiver(spool, options[b"boundary"], most_bytes)
        try:
            await _receive(request, receiver, disk)
            yield Form(Path(spool.name), receiver.fields)
        finally:
            disk.taken -= receiver.received


async def _receive(request: Request, receiver: _Receiver, disk: BodyMemory) -> None:
    waiting = bytearray()
    try:
        async for data in request.stream():
            waiting += data
            receiver.received += len(data)
            disk.taken += len(data)
            if disk.taken > disk.limit:
                raise TooManyRequestsError(
                    "overloaded", "the files of all uploads take too much room", 10
                )
            if len(waiting) >= _BYTES_AT_ONCE:
                await to_thread.run_sync(receiver.write, bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(receiver.finish, bytes(waiting))
    except FormParserError as error:
        raise MalformedFormError("cannot be read as multipart") from error
    except ClientDisconnect:
        raise
    except OSError as error:
        raise InsufficientStorageError from error


@dataclass(slots=True)
class _Part:
    name: str = ""
    content: bytearray = field(default_factory=bytearray)


class _Receiver:
    """Takes the parts of a form from the parser."""

    def __init__(self, spool: IO[bytes], boundary: bytes, most_bytes: int) -> None:
        self.fields: dict[str, str] = {}
        self.received = 0
        self._spool = spool
        self._most_bytes = most_bytes
        self._file_bytes = 0
        self._files = 0
        self._ended = False
        self._part = _Part()
        self._head_bytes = 0
        self._header = (bytearray(), bytearray())
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, start, end: self._gather(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._gather(1, data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": lambda data, start, end: self._take(data[start:end]),
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def write(self, data: bytes) -> None:
        """Take bytes of the body."""
        self._parser.write(data)

    def finish(self, data: bytes) -> None:
        """Take the last bytes of the body."""
        if data:
            self._parser.write(data)
        if not self._ended:
            raise MalformedFormError("ends too early")
        if not self._files:
            raise MalformedFormError(f"expected a file in the field {_FILE_FIELD!r}, found none")
        self._spool.flush()

    def _begin_part(self) -> None:
        self._part = _Part()
        self._head_bytes = 0

    def _gather(self, which: int, data: bytes) -> None:
        self._head_bytes += len(data)
        if self._head_bytes > _LONGEST_HEAD:
            raise MalformedFormError(f"expected at most {_LONGEST_HEAD} bytes before a part")
        self._header[which].extend(data)

    def _end_header(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(value))
            self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        name.clear()
        value.clear()

    def _end_headers(self) -> None:
        if self._part.name != _FILE_FIELD:
            return
        self._files += 1
        if self._files > 1:
            raise MalformedFormError("expected one file, found several")

    def _take(self, data: bytes) -> None:
        if self._part.name == _FILE_FIELD:
            self._file_bytes += len(data)
            if self._file_bytes > self._most_bytes:
                raise TooLargeError(
                    "bytes of the file", expected=self._most_bytes, found=self._file_bytes
                )
            self._spool.write(data)
            return
        self._part.content += data
        if len(self._part.content) > _LONGEST_FIELD:
            raise TooLargeError(
                "bytes of a field", expected=_LONGEST_FIELD, found=len(self._part.content)
            )

    def _end_part(self) -> None:
        if self._part.name == _FILE_FIELD:
            return
        if self._part.name in self.fields or len(self.fields) >= _MOST_FIELDS:
            raise MalformedFormError("a field stands twice, or there are too many")
        self.fields[self._part.name] = self._part.content.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True
