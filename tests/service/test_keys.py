from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.service.keys import Key, KeyFileError, Role, digest_of, find_key, make_key, read_keys


def test_keys_are_long_and_never_the_same() -> None:
    keys = {make_key() for _ in range(200)}
    assert len(keys) == 200
    assert {len(key) for key in keys} == {len("isogloss_") + 43}


def test_only_the_key_itself_is_recognised() -> None:
    secrets = [make_key() for _ in range(4)]
    keys = [Key(f"k{i}", "read", digest_of(secret)) for i, secret in enumerate(secrets)]
    for i, secret in enumerate(secrets):
        assert find_key(keys, secret) is keys[i]
        for wrong in (
            secret[:-1],
            secret + "x",
            secret.upper(),
            f" {secret}",
            keys[i].digest.hex(),
        ):
            assert find_key(keys, wrong) is None
    assert find_key(keys, "") is None


@given(shown=st.text(st.characters(codec=None)))
def test_whatever_is_shown_is_no_key(shown: str) -> None:
    assert find_key([Key("a", "admin", digest_of("isogloss_secret"))], shown) is None


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("read", {"read"}), ("metrics", {"metrics"}), ("admin", {"read", "metrics", "admin"})],
)
def test_roles(role: Role, allowed: set[str]) -> None:
    key = Key("a", role, b"")
    assert {each for each in get_args(Role) if key.may(each)} == allowed


def test_a_file_holds_what_was_written(tmp_path: Path) -> None:
    keys = (
        Key("alice", "read", digest_of("a"), 2.5),
        Key("bob.b-2", "admin", digest_of("b")),
        Key("scraper", "metrics", digest_of("c"), 0.0),
    )
    file = tmp_path / "keys"
    lines = [f"  {key.line()}  # {key.name}" for key in keys]
    file.write_text("\n".join(["# our keys", "", *lines]) + "\n")
    assert read_keys(file) == keys


HASH = digest_of("a").hex()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected keys, found none"),
        ("# nothing", "expected keys, found none"),
        ("alice", ":1: expected NAME ROLE sha256:HASH"),
        (f"alice read {HASH}", ":1: expected NAME ROLE sha256:HASH"),
        (f"al/ice read sha256:{HASH}", ":1: expected NAME ROLE"),
        (
            f"\nalice write sha256:{HASH}",
            ":2: role: expected read or metrics or admin, found write",
        ),
        (f"alice read sha256:{HASH[1:]}", ":1: hash: expected 64 hexadecimal digits"),
        (f"alice read sha256:{HASH.upper()}", ":1: hash: expected 64"),
        (f"alice read sha256:{HASH} fast", ":1: rate: expected requests a second, found fast"),
        (f"alice read sha256:{HASH} -1", ":1: rate:"),
        (f"alice read sha256:{HASH} 1 2", ":1: expected NAME ROLE"),
        (f"a read sha256:{HASH}\na admin sha256:{HASH}", ":2: the name a stands twice"),
        ("alice read isogloss_secret", ":1: expected NAME ROLE"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(KeyFileError) as caught:
        read_keys(file)
    assert message in str(caught.value)
    # A key that was put there by mistake is not spread any further.
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("nothing", "binary"):
        with pytest.raises(KeyFileError, match=f"{name}: cannot be read"):
            read_keys(tmp_path / name)
