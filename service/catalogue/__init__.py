"""The pairs that are served: found, loaded, replaced while requests run."""

from isogloss.service.catalogue.catalogue import Catalogue, Refusal, ServedPair
from isogloss.service.catalogue.keeper import CatalogueKeeper
from isogloss.service.catalogue.refreshing import load_catalogue, refreshed

__all__ = [
    "Catalogue",
    "CatalogueKeeper",
    "Refusal",
    "ServedPair",
    "load_catalogue",
    "refreshed",
]
