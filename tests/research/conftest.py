"""The experiments of the papers to call, and the pair of languages of the commands."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from research.papers.__main__ import reproduce
from tests.scripts.conftest import Invoke, pair

__all__ = ["invoke", "pair"]


@pytest.fixture
def invoke() -> Invoke:
    """Run `python -m research.papers` with the arguments."""

    def call(*arguments: object, standard_input: str | bytes = "") -> Result:
        return CliRunner().invoke(
            reproduce, [str(item) for item in arguments], input=standard_input
        )

    return call
