"""Keeps the catalogue as the directory asks for, while requests run."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from pathlib import Path

from isogloss.models.retrieval import Device
from isogloss.service.catalogue.catalogue import Catalogue
from isogloss.service.catalogue.fingerprints import Fingerprint
from isogloss.service.catalogue.refreshing import refreshed
from isogloss.service.logs import logger

_log = logger("isogloss.service")


class CatalogueKeeper:
    """Looks at the directory now and then, and replaces the catalogue by a new one.

    A new checkpoint is loaded and warmed in a thread of its own, beside the one that it replaces.
    The exchange is that of one reference. A request that has taken its translator from the old
    catalogue keeps it; the old one is freed when the last such request ends.

    Translators that were given and come from no directory stay as they are, whoever asks to look.

    Attributes:
        catalogue: What is served now.

    """

    def __init__(
        self,
        directory: Path | None,
        device: Device,
        *,
        catalogue: Catalogue | None = None,
        replaced: Callable[[Catalogue, Catalogue], None] = lambda old, new: None,
    ) -> None:
        self.catalogue = catalogue or Catalogue()
        # Not resolved: the directory may be a link that is turned to another place.
        self._directory = None if directory is None else Path.cwd() / directory
        self._device = device
        self._replaced = replaced
        self._unsettled: Mapping[str, Fingerprint] = {}
        self._turn = asyncio.Lock()
        self._looks: set[asyncio.Task[None]] = set()

    @property
    def directory(self) -> Path | None:
        """Where the checkpoints lie; None where the translators were given."""
        return self._directory

    def begin(self) -> None:
        """Belong to the event loop that runs now; an application may be started again."""
        self._turn = asyncio.Lock()
        self._unsettled = {}

    async def reload(self) -> None:
        """Load at once what has changed.

        Goes on where the caller goes away: what was loaded so far would have to be loaded again.
        """
        look = asyncio.create_task(self._look(None))
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)
        await asyncio.shield(look)

    async def look(self) -> None:
        """Load what has changed and looks the same as it did at the last look."""
        await self._look(self._unsettled)

    async def watch(self, seconds: float) -> None:
        """Look again and again, until cancelled. What goes wrong is logged, and tried again."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.look()
            except Exception as error:  # nothing may end the watch
                _log.error("the directory could not be looked at", exc_info=error)

    async def _look(self, seen: Mapping[str, Fingerprint] | None) -> None:
        if self._directory is None:
            return
        async with self._turn:
            new, self._unsettled = await asyncio.to_thread(self._refreshed, seen)
            old = self.catalogue
            if new is old:
                return
            self.catalogue = new
            self._replaced(old, new)
            del old, new
        # Modules of torch stand in cycles; without this the old one might stay for long.
        await asyncio.to_thread(gc.collect)

    def _refreshed(
        self, seen: Mapping[str, Fingerprint] | None
    ) -> tuple[Catalogue, Mapping[str, Fingerprint]]:
        assert self._directory is not None
        return refreshed(self.catalogue, self._directory, self._device, seen=seen)
