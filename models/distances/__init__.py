"""How far apart languages are."""
