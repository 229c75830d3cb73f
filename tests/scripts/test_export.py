from pathlib import Path

import numpy as np
import pytest

from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.spaces import read_space
from tests.scripts.conftest import Invoke


@pytest.mark.parametrize("form", ["vec", "npz"])
def test_both_sides_are_written_into_one_space(
    invoke: Invoke, checkpoint: Path, tmp_path: Path, form: str
) -> None:
    result = invoke("export", checkpoint, "-o", tmp_path / "aligned", "--format", form)
    assert result.exit_code == 0, result.stderr
    translator = load_checkpoint(checkpoint)
    fr, es = (
        read_space(tmp_path / "aligned" / f"{name}.{form}", language=name).space
        for name in ("fr", "es")
    )
    assert fr.words == translator.source.words
    np.testing.assert_allclose(fr.vectors, translator.align(translator.source.vectors), atol=1e-6)
    nearest = (fr.vectors @ es.vectors.T).argmax(axis=1)
    assert [es.words[row] for row in nearest] == [word.replace("fr", "es") for word in fr.words]


def test_an_unknown_format_is_a_usage_error(invoke: Invoke, checkpoint: Path) -> None:
    assert invoke("export", checkpoint, "-o", "x", "--format", "xls").exit_code == 2
