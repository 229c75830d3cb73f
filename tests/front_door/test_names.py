"""What `import isogloss` offers, and what it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import isogloss
from isogloss.models import errors as defined

HEAVY = {"torch", "scipy", "matplotlib", "fastapi", "faiss", "pyarrow", "jinja2", "gensim", "spacy"}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "statement",
    [
        "import isogloss",
        "import isogloss; dir(isogloss); isogloss.__version__",
        "import isogloss; isogloss.Client; isogloss.AsyncClient; isogloss.errors; isogloss.Space",
        "from isogloss.errors import InputError",
        "import isogloss; isogloss.load; isogloss.read; isogloss.Translator",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(statement: str) -> None:
    program = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(run.stdout.split()) & HEAVY == set()


def test_the_names_are_those_that_are_listed() -> None:
    assert isogloss.__all__ == sorted(isogloss.__all__)
    assert set(isogloss.__all__) <= set(dir(isogloss))
    for name in isogloss.__all__:
        assert getattr(isogloss, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'translte'"):
        getattr(isogloss, "translte")  # noqa: B009


def test_a_type_checker_sees_every_name_that_is_listed() -> None:
    seen = (ROOT / "isogloss" / "__init__.py").read_text("utf-8").partition("if TYPE_CHECKING:")[2]
    imports = seen.partition("__all__ = [")[0]
    for name in isogloss.__all__:
        assert name in imports, name


def test_the_errors_are_those_of_the_library() -> None:
    for name, value in vars(defined).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            assert getattr(isogloss.errors, name) is value
            assert name in isogloss.errors.__all__
    assert len(isogloss.errors.__all__) == len(set(isogloss.errors.__all__))


def test_what_the_client_raises_belongs_to_the_same_tree() -> None:
    from isogloss.service.client import ApiError, ConnectionLostError

    assert issubclass(ApiError, isogloss.errors.IsoglossError)
    assert issubclass(ConnectionLostError, isogloss.errors.IsoglossError)


def test_the_reference_page_has_every_public_name() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text("utf-8")
    listed = {
        line.removeprefix("::: isogloss.").strip()
        for line in page.splitlines()
        if line.startswith("::: isogloss.")
    }
    places = {
        f"{value.__module__}.{value.__qualname__}".removeprefix("isogloss.")
        for name in isogloss.__all__
        if name not in {"errors", "__version__"}
        for value in [getattr(isogloss, name)]
    }
    assert places <= listed
    for name in isogloss.__all__:
        assert f"`isogloss.{name}`" in page, name
