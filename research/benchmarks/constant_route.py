"""The service with one route more, which answers any request with the same JSON.

    python -m research.benchmarks.constant_route PORT FILE

What this route costs is what HTTP, the layers around the application and its routing cost. Settings
come from the environment, as those of `isogloss serve`.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from fastapi import Response

from isogloss.service import Settings, create_app
from isogloss.service.server import GracefulServer, server_config
from isogloss.service.supervision.processors import share_processors


def main(port: int, answer: bytes) -> None:
    """Serve until a signal ends it."""
    app = create_app(Settings())

    @app.post("/constant")
    async def constant() -> Response:
        return Response(answer, media_type="application/json")

    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    GracefulServer(server_config(app), app.state.service).run(sockets=[listener])


if __name__ == "__main__":
    share_processors(1)
    main(int(sys.argv[1]), Path(sys.argv[2]).read_bytes())
