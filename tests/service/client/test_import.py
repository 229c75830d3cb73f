"""The client is light: a program that asks a service needs nothing of what the service needs."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.test_documentation import ROOT

HEAVY = {"faiss", "fastapi", "pyarrow", "safetensors", "starlette", "torch", "uvicorn"}

PROGRAM = """
import json, sys
import isogloss.service.client
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_the_client_brings_neither_pytorch_nor_the_server() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = set(json.loads(run.stdout))
    assert {"isogloss", "httpx", "numpy"} <= imported
    assert not imported & HEAVY


def test_the_package_still_offers_the_application() -> None:
    program = "from isogloss.service import Settings, create_app; print(create_app.__module__)"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "isogloss.service.app\n"
