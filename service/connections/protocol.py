"""HTTP/1.1 by uvicorn and httptools, with bounds on all that comes before a request is known.

uvicorn gathers a head as large as the caller likes for as long as the caller likes, before any key
is asked for. Here its bytes, its fields, its address and its time are bounded.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from isogloss.service.connections import refusals
from isogloss.service.connections.limits import (
    MOST_PIPELINED,
    MOST_TRAILER_BYTES,
    ConnectionLimits,
)
from isogloss.service.connections.refusals import Refusal

_FAREWELL_SECONDS = 1.0
_SECONDS_TO_SEND = 3.0
_FAREWELL_BYTES = 1 << 20
_OLD, _NEW = "1.0", "1.1"


class _RefusedError(Exception):
    """Ends the parser; what to answer is kept by the protocol."""


def bounded_protocol(
    limits: ConnectionLimits, refused: Callable[[Refusal], object] = lambda refusal: None
) -> type[asyncio.Protocol]:
    """Make the protocol of a server.

    Args:
        limits: Its bounds.
        refused: Is told of every head that is refused.

    """

    class Protocol(BoundedProtocol):
        """The protocol of one server."""

        _limits = limits
        _refused = staticmethod(refused)

    return Protocol


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    A head has to be complete in time. From there on the deadline of the request counts, and between
    requests the keep-alive of uvicorn.
    """

    _limits: ConnectionLimits
    _refused: Callable[[Refusal], object]

    _waiting: asyncio.TimerHandle | None = None
    _refusal: Refusal | None = None
    _in_head = True
    # Bytes and fields of the head, or of what follows the body; both are gathered by the parser.
    _field_bytes = _fields = 0
    # Bytes that came since the parser has last given out anything: it may be keeping them.
    _kept = 0
    _gave = False
    _resuming = False
    # When it was opened, or has last said what it wants.
    _since = 0.0
    _leaving = False
    _thrown_away = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        limits = self._limits
        self._since = self.loop.time()
        if len(self.connections) > limits.connections and not self._make_room():
            transport.abort()
            return
        self._waiting = self.loop.call_later(limits.head_seconds, transport.abort)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            transport.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * limits.unread_seconds)
            )

    def _make_room(self) -> bool:
        """Close the connection that has said nothing for longest; else one that sends slowly."""
        others = [each for each in self.connections if isinstance(each, BoundedProtocol)]
        idle = [each for each in others if each is not self and each._is_idle()]
        late = self.loop.time() - _SECONDS_TO_SEND
        slow = [each for each in others if each._still_sends() and each._since < late]
        for candidates in (idle, slow):
            if candidates:
                min(candidates, key=lambda each: each._since).transport.abort()
                return True
        return False

    def _is_idle(self) -> bool:
        return self.cycle is None or (self.cycle.response_complete and not self.pipeline)

    def _still_sends(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_started

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and wait no longer once the head is complete."""
        if self._refusal is not None:
            self._throw_away(len(data))
            return
        self._unset_keepalive_if_required()
        self._gave = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal or refusals.malformed("the request is no HTTP/1.1"))
            return
        self._kept = 0 if self._gave else self._kept + len(data)
        if self._kept > self._limits.head_bytes:
            self._refuse(self._too_large())
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._waiting is None and not self.transport.is_closing():
            # Less than a whole head, after an earlier request: uvicorn's own timer, which runs
            # between requests, was stopped by its first byte.
            self._waiting = self.loop.call_later(self._limits.head_seconds, self.transport.abort)

    def on_message_begin(self) -> None:
        """Begin a head."""
        if self._resuming:
            return
        self._begin(in_head=True)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        if self._resuming:
            return
        self._gave = True
        if len(self.url) + len(url) > self._limits.address_bytes:
            self._end(refusals.long_address(self._limits.address_bytes))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; what follows a body is counted and dropped."""
        if self._resuming:
            return
        self._gave = True
        self._fields += 1
        self._field_bytes += len(name) + len(value)
        limits = self._limits
        most = limits.head_bytes if self._in_head else MOST_TRAILER_BYTES
        if self._field_bytes > most or self._fields > limits.headers:
            self._end(self._too_large())
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request, if its head is one that can be understood in one way only."""
        if self._resuming:
            return
        if len(self.pipeline) >= MOST_PIPELINED:
            self._end(refusals.malformed(f"expected at most {MOST_PIPELINED} requests that wait"))
        self._check_head()
        self._since = self.loop.time()
        self._begin(in_head=False)
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """Begin a chunk; the last one is followed by fields."""
        self._begin(in_head=False)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._gave = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body, unless the parser only believes that what follows is another protocol."""
        self._gave = True
        if not (self.parser.should_upgrade() and self._framing()):
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what uvicorn would refuse, in our own shape."""
        self._refuse(refusals.malformed(msg))

    def _begin(self, *, in_head: bool) -> None:
        self._gave = True
        self._in_head = in_head
        self._field_bytes = self._fields = 0

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in {_OLD, _NEW}:
            self._end(refusals.unknown_version(version))
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and version == _NEW):
            # RFC 9112, section 3.2.
            self._end(refusals.malformed(f"expected one field host, found {hosts}"))
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (len(codings) > 1 or codings[0].strip().lower() != b"chunked"):
            self._end(refusals.unknown_coding())

    def _too_large(self) -> Refusal:
        if not self._in_head:
            return refusals.large_head("bytes behind the body", MOST_TRAILER_BYTES)
        if self._fields > self._limits.headers:
            return refusals.large_head("fields of the head", self._limits.headers)
        return refusals.large_head("bytes of the head", self._limits.head_bytes)

    def _end(self, refusal: Refusal) -> None:
        """End the parser; it raises an error of its own, which is where the refusal is answered."""
        self._refusal = refusal
        raise _RefusedError

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with an error, behind the answers that are owed already, and read no further."""
        self._refusal = refusal
        self._stop()
        self._refused(refusal)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._say_goodbye()
        elif cycle.more_body:
            # It is the rest of this request that is wrong: nothing more will come of it.
            cycle.disconnected = True
            cycle.message_event.set()
            if self.pipeline:
                self.pipeline.popleft()
            elif cycle.response_started:
                self.transport.close()
            else:
                self._say_goodbye()

    def on_response_complete(self) -> None:
        """Go on with the next request; say goodbye where what followed was refused."""
        if self._refusal is not None and not self.pipeline and not self.transport.is_closing():
            self._say_goodbye()
        else:
            super().on_response_complete()

    def _say_goodbye(self) -> None:
        assert self._refusal is not None
        self._unset_keepalive_if_required()
        self.transport.write(self._refusal.answer())
        # Who is cut off while it sends may never see the answer: read on for a moment.
        self._leaving = True
        self._waiting = self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _throw_away(self, count: int) -> None:
        self._thrown_away += count
        if self._thrown_away > _FAREWELL_BYTES:
            self.transport.abort()

    def eof_received(self) -> None:
        """Close at once where the caller has read the refusal and closed its side."""
        if self._leaving:
            self.transport.abort()

    def _framing(self) -> bytes:
        """Give the field that says how long the body is; nothing where there is no body."""
        for name, value in self.headers:
            if name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 ")):
                return b"%b: %b\r\n" % (name, value)
        return b""

    def _go_on(self, rest: bytes) -> None:
        """Stay with HTTP/1.1, which is what a server does that does not follow an offer to upgrade.

        The parser takes all that follows such an offer for another protocol, the body too. A new
        one takes over, which has seen a head with the same framing.
        """
        framing = self._framing()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if framing:
            self._resuming = True
            self.parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")
            self._resuming = False
        if rest:
            self.data_received(rest)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
