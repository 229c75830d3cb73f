"""A client of the service, synchronous and asynchronous."""

from service.client.asynchronous import AsyncClient
from service.client.errors import (
    ApiError,
    ConnectionLostError,
    error_of_response,
)
from service.client.retries import RetryPolicy
from service.client.synchronous import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ConnectionLostError",
    "RetryPolicy",
    "error_of_response",
]
