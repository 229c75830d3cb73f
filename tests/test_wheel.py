"""The wheel: what it holds, and that it works beside folders of the same names as ours."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from isogloss.scripts.extras import EXTRAS

ROOT = Path(__file__).parents[1]

BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"

BLOCKER = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {modules!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""

SERVED = """
from fastapi.testclient import TestClient
from isogloss.service import Settings, create_app
app = create_app(Settings(checkpoints=CHECKPOINT))
with TestClient(app, base_url="http://127.0.0.1:8000") as client:
    asked = {"words": ["fr-3"], "k": 1}
    print(client.post("/v1/pairs/fr-es/translate", json=asked).text)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    run = subprocess.run(
        [sys.executable, "-c", BUILD, folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return folder / run.stdout.split()[-1]


class Installed:
    """An environment with the wheel, where modules of some extras seem to be missing.

    What the wheel needs comes from the environment of the tests, so that nothing is downloaded.
    """

    def __init__(self, wheel: Path, folder: Path) -> None:
        venv.create(folder / "environment", with_pip=False)
        self.python = folder / "environment" / "bin" / "python"
        packages = next((folder / "environment" / "lib").glob("python*/site-packages"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self._blocker = packages / "sitecustomize.py"
        self.folder = folder / "work"
        for name in ("models", "scripts", "tests", "isogloss_data"):
            (self.folder / name).mkdir(parents=True)
            trap = "raise RuntimeError('a folder of the user was imported')\n"
            (self.folder / name / "__init__.py").write_text(trap)
        (self.folder / "service.py").write_text("raise RuntimeError('a file of the user')\n")

    def run(self, *arguments: object, without: str = "") -> subprocess.CompletedProcess[str]:
        modules = {module for extra in without.split() for module in EXTRAS[extra]}
        self._blocker.write_text(BLOCKER.format(modules=modules))
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [self.python, *map(str, arguments)],
            cwd=self.folder,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from isogloss.models.checkpoint import save_checkpoint
    from tests.rotated_spaces import rotated_translator

    path = tmp_path_factory.mktemp("checkpoints") / "fr-es"
    save_checkpoint(rotated_translator(), path)
    return path


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"isogloss", "isogloss-0.2.0.dist-info"}
    assert "isogloss/py.typed" in names
    assert "isogloss/models/fitting/recipes/fast.toml" in names
    assert "isogloss/service/page/index.html" in names
    outside = {"sample", "research", "tests", "guide", "quickstart", "check", "constraints.txt"}
    assert [name for name in names if outside & set(name.split("/"))] == []
    assert wheel.stat().st_size <= 2 * 2**20


def test_the_core_alone_imports_helps_and_translates(
    installed: Installed, checkpoint: Path
) -> None:
    extras = "serve plot hub cpu"
    loaded = installed.run("-c", "import isogloss; print(isogloss.__file__)", without=extras)
    assert "environment" in loaded.stdout, loaded.stderr
    helped = installed.run("-m", "isogloss", "--help", without=extras)
    assert "translate" in helped.stdout, helped.stderr
    answer = installed.run("-m", "isogloss", "translate", checkpoint, "fr-3", without=extras)
    assert answer.stdout.splitlines()[1].endswith("  es-3"), answer.stderr


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("plot", ["report", "CHECKPOINT"]),
        ("serve", ["serve", "--checkpoints", "CHECKPOINT"]),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_missing_extra_is_named_in_one_line(
    installed: Installed, checkpoint: Path, extra: str, arguments: list[str]
) -> None:
    given = [str(checkpoint) if each == "CHECKPOINT" else each for each in arguments]
    run = installed.run("-m", "isogloss", *given, without=extra)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1, run.stderr
    assert f"pip install 'isogloss[{extra}]'" in run.stderr


def test_with_the_extra_the_service_answers(installed: Installed, checkpoint: Path) -> None:
    run = installed.run("-c", SERVED.replace("CHECKPOINT", repr(str(checkpoint))))
    assert '"es-3"' in run.stdout, run.stderr


def test_every_module_of_an_extra_is_one_that_is_installed() -> None:
    from importlib.util import find_spec

    for extra, modules in EXTRAS.items():
        for module in modules:
            assert find_spec(module) is not None, (extra, module)
