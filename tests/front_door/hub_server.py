"""A server that speaks the parts of the Hugging Face Hub's protocol that `huggingface_hub` uses."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Repositories:
    """What the server holds: repository → commits, each a name and the files by path."""

    def __init__(self) -> None:
        self.commits: dict[str, list[tuple[str, dict[str, bytes]]]] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.refuses = False

    def files(self, repository: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        commits = self.commits.get(repository, [])
        if revision == "main" and commits:
            return commits[-1]
        return next((commit for commit in commits if commit[0] == revision), None)

    def commit(self, repository: str, lines: list[dict[str, Any]]) -> str:
        kept = self.files(repository, "main")
        files = dict(kept[1]) if kept else {}
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.large[value["oid"]]
            elif line["key"] == "deletedFile":
                files.pop(value["path"], None)
        name = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.commits[repository].append((name, files))
        return name


def handler_of(held: Repositories) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def json(self, document: object, status: int = 200) -> None:
            self.answer(status, json.dumps(document).encode(), Content_Type="application/json")

        def body(self) -> bytes:
            length = self.headers.get("Content-Length")
            if length is not None:
                return self.rfile.read(int(length))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        @property
        def address(self) -> str:
            return f"http://{self.headers['Host']}"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            held.asked.append(f"{self.command} {self.path}")
            found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/([^?]+).*", self.path)
            if found:
                self.give(*found.groups())
                return
            tree = re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/?]+).*", self.path)
            info = re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/([^/?]+))?(\?.*)?", self.path)
            if tree:
                commit = held.files(tree[1], tree[2])
                files = commit[1] if commit else {}
                self.json(
                    [
                        {"type": "file", "path": path, "size": len(data), "oid": "0" * 40}
                        for path, data in files.items()
                    ]
                )
            elif info and info[1] in held.commits:
                commit = held.files(info[1], info[3] or "main")
                names = commit[1] if commit else {}
                self.json(
                    {
                        "id": info[1],
                        "sha": commit[0] if commit else None,
                        "siblings": [{"rfilename": name} for name in names],
                    }
                )
            else:
                self.missing("RepoNotFound")

        def give(self, repository: str, revision: str, name: str) -> None:
            if repository not in held.commits:
                self.missing("RepoNotFound")
                return
            commit = held.files(repository, revision)
            if commit is None:
                self.missing("RevisionNotFound")
            elif name not in commit[1]:
                self.missing("EntryNotFound", X_Repo_Commit=commit[0])
            else:
                data = commit[1][name]
                etag = f'"{hashlib.sha256(data).hexdigest()}"'
                self.answer(200, data, ETag=etag, X_Repo_Commit=commit[0])

        def missing(self, code: str, **headers: str) -> None:
            self.answer(404, b"{}", X_Error_Code=code, **headers)

        def do_PUT(self) -> None:
            held.large[self.path.rpartition("/")[2]] = self.body()
            self.answer(200)

        def do_POST(self) -> None:
            held.asked.append(f"{self.command} {self.path}")
            body = self.body()
            if held.refuses:
                self.answer(403, b'{"error": "You have no right to write here"}')
                return
            path = self.path.partition("?")[0]
            if path == "/api/repos/create":
                asked = json.loads(body)
                name = f"{asked.get('organization') or 'someone'}/{asked['name']}"
                held.commits.setdefault(name, [])
                self.json({"url": f"{self.address}/{name}", "id": name})
            elif path == "/api/validate-yaml":
                self.json({"errors": [], "warnings": []})
            elif "/preupload/" in path:
                files = json.loads(body)["files"]
                self.json(
                    {
                        "files": [
                            {
                                "path": file["path"],
                                "uploadMode": "lfs"
                                if file["path"].endswith("safetensors")
                                else "regular",
                                "shouldIgnore": False,
                            }
                            for file in files
                        ]
                    }
                )
            elif path.endswith("/info/lfs/objects/batch"):
                objects = json.loads(body)["objects"]
                self.json(
                    {
                        "transfer": "basic",
                        "objects": [
                            {
                                **one,
                                "actions": {"upload": {"href": f"{self.address}/lfs/{one['oid']}"}},
                            }
                            for one in objects
                        ],
                    }
                )
            elif "/commit/" in path:
                repository = "/".join(path.split("/")[3:5])
                name = held.commit(repository, [json.loads(line) for line in body.splitlines()])
                url = f"{self.address}/{repository}/commit/{name}"
                self.json({"commitUrl": url, "commitOid": name, "success": True})
            else:
                self.missing("Unknown")

    return Handler


@contextmanager
def running(held: Repositories) -> Iterator[str]:
    """Serve, while the block runs; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(held))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
