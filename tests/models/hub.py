"""A model hub on this machine: the part of the Hugging Face hub's HTTP API that its client uses to download."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(ThreadingHTTPServer):
    """Serves one repository: `files` by name. Those of 1 kB and more are large files, whose SHA-256 the hub states."""

    def __init__(self, repository: str, files: dict[str, bytes], license_: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repository = repository
        self.files = files
        self.license = license_
        self.downloads: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def info(self) -> bytes:
        card = {"license": self.license} if self.license else {}
        siblings = [_sibling(name, data) for name, data in self.files.items()]
        return json.dumps(
            {"id": self.repository, "modelId": self.repository, "sha": COMMIT, "siblings": siblings, "cardData": card}
        ).encode()

    def tree(self) -> bytes:
        return json.dumps([_entry(name, data) for name, data in self.files.items()]).encode()


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """`hub`, answering in a thread of its own."""
    thread = threading.Thread(target=hub.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()


def _sibling(name: str, data: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": _blob(data)}
    return entry | ({"lfs": {"sha256": _sha256(data), "size": len(data), "pointerSize": 130}} if _large(data) else {})


def _entry(name: str, data: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": name, "size": len(data), "oid": _blob(data)}
    return entry | ({"lfs": {"oid": _sha256(data), "size": len(data), "pointerSize": 130}} if _large(data) else {})


def _large(data: bytes) -> bool:
    return len(data) >= 1000


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blob(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        api, resolve = f"/api/models/{hub.repository}", f"/{hub.repository}/resolve/"
        if path.startswith(f"{api}/tree/{COMMIT}"):
            self._send(hub.tree(), {"Content-Type": "application/json"}, with_body)
        elif path in (api, f"{api}/revision/{COMMIT}", f"{api}/revision/main"):
            self._send(hub.info(), {"Content-Type": "application/json"}, with_body)
        elif path.startswith(f"{api}/revision/"):
            self._refuse("RevisionNotFound")
        elif path.startswith(resolve):
            self._file(path.removeprefix(resolve).partition("/")[2], with_body)
        else:
            self._refuse("RepoNotFound")

    def _file(self, name: str, with_body: bool) -> None:
        data = self.server.files[name]
        if with_body:
            self.server.downloads.append(name)
        etag = _sha256(data) if _large(data) else _blob(data)
        self._send(data, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}, with_body)

    def _refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, data: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""
