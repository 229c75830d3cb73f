"""A key that may do everything: without one nobody may ask for what is the operator's."""

from __future__ import annotations

from pathlib import Path

from isogloss.service.keys import Key, digest_of, make_key

KEY = make_key()
HEADERS = {"authorization": f"Bearer {KEY}"}


def operator_keys(folder: Path) -> Path:
    """Write a key file that knows this key."""
    file = folder / "operator-keys"
    file.write_text(f"{Key('olga', 'admin', digest_of(KEY)).line()}\n")
    return file
