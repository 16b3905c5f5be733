"""Lets a fuzzer look for inputs that reach new code and break a promise: `python -m tests.fuzzing TARGET [-runs=N]`.

A target is one of the tests that hold for any input, or a reader of files that is given any bytes. Further arguments
are libFuzzer's. An input that breaks something ends the run and is written to a file: it belongs into a test.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["router", "shared", "services"], enable_loader_override=False):
    from tests.question_answering import test_properties, test_spans
    from tests.router import test_hostile_events
    from tests.shared import test_hostile_files

from shared.catalog import CatalogError
from tests.shared.manifests import MANIFEST

FOLDER = Path(tempfile.mkdtemp(prefix="fuzzing-"))
SEEDS = {
    "catalog": test_hostile_files.VALID,
    "lock": test_hostile_files.LOCK,
    "manifest": json.dumps(vars(MANIFEST)).encode(),
}
# What the test of spans takes, in its order.
SPANS = ((1, 5), (0, 12), (1, 14), (1, 20), (0, 2**32 - 1))


def read_lock(content: bytes) -> None:
    """Read a lock of any bytes, or see it refused."""
    catalog = test_hostile_files.read(FOLDER, test_hostile_files.VALID)
    assert catalog is not None
    catalog.lock_path.write_bytes(content)
    with suppress(CatalogError):
        catalog.read_lock()


def find_spans(content: bytes) -> None:
    """Find the best spans of a window of a size and with logits drawn from these bytes, and compare with all spans."""
    given = atheris.FuzzedDataProvider(content)
    test: Any = test_spans.test_the_spans_of_a_window_are_the_best_of_all
    test.hypothesis.inner_test(*(given.ConsumeIntInRange(*bounds) for bounds in SPANS))


def break_at(content: bytes) -> None:
    """Break a promise on purpose: the fuzzer's own test."""
    assert content[:1] != b"!"


def drawn(test: Any) -> Callable[[bytes], object]:
    """Return a test of Hypothesis as a function of the bytes that its values are drawn from."""
    return test.hypothesis.fuzz_one_input  # type: ignore[no-any-return]


TARGETS: dict[str, Callable[[bytes], object]] = {
    "bodies": drawn(test_hostile_events.test_any_body_gets_an_answer_or_says_what_is_wrong),
    "events": drawn(test_hostile_events.test_any_event_gets_an_answer),
    "warm_ups": drawn(test_hostile_events.test_any_warm_up_is_a_summary),
    "answers": drawn(test_properties.test_an_answer_is_a_piece_of_its_context),
    "spans": find_spans,
    "catalog": lambda content: test_hostile_files.read(FOLDER, content),
    "lock": read_lock,
    "manifest": lambda content: test_hostile_files.check(FOLDER, content),
    "broken": break_at,
}


def main() -> None:
    """Fuzz the target that the command line names; the process ends with libFuzzer's status."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}\nTargets: {', '.join(TARGETS)}")
    name = sys.argv.pop(1)
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    (corpus / "valid").write_bytes(SEEDS.get(name, b"\0" * 64))
    atheris.Setup([*sys.argv, str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
