from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.service.keys import find_key, read_keys
from tests.scripts.conftest import Invoke


def test_the_line_recognises_the_key_and_does_not_hold_it(invoke: Invoke, tmp_path: Path) -> None:
    made = []
    for name, options in (
        ("alice", ()),
        ("bob.2", ("--role", "admin", "--rate", 2.5)),
        ("prometheus", ("--role", "metrics", "--rate", 0)),
    ):
        result = invoke("key", name, *options, "--json")
        assert result.exit_code == 0
        made.append(json.loads(result.stdout))
    file = tmp_path / "keys"
    file.write_text("".join(f"{one['line']}\n" for one in made))
    keys = read_keys(file)
    assert [(key.name, key.role, key.rate) for key in keys] == [
        ("alice", "read", None),
        ("bob.2", "admin", 2.5),
        ("prometheus", "metrics", 0.0),
    ]
    for key, one in zip(keys, made, strict=True):
        assert find_key(keys, one["key"]) is key
        assert one["key"] not in one["line"]
    assert len({one["key"] for one in made}) == 3


def test_people_are_told_that_it_is_shown_once(invoke: Invoke) -> None:
    result = invoke("key", "alice")
    assert result.exit_code == 0
    key, line = result.stdout.splitlines()
    assert key.startswith("key   isogloss_")
    assert line.startswith("line  alice read sha256:")
    assert "once" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["a b"], [""], ["a/b"], ["#"], ["a", "--role", "root"], ["a", "--rate", -1], []]
)
def test_what_makes_no_sense_is_a_usage_error(invoke: Invoke, arguments: list[object]) -> None:
    assert invoke("key", *arguments).exit_code == 2
