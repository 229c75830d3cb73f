"""What comes before a request is known: connections, and the heads that they bring."""

from isogloss.service.connections.limits import ConnectionLimits
from isogloss.service.connections.protocol import bounded_protocol

__all__ = ["ConnectionLimits", "bounded_protocol"]
