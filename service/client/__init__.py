"""A client of the service, synchronous and asynchronous."""

from isogloss.service.client.asynchronous import AsyncClient
from isogloss.service.client.errors import (
    ApiError,
    ConnectionLostError,
    error_of_response,
)
from isogloss.service.client.retries import RetryPolicy
from isogloss.service.client.synchronous import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ConnectionLostError",
    "RetryPolicy",
    "error_of_response",
]
