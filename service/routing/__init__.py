"""What each route says of itself, and how it is found before the application looks for it."""

from isogloss.service.routing.declared import Declared, declared
from isogloss.service.routing.table import FoundRoute, RouteTable

__all__ = ["Declared", "FoundRoute", "RouteTable", "declared"]
