from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
import torch

from isogloss.models.devices import choose_device
from isogloss.models.errors import DependencyError, OptionError
from isogloss.models.retrieval import faiss_build
from isogloss.models.retrieval.faiss_build import load_faiss
from isogloss.models.retrieval.retriever import Retriever
from isogloss.models.spaces.normalizer import unit_rows


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    load_faiss.cache_clear()
    yield
    load_faiss.cache_clear()


def install(monkeypatch: pytest.MonkeyPatch, *names: str, importable: bool = True) -> None:
    monkeypatch.setattr(faiss_build, "_is_installed", lambda name: name in names)
    if not importable:

        def refuse(name: str) -> ModuleType:
            raise ImportError(f"no {name}")

        monkeypatch.setattr(importlib, "import_module", refuse)


def test_both_builds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "faiss-cpu", "faiss-gpu")
    with pytest.raises(DependencyError, match=r"faiss-cpu and faiss-gpu .*isogloss\[cpu\]"):
        load_faiss()


def test_no_build_names_the_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, importable=False)
    with pytest.raises(DependencyError, match=r"isogloss\[cpu\].*isogloss\[gpu\]"):
        load_faiss()


def test_a_broken_build_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "faiss-gpu", importable=False)
    with pytest.raises(DependencyError, match="faiss-gpu cannot be loaded: no faiss"):
        load_faiss()


def test_cuda_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == "cpu"
    with pytest.raises(OptionError, match="found none"):
        choose_device("cuda")


def test_gpu_gives_the_answers_of_the_cpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    rng = np.random.default_rng(0)
    target, mapped = (
        unit_rows(rng.standard_normal((3000, 50)).astype(np.float32)) for _ in range(2)
    )
    on_cpu = Retriever.build(target, mapped)
    on_gpu = Retriever.build(target, mapped, device="cuda")
    for k in (10, 2500):
        expected, found = (one.search(mapped[:200], k=k) for one in (on_cpu, on_gpu))
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
