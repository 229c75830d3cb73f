"""Who may reach a service without keys."""

from __future__ import annotations

import ipaddress

from isogloss.models.errors import OptionError
from isogloss.service.settings import Settings


def check_exposure(settings: Settings) -> None:
    """Refuse to be open to other machines by accident; to be asked before the service listens.

    Raises:
        OptionError: The address is not one of this machine alone, there are no keys, and nobody
            has said that this is wanted.

    """
    if settings.keys is None and not settings.allow_open and not _is_loopback(settings.host):
        raise OptionError(
            f"host: {settings.host} can be reached from other machines: expected keys "
            "(ISOGLOSS_KEYS), or ISOGLOSS_ALLOW_OPEN=true where everybody may ask"
        )


def accepted_hosts(settings: Settings) -> frozenset[str] | None:
    """Give the names by which the service may be asked for; None for any."""
    if settings.hosts:
        return frozenset(name.lower() for name in settings.hosts)
    if settings.keys is not None or settings.allow_open or not _is_loopback(settings.host):
        return None
    own = f"[{settings.host}]" if ":" in settings.host else settings.host
    return frozenset({"localhost", "127.0.0.1", "[::1]", own.lower()})


def accepted_origins(settings: Settings) -> frozenset[str] | None:
    """Give the origins whose pages may ask beside the service's own; None for any."""
    if settings.keys is not None or "*" in settings.cors_origins:
        return None
    return frozenset(origin.lower() for origin in settings.cors_origins)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
