"""What a route says of itself, for the layers around it: who may ask, what it costs, what streams.

It stands at the route. The layers know no path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isogloss.service.keys import Role

_ATTRIBUTE = "__declared__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a route says of itself.

    Attributes:
        role: Which keys may ask; None where no key is needed.
        costs_work: Whether it computes or searches, and so takes a place at the gate.
        streams: Media types of the bodies that it reads in pieces, whose bounds it sets itself.
        probe: Whether it is asked by whoever watches the service, by any name of it.
        any_question: Whether it takes anything behind the ``?`` of the address.

    """

    role: Role | None = "read"
    costs_work: bool = False
    streams: frozenset[str] = frozenset()
    probe: bool = False
    any_question: bool = False


UNDECLARED = Declared()
"""What counts for a path that is no route: a key is needed to learn so."""


def declared(
    *,
    role: Role | None = "read",
    costs_work: bool = False,
    streams: frozenset[str] = frozenset(),
    probe: bool = False,
    any_question: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint; stands below the decorator of its router. See :class:`Declared`."""
    saying = Declared(
        role=role,
        costs_work=costs_work,
        streams=streams,
        probe=probe,
        any_question=any_question,
    )

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, saying)
        return endpoint

    return mark


def declared_by(endpoint: Callable[..., object]) -> Declared:
    """Read what an endpoint has declared.

    Raises:
        TypeError: It has declared nothing.

    """
    found = getattr(endpoint, _ATTRIBUTE, None)
    if not isinstance(found, Declared):
        raise TypeError(f"{endpoint.__qualname__}: expected the decorator `declared`, found none")
    return found
