"""Loads a model in a thread, and none but the one that was built. Standard library only."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from shared.contract import Model
from shared.golden import difference
from shared.integrity import differing
from shared.manifest import Manifest

# Larger files are not read at a start only to be compared: 8 MB take some 5 ms.
SMALL_BYTES = 8_000_000


class Damaged(Exception):
    """The artifact is not the one that was built."""


class LoadError(Exception):
    """The model could not be loaded; the cause says why."""


class Loader:
    """Loads a model once, in a thread of its own, so that a slow load outlives Lambda's limit on init."""

    def __init__(self, load: Callable[[], Model]) -> None:
        self._model: Model | None = None
        self._failure: BaseException | None = None
        self._done = threading.Event()
        self.ms = 0.0
        threading.Thread(target=self._run, args=(load,), daemon=True).start()

    def _run(self, load: Callable[[], Model]) -> None:
        began = time.perf_counter()
        try:
            self._model = load()
        except BaseException as failure:  # whatever it is, the thread that waits must learn of it
            self._failure = failure
        self.ms = ms_since(began)
        self._done.set()

    def wait(self, timeout_s: float | None) -> Model | None:
        """The model, or None when it is still loading after `timeout_s`. Raises LoadError."""
        self._done.wait(timeout_s)
        if self._failure is not None:
            raise LoadError(f"{type(self._failure).__name__}: {self._failure}") from self._failure
        return self._model


def load_checked(manifest: Manifest, directory: Path, threads: int, load_model: Callable[[Path, int], Model]) -> Model:
    """Load a model that is the one that was built, and has answered once. Raises Damaged when it is not.

    Small files are compared with their digests. Weights are judged by what they do: a model without its example's
    golden answer would answer everything wrong. When something fails, all files are read to name the damaged one.
    """
    _check_files(directory, manifest, SMALL_BYTES)
    try:
        model = load_model(directory, threads)
        answer = json.loads(json.dumps(model.infer(manifest.example["request"]).result))
        problem = difference(manifest.example["result"], answer)
    except Exception:
        _check_files(directory, manifest, None)
        raise
    if problem:
        _check_files(directory, manifest, None)
        raise Damaged(f"To its own example {problem}: the model is not the one that was built. Build it again.")
    return model


def _check_files(directory: Path, manifest: Manifest, read_bytes: int | None) -> None:
    wrong = differing(directory, manifest.files, read_bytes=read_bytes)
    if wrong:
        raise Damaged(f"{', '.join(wrong)} is not the file that was built. Build the artifact again.")


def ms_since(began: float) -> float:
    """Return the milliseconds since a moment of `time.perf_counter`."""
    return (time.perf_counter() - began) * 1000
