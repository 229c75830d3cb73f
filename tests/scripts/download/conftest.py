"""A publisher on this machine: an HTTP server that does what it is told, good and bad."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from isogloss.scripts.download.fetching import Request, Watch
from isogloss.scripts.download.publications import PublishedFile
from isogloss.scripts.download.transfer import Patience


@dataclass(slots=True)
class Publisher:
    """What the server has and how it behaves; and what it was asked.

    Attributes:
        files: Path → content.
        tag: The ETag of every file; None: it gives none.
        date: The Last-Modified of every file.
        ranges: Whether it sends parts.
        heeds_conditions: Whether it looks at If-Range; some do not.
        breaks: After how many bytes of the body each of the next answers breaks off.
        statuses: What the next requests get in place of an answer.
        redirects: Path → where it is now.
        announces_length: Whether it says how long the body is; else the body ends with the
            connection.
        requests: Path, Range and If-Range of each request.

    """

    files: dict[str, bytes]
    port: int = 0
    tag: str | None = '"one"'
    date: str | None = None
    ranges: bool = True
    heeds_conditions: bool = True
    breaks: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    announces_length: bool = True
    sent: int = 0
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            wanted, condition = self.headers["Range"], self.headers["If-Range"]
            publisher.requests.append((self.path, wanted, condition))
            if publisher.statuses:
                self._head(publisher.statuses.pop(0), {"Content-Length": "0"})
                return
            if self.path in publisher.redirects:
                place = publisher.redirects[self.path]
                self._head(302, {"Location": place, "Content-Length": "0"})
                return
            content = publisher.files.get(self.path)
            if content is None:
                self._head(404, {"Content-Length": "0"})
                return
            known = {publisher.tag, publisher.date} - {None}
            met = condition is None or condition in known or not publisher.heeds_conditions
            begin, status, headers = 0, 200, dict[str, str]()
            if wanted and publisher.ranges and met:
                match = re.fullmatch(r"bytes=([0-9]+)-", wanted)
                assert match is not None, wanted
                begin, status = int(match[1]), 206
                if begin >= len(content):
                    self._head(
                        416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"}
                    )
                    return
                headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
            body = content[begin:]
            if publisher.announces_length:
                headers["Content-Length"] = str(len(body))
            self._head(status, headers)
            size = publisher.breaks.pop(0) if publisher.breaks else len(body)
            try:
                for start in range(0, min(size, len(body)), 4096):
                    piece = body[start : min(start + 4096, size)]
                    self.wfile.write(piece)
                    publisher.sent += len(piece)
            except (BrokenPipeError, ConnectionResetError):
                return  # the caller has enough
            self.close_connection = True

        def _head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            if publisher.tag is not None:
                self.send_header("ETag", publisher.tag)
            if publisher.date is not None:
                self.send_header("Last-Modified", publisher.date)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    # A proxy of the machine would be asked for 127.0.0.1 too.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    published = Publisher({})
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(published)) as server:
        published.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield published
        server.shutdown()
        thread.join()


IMPATIENT = Patience(attempts=3, seconds=0.0, silence=5.0)


@pytest.fixture
def request_(publisher: Publisher, tmp_path: Path) -> Request:
    return Request(folder=tmp_path / "cache", mirror=publisher.address, patience=IMPATIENT)


@dataclass(slots=True)
class Told:
    """What was told while a file came."""

    announced: list[tuple[PublishedFile, str, Path]] = field(default_factory=list)
    came: list[tuple[str, int, int | None]] = field(default_factory=list)
    words: list[tuple[str, int, int]] = field(default_factory=list)

    def watch(self) -> Watch:
        return Watch(
            announce=lambda *what: self.announced.append(what),
            bytes_came=lambda *what: self.came.append(what),
            words_came=lambda *what: self.words.append(what),
        )


@pytest.fixture
def told() -> Told:
    return Told()
