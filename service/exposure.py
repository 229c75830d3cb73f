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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
