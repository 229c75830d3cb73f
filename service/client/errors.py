"""Errors of the client: one class per code that the service answers with.

ClientError
├── ConnectionLostError             no answer came, or only half of one
└── ApiError                        the service answered with an error
    ├── RefusedError                the request is wrong, and will be wrong again
    │   ├── BadRequestError, InvalidRequestError, MalformedStreamError
    │   ├── ShapeError, NonFiniteInputError, OptionError, TooLargeError, MalformedFileError
    │   ├── UnknownPairError, UnknownPivotError, NotFoundError, MethodNotAllowedError
    │   ├── NotAcceptableError, UnsupportedMediaTypeError
    │   ├── AddressTooLongError, HeadTooLargeError, TransferCodingError, HttpVersionError
    │   ├── UnknownHostError, ForeignOriginError, DirectionsError
    │   └── UnauthenticatedError, ForbiddenError
    └── UnavailableError            the same request may succeed later
        ├── RateLimitedError, OverloadedError, BusyError, NotReadyError, ShuttingDownError
        └── SlowRequestError, DeadlineError, InsufficientStorageError, MalformedMapError,
            InternalError
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from isogloss.models.errors import IsoglossError


class ClientError(IsoglossError):
    """Base of what the client raises."""


class ConnectionLostError(ClientError):
    """No answer came, or only half of one."""


class ApiError(ClientError):
    """The service answered with an error.

    Attributes:
        status: Status of the answer.
        code: What went wrong, for machines.
        message: The same for people.
        detail: What was expected and found, and the like.
        request_id: Under which the server's log speaks of the request; None where it gave none.

    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        detail: Mapping[str, Any] | None = None,
        request_id: str | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.detail = dict(detail or {})
        self.request_id = request_id
        super().__init__(f"{message} ({status} {code})")


class RefusedError(ApiError):
    """The request is wrong, and will be wrong again."""


class BadRequestError(RefusedError):
    """The body is no JSON that can be read."""


class InvalidRequestError(RefusedError):
    """A field is missing, unknown or of the wrong type."""


class MalformedStreamError(RefusedError):
    """A stream cannot be read as what its media type says."""


class MalformedFileError(RefusedError):
    """An uploaded file cannot be read as word vectors."""


class ShapeError(RefusedError):
    """A vector has the wrong dimension."""


class NonFiniteInputError(RefusedError):
    """A number is too large for float32."""


class OptionError(RefusedError):
    """An option has a value that the service does not allow."""


class TooLargeError(RefusedError):
    """The body, a word, or the number of rows is too large."""


class UnknownPairError(RefusedError):
    """The pair is not served."""


class UnknownPivotError(RefusedError):
    """There is no way through the third language."""


class NotFoundError(RefusedError):
    """No such path."""


class MethodNotAllowedError(RefusedError):
    """No such method on this path."""


class NotAcceptableError(RefusedError):
    """The answer has no form that was asked for."""


class UnsupportedMediaTypeError(RefusedError):
    """The body has a form that is not read."""


class UnauthenticatedError(RefusedError):
    """No key was shown, or one that is not known."""


class ForbiddenError(RefusedError):
    """The key has another role."""


class ForeignOriginError(RefusedError):
    """A page of another site asks a service without keys."""


class AddressTooLongError(RefusedError):
    """The address of the request is longer than the service reads."""


class HeadTooLargeError(RefusedError):
    """The fields of the request are larger than the service reads."""


class UnknownHostError(RefusedError):
    """The service is asked for by a name that is not its own."""


class DirectionsError(RefusedError):
    """A vector is zero, and so has no direction."""


class TransferCodingError(RefusedError):
    """The body has a transfer coding other than ``chunked``."""


class HttpVersionError(RefusedError):
    """The request is neither HTTP/1.0 nor HTTP/1.1."""


class UnavailableError(ApiError):
    """The same request may succeed later."""


class RateLimitedError(UnavailableError):
    """The key was shown too often."""


class OverloadedError(UnavailableError):
    """Too many requests wait already."""


class BusyError(UnavailableError):
    """All places are taken, and so is the queue."""


class NotReadyError(UnavailableError):
    """No pair is served."""


class ShuttingDownError(UnavailableError):
    """The service is about to end."""


class SlowRequestError(UnavailableError):
    """The body did not come in time."""


class DeadlineError(UnavailableError):
    """The answer was not ready in time."""


class InsufficientStorageError(UnavailableError):
    """The disk of the server is full."""


class MalformedMapError(UnavailableError):
    """The map beside the checkpoint cannot be used."""


class InternalError(UnavailableError):
    """The server failed."""


BY_CODE: Mapping[str, type[ApiError]] = MappingProxyType(
    {
        "bad_request": BadRequestError,
        "invalid_request": InvalidRequestError,
        "malformed_stream": MalformedStreamError,
        "malformed_file": MalformedFileError,
        "shape": ShapeError,
        "non_finite_input": NonFiniteInputError,
        "option": OptionError,
        "too_large": TooLargeError,
        "unknown_pair": UnknownPairError,
        "unknown_pivot": UnknownPivotError,
        "not_found": NotFoundError,
        "method_not_allowed": MethodNotAllowedError,
        "not_acceptable": NotAcceptableError,
        "unsupported_media_type": UnsupportedMediaTypeError,
        "foreign_origin": ForeignOriginError,
        "address_too_long": AddressTooLongError,
        "head_too_large": HeadTooLargeError,
        "unknown_host": UnknownHostError,
        "directions": DirectionsError,
        "transfer_coding": TransferCodingError,
        "http_version": HttpVersionError,
        "unauthenticated": UnauthenticatedError,
        "forbidden": ForbiddenError,
        "rate_limited": RateLimitedError,
        "overloaded": OverloadedError,
        "busy": BusyError,
        "not_ready": NotReadyError,
        "shutting_down": ShuttingDownError,
        "slow_request": SlowRequestError,
        "timeout": DeadlineError,
        "insufficient_storage": InsufficientStorageError,
        "malformed_map": MalformedMapError,
        "internal": InternalError,
    }
)
"""Code of an answer → class of the error."""


def error_of_response(response: httpx.Response) -> ApiError:
    """Read the error that a response holds, also one of something between client and service."""
    request_id = response.headers.get("x-request-id")
    try:
        error = response.json()["error"]
        code, message, detail = str(error["code"]), str(error["message"]), dict(error["detail"])
    except (ValueError, KeyError, TypeError):
        temporary = response.status_code in RETRIED or response.is_server_error
        kind = UnavailableError if temporary else ApiError
        phrase = response.reason_phrase or "no reason given"
        return kind(response.status_code, "unknown", phrase, None, request_id)
    kind = BY_CODE.get(code, ApiError)
    return kind(response.status_code, code, message, detail, request_id)


def lost(error: httpx.TransportError) -> ConnectionLostError:
    """Say in the client's own words that no answer came."""
    return ConnectionLostError(f"{type(error).__name__}: {error}")


RETRIED = frozenset({429, 503})
"""Statuses that say: come back later."""
