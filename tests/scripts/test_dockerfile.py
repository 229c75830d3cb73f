"""The Dockerfile, as far as it can be checked where there is no Docker engine."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripts.dockerfile_steps import instructions, run_stage, stage

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


def test_the_linter_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed; it has no build for this platform")
    run = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


def test_both_builds_have_a_base_and_the_stages_use_it() -> None:
    bases = [arguments for name, arguments in instructions(DOCKERFILE) if name == "FROM"]
    assert [base.split(" AS ")[1] for base in bases] == ["base-cpu", "base-gpu", "builder", "final"]
    assert all(base.startswith("base-${BUILD} ") for base in bases[2:])


def test_the_server_does_not_run_as_root() -> None:
    users = [arguments for name, arguments in stage(DOCKERFILE, "final") if name == "USER"]
    assert users == ["10001:10001"]


def test_the_entry_point_serves_the_mounted_checkpoints_where_the_health_check_asks() -> None:
    final = dict(stage(DOCKERFILE, "final"))
    entry_point = json.loads(final["ENTRYPOINT"])
    port = entry_point[entry_point.index("--port") + 1]
    assert entry_point[:4] == ["isogloss", "serve", "--checkpoints", final["VOLUME"]]
    assert final["EXPOSE"] == port
    assert f"http://127.0.0.1:{port}/health/ready" in final["HEALTHCHECK"]


def test_what_is_copied_is_not_ignored() -> None:
    allowed = set(
        re.findall(r"^!(.+?)/?$", (DOCKERFILE.parent / ".dockerignore").read_text(), re.M)
    )
    for name, arguments in stage(DOCKERFILE, "builder"):
        if name == "COPY":
            assert {source.split("/")[0] for source in arguments.split()[:-1]} <= allowed


@pytest.mark.slow
def test_the_build_steps_give_an_isogloss_that_runs(tmp_path: Path) -> None:
    # The index of the CPU build of PyTorch is left out: it may not be within reach here.
    installed = run_stage(
        DOCKERFILE,
        "builder",
        root=tmp_path,
        build_arguments={"BUILD": "cpu", "PIP_EXTRA_INDEX_URL_CPU": ""},
    )
    run = subprocess.run(
        [installed / "bin" / "isogloss", "serve", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--checkpoints" in run.stdout
