"""Writes the OpenAPI document that is committed beside this file.

    python -m isogloss.service.openapi

Whoever writes a client in another language needs it without a running service.
"""

from __future__ import annotations

import json
from pathlib import Path

from isogloss.service.app import create_app
from isogloss.service.settings import Settings

COMMITTED = Path(__file__).with_name("openapi.json")


def openapi_document() -> str:
    """Describe every route as the service itself does at ``/openapi.json``.

    The version is that of the interface, not of the package: the document changes with the code
    only.
    """
    document = create_app(Settings(), translators={}).openapi()
    document["info"]["version"] = "v1"
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(openapi_document(), encoding="utf-8")
