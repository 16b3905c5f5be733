"""Toy models that drive the entry point: quick, slow, broken. Each counts what was asked of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from shared.contract import NO_DEADLINE, Deadline, Inference, Model
from shared.entrypoint import Handler, serve
from shared.errors import InvalidRequest

EXAMPLE = {"input": ["example"]}
SECRET = "my-secret-text"
Load = Callable[[Path, int], Model]


@dataclass
class FakeContext:
    """Lambda's context with a fixed time left."""

    remaining_s: float = 10.0
    aws_request_id: str = "aws-id"

    def get_remaining_time_in_millis(self) -> int:
        return round(self.remaining_s * 1000)


class Echo:
    """Answers with the length of each text; a text `refuse` or `crash` does as it says."""

    asked: ClassVar[list[dict[str, Any]]] = []
    seconds_left: ClassVar[list[float]] = []
    examples: ClassVar[list[float]] = []

    def __init__(self, directory: Path, threads: int) -> None:
        self._facts = {"directory": str(directory), "threads": threads}

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        if request == EXAMPLE:
            self.examples.append(deadline.remaining_s())
        else:
            self.asked.append(request)
            self.seconds_left.append(deadline.remaining_s())
        texts = request["input"]
        if "refuse" in texts:
            raise InvalidRequest("'input[0]' is not wanted.", param="input", item=0)
        if "crash" in texts:
            raise ValueError(f"cannot read {texts}")
        lengths = [len(text) for text in texts]
        return Inference(
            result={"lengths": lengths, **self._facts}, tokens=sum(lengths), truncated=1, ms={"infer": 1.5}
        )


class Gate:
    """Loads a model only once a test opens it; `loads` counts how often it was asked to."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self.loads = 0

    def open(self) -> None:
        self._opened.set()

    def load(self, directory: Path, threads: int) -> Echo:
        self.loads += 1
        self._opened.wait(30)
        return Echo(directory, threads)

    def load_damaged(self, directory: Path, threads: int) -> Echo:
        self._opened.wait(30)
        return load_damaged(directory, threads)


def golden(directory: Path) -> dict[str, Any]:
    """Return what the quick model answers to the example."""
    return {"lengths": [7], "directory": str(directory), "threads": 1}


def load_damaged(directory: Path, threads: int) -> Echo:
    """Fail to load."""
    raise OSError("model.onnx is damaged")


def quit_while_loading(directory: Path, threads: int) -> Echo:
    """End the thread that loads, as `sys.exit` in a library would."""
    raise SystemExit(3)


def sandbox(artifact: Path, load: Load = Echo, initialization: str = "on-demand", init_wait_s: float = 5.0) -> Handler:
    """Return the handler of a fresh sandbox."""
    environ = {"MODEL_DIR": str(artifact), "AWS_LAMBDA_INITIALIZATION_TYPE": initialization}
    return serve(environ, init_wait_s, load)


def ask(*texts: str, **envelope: Any) -> dict[str, Any]:
    """Return the payload for some texts."""
    return {"request": {"input": list(texts)}, **envelope}
