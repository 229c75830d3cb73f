"""Why a head is refused, before there is a request that the application could answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the protocol answers itself, in the one shape that errors have.

    Attributes:
        status: Status of the answer.
        code: What went wrong, for machines.
        message: The same for people.

    """

    status: HTTPStatus
    code: str
    message: str

    def answer(self) -> bytes:
        """Write status line, head and body; the connection ends with them."""
        error = {"code": self.code, "message": self.message, "detail": {}}
        body = json.dumps({"error": error}).encode("ascii")
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n"
            "content-type: application/json\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        return head.encode("ascii") + body


def malformed(reason: str) -> Refusal:
    """Refuse what is no HTTP."""
    return Refusal(HTTPStatus.BAD_REQUEST, "bad_request", reason)


def long_address(most: int) -> Refusal:
    """Refuse an address that is too long."""
    message = f"address: expected at most {most} bytes, found more"
    return Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "address_too_long", message)


def large_head(what: str, most: int) -> Refusal:
    """Refuse a head, or what follows a body, that is too large."""
    message = f"{what}: expected at most {most}, found more"
    return Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", message)


def unknown_version(found: str) -> Refusal:
    """Refuse another version of HTTP than 1.0 and 1.1."""
    message = f"HTTP version: expected 1.0 or 1.1, found {found}"
    return Refusal(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "http_version", message)


def unknown_coding() -> Refusal:
    """Refuse a transfer coding other than ``chunked`` (RFC 9112, section 6.1)."""
    return Refusal(
        HTTPStatus.NOT_IMPLEMENTED, "transfer_coding", "transfer-encoding: expected chunked alone"
    )
