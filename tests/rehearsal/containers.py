"""Runs the images of container functions: the real entry point of every model, with a toy for a model.

The emulator forwards an invocation to `url`/<digest>. A toy gives the golden answer of its artifact, or another one
where the artifact's `model.onnx` says `wrong`. A catalog's real models run in a local stack instead (`real`).
"""

import contextlib
import json
import shutil
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.entrypoint import Sandbox
from shared.loading import Loader
from shared.manifest import Manifest

WRONG = "wrong"
LOAD_S = 5


class Toy:
    """A model whose weights are its answer."""

    def __init__(self, directory: Path) -> None:
        self._golden = Manifest.read(directory).example["result"]
        self._wrong = (directory / "model.onnx").read_text() == WRONG

    @classmethod
    def load(cls, directory: Path, threads: int) -> Self:
        return cls(directory)

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        return Inference(result={"results": []} if self._wrong else self._golden, tokens=1)

    def unload(self) -> None:
        """Nothing was taken."""


class Failure(Exception):
    """What a test wants a function to raise."""


def nobody(function: str, event: dict[str, Any]) -> None:
    """Let every function answer."""


@dataclass
class Invocation:
    """What a function was sent and what it replied; None when it failed."""

    function: str
    event: dict[str, Any]
    reply: dict[str, Any] | None


@dataclass
class Containers:
    """The images by digest, and the sandboxes that run them.

    `failing` may raise `Failure` for a function's name and an event. `real` has the address that serves a function,
    by its name. `base` is the content of the base image, which its publisher may move. `preparing` says how
    often a function's new version is still being prepared when it is asked.
    """

    directory: Path
    url: str = ""
    base: str = "first"
    preparing: dict[str, int] = field(default_factory=dict)
    invocations: list[Invocation] = field(default_factory=list)
    failing: Callable[[str, dict[str, Any]], None] = nobody
    real: dict[str, str] = field(default_factory=dict)
    _idle: dict[str, list[Sandbox]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """Be as at the start."""
        self.failing = nobody
        self.base = "first"
        self.preparing.clear()
        self.real.clear()
        self.invocations.clear()

    def keep(self, digest: str, artifact: Path) -> None:
        """Keep what is asked of an image: its artifact's manifest and weights."""
        folder = self.directory / digest.replace(":", "-")
        folder.mkdir(exist_ok=True)
        for name in ("manifest.json", "model.onnx"):
            shutil.copyfile(artifact / name, folder / name)

    def answer(self, function: str, digest: str, event: dict[str, Any], body: bytes) -> dict[str, Any]:
        """What the image `digest` replies as `function`. Raises what its code raises."""
        invocation = Invocation(function, event, None)
        self.invocations.append(invocation)
        self.failing(function, event)
        if function in self.real:
            with urllib.request.urlopen(urllib.request.Request(self.real[function], body), timeout=150) as response:
                reply = json.load(response)
        else:
            with self._sandbox(digest) as sandbox:
                reply = sandbox.handle(event, _Context())
        invocation.reply = reply
        return dict(reply)

    @contextlib.contextmanager
    def _sandbox(self, digest: str) -> Iterator[Sandbox]:
        """An idle sandbox, or a new one: none answers two events at once."""
        with self._lock:
            idle = self._idle[digest]
            sandbox = idle.pop() if idle else self._start(digest)
        yield sandbox
        with self._lock:
            idle.append(sandbox)

    def _start(self, digest: str) -> Sandbox:
        folder = self.directory / digest.replace(":", "-")
        loader = Loader(lambda: Toy.load(folder, 1))
        loader.wait(LOAD_S)
        return Sandbox(Manifest.read(folder), loader)


class _Context:
    """What the entry point uses of Lambda's context."""

    aws_request_id = "rehearsal"

    def __init__(self) -> None:
        self._ends = time.monotonic() + 60

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


@contextlib.contextmanager
def containers(directory: Path) -> Iterator[Containers]:
    """Serve the images in threads of this process."""
    run = Containers(directory)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            function = self.headers["x-amzn-lambda-function-name"]
            try:
                status, reply = 200, run.answer(function, self.path.removeprefix("/"), json.loads(body), body)
            except Exception as error:
                # The emulator takes any other status for a function error.
                status, reply = 500, {"errorType": type(error).__name__, "errorMessage": str(error)}
            content = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    run.url = "http://{}:{}".format(*server.server_address[:2])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield run
    finally:
        server.shutdown()
        server.server_close()
