"""API keys: how they are made, kept as hashes, and recognised."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from isogloss.models.errors import FileError

Role = Literal["read", "metrics", "admin"]

_PREFIX = "isogloss_"
_LONGEST_KEY = 200
_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9._-]{1,64})\s+(?P<role>\S+)\s+sha256:(?P<hash>\S+)(\s+(?P<rate>\S+))?"
)


class KeyFileError(FileError):
    """A file of keys cannot be used."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is accepted. The key itself is kept nowhere.

    Attributes:
        name: Who has it; stands in the log.
        role: ``read`` asks, ``metrics`` reads the metrics, ``admin`` may do everything.
        digest: SHA-256 of the key. A key has 256 random bits: no slow hash is needed to keep it
            from being guessed.
        rate: Most requests a second; None where that of the settings counts.

    """

    name: str
    role: Role
    digest: bytes
    rate: float | None = None

    def may(self, role: Role) -> bool:
        """Whether what needs a role is allowed."""
        return self.role in (role, "admin")

    def line(self) -> str:
        """Write the line of a key file."""
        rate = "" if self.rate is None else f" {self.rate:.3f}"
        return f"{self.name} {self.role} sha256:{self.digest.hex()}{rate}"


def make_key() -> str:
    """Make a new key with 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str) -> bytes:
    """Hash a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def find_key(keys: Sequence[Key], shown: str) -> Key | None:
    """Find the key that was shown; every key is compared, each in constant time."""
    digest = digest_of(shown[:_LONGEST_KEY])
    found = None
    for key in keys:
        if hmac.compare_digest(key.digest, digest):
            found = key
    return found


def read_keys(file: Path) -> tuple[Key, ...]:
    """Read a file of keys: one a line, ``NAME ROLE sha256:HASH [RATE]``; # begins a comment.

    Raises:
        KeyFileError: The file cannot be read, holds no key, or a line makes no sense.

    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(file, f"cannot be read: {error}") from error
    keys: dict[str, Key] = {}
    for number, text in enumerate(lines, 1):
        line = text.partition("#")[0].strip()
        if not line:
            continue
        key = _parse(file, number, line)
        if key.name in keys:
            raise KeyFileError(file, f"the name {key.name} stands twice", line=number)
        keys[key.name] = key
    if not keys:
        raise KeyFileError(file, "expected keys, found none")
    return tuple(keys.values())


def _parse(file: Path, number: int, line: str) -> Key:
    match = _LINE.fullmatch(line)
    if match is None:
        # What stands there may be a key; it is not repeated.
        raise KeyFileError(file, "expected NAME ROLE sha256:HASH [RATE]", line=number)
    role = next((role for role in get_args(Role) if role == match["role"]), None)
    if role is None:
        expected = " or ".join(get_args(Role))
        raise KeyFileError(file, f"role: expected {expected}, found {match['role']}", line=number)
    if not re.fullmatch("[0-9a-f]{64}", match["hash"]):
        raise KeyFileError(file, "hash: expected 64 hexadecimal digits", line=number)
    return Key(match["name"], role, bytes.fromhex(match["hash"]), _rate(file, number, match))


def _rate(file: Path, number: int, match: re.Match[str]) -> float | None:
    if match["rate"] is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", match["rate"]):
        found = match["rate"]
        raise KeyFileError(file, f"rate: expected requests a second, found {found}", line=number)
    return float(match["rate"])
