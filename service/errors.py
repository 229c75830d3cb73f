"""Every request that the service itself refuses."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from isogloss.models.errors import IsoglossError


class ServiceError(Exception):
    """A request that the service itself refuses.

    Attributes:
        status: Status of the answer.
        code: What went wrong, for machines.
        message: The same for people.
        detail: What was expected and found, and the like.
        headers: Sent beside the answer.

    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        detail: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail or {}
        self.headers = dict(headers or {})
        super().__init__(message)


class UnknownPairError(ServiceError):
    """No checkpoint of this pair is served."""

    def __init__(self, pair: str, available: list[str], pivots: Sequence[str] = ()) -> None:
        detail: dict[str, Any] = {"pair": pair, "available": available}
        if pivots:
            detail["via"] = list(pivots)
        super().__init__(HTTPStatus.NOT_FOUND, "unknown_pair", f"no pair {pair!r}", detail)


class UnknownPivotError(ServiceError):
    """The two checkpoints that a pivot joins are not both served."""

    def __init__(self, pair: str, via: str, pivots: Sequence[str]) -> None:
        super().__init__(
            HTTPStatus.NOT_FOUND,
            "unknown_pivot",
            f"no way from one end of {pair!r} to the other via {via!r}",
            {"pair": pair, "expected": list(pivots), "found": via},
        )


class TooLargeError(ServiceError):
    """A request is larger than the settings allow."""

    def __init__(self, what: str, *, expected: int, found: int) -> None:
        message = f"{what}: expected at most {expected}, found {found}"
        detail = {"expected": f"at most {expected}", "found": str(found)}
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message, detail)


class BodyTooLargeError(ServiceError):
    """A body is larger than the settings allow. How large is not known: it was not read whole."""

    def __init__(self, limit: int) -> None:
        expected = f"at most {limit} bytes"
        super().__init__(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"body: expected {expected}, found more",
            {"expected": expected, "found": "more"},
        )


class ContentEncodingError(ServiceError):
    """The body is compressed. How much it holds is not known before it is unpacked."""

    def __init__(self, found: str) -> None:
        found = ascii(found[:80])[1:-1]
        super().__init__(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"content-encoding: expected identity, found {found}",
            {"expected": ["identity"], "found": found},
            # RFC 9110, section 15.5.16.
            {"accept-encoding": "identity"},
        )


class UnauthenticatedError(ServiceError):
    """No key was shown, or one that is not known."""

    def __init__(self, message: str) -> None:
        super().__init__(
            HTTPStatus.UNAUTHORIZED,
            "unauthenticated",
            message,
            headers={"www-authenticate": "Bearer"},
        )


class ForbiddenError(ServiceError):
    """The key that was shown has another role."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            f"role: expected {expected}, found {found}",
            {"expected": expected, "found": found},
        )


class NoKeysError(ServiceError):
    """What only an operator may ask for, of a service that knows no keys."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            "role: expected a key with the role admin; this server knows none (ISOGLOSS_KEYS)",
            {"expected": "admin", "found": "no key"},
        )


class TooManyRequestsError(ServiceError):
    """Sent faster than is allowed (``rate_limited``) or can be done (``overloaded``)."""

    def __init__(self, code: str, message: str, retry_after: float) -> None:
        seconds = max(1, math.ceil(retry_after))
        super().__init__(
            HTTPStatus.TOO_MANY_REQUESTS,
            code,
            message,
            {"retry_after": seconds},
            {"retry-after": str(seconds)},
        )


class SlowRequestError(ServiceError):
    """The body did not come in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            HTTPStatus.REQUEST_TIMEOUT,
            "slow_request",
            f"the body was not complete after {seconds:g} s",
            headers={"connection": "close"},
        )


class DeadlineError(ServiceError):
    """The answer was not ready in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            HTTPStatus.GATEWAY_TIMEOUT, "timeout", f"no answer was ready after {seconds:g} s"
        )


class NotReadyError(ServiceError):
    """No pair is served."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", "no pair is served")


class BusyError(ServiceError):
    """All places are taken, and so is the queue."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.SERVICE_UNAVAILABLE, "busy", "all places are taken, and others wait"
        )


class ShuttingDownError(ServiceError):
    """The service is about to end."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.SERVICE_UNAVAILABLE, "shutting_down", "the service is about to end"
        )


def error_code(error: IsoglossError) -> str:
    """Name a class for machines: ``CheckpointIntegrityError`` is ``checkpoint_integrity``."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
