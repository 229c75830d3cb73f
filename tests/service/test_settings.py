from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from isogloss.service import Settings


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOGLOSS_CHECKPOINTS", "/data")
    monkeypatch.setenv("ISOGLOSS_MAX_K", "7")
    settings = Settings()
    assert (settings.checkpoints, settings.max_k, settings.port) == (Path("/data"), 7, 8000)
    assert Settings(max_k=3).max_k == 3


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("DEVICE", "tpu"), ("MAX_K", "0"), ("THREADS", "many")]
)
def test_wrong_settings_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ISOGLOSS_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
