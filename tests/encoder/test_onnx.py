"""Graphs on onnxruntime: what they take, what they give, and which runs go side by side."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.encoder import Tokens
from shared.encoder import onnx as runtime
from shared.encoder.batches import Feeds
from shared.encoder.onnx import ONCE_BYTES, Graph, open_network, open_session
from tests.encoder.fakes import manifest
from tests.encoder.graphs import TABLE, lookup

OUTPUTS = {"values": "token", "sums": "sequence"}


def feeds(*runs: list[list[int]], type_: int = 0) -> Feeds:
    """Return the feeds of runs, each given by the ids of its sequences."""
    ids = [np.array(sequence) for run in runs for sequence in run]
    numbers = iter(range(len(ids)))
    tokens = [Tokens(ids=one, types=np.full(len(one), type_)) for one in ids]
    return Feeds(tokens, [[next(numbers) for _ in run] for run in runs], 15)


def some(count: int) -> Feeds:
    """Return so many feeds of one token each, from token 0 on."""
    return feeds(*([[number]] for number in range(count)))


def test_outputs_come_in_the_manifests_order_and_one_list_a_feed(tmp_path: Path) -> None:
    network = open_network(lookup(tmp_path), manifest(outputs=OUTPUTS), 1)
    (first, second) = network.run(feeds([[1, 2, 3]], [[4], [5, 6]]))
    np.testing.assert_array_equal(first[0], TABLE[[[1, 2, 3]]])
    np.testing.assert_array_equal(first[1], [TABLE[1:4].sum(axis=0)])
    np.testing.assert_array_equal(second[1], [TABLE[4], TABLE[5:7].sum(axis=0)])


def test_outputs_that_the_manifest_does_not_name_are_not_asked_for(tmp_path: Path) -> None:
    ((sums,),) = open_network(lookup(tmp_path), manifest(outputs={"sums": "sequence"}), 1).run(feeds([[2]]))
    np.testing.assert_array_equal(sums, [TABLE[2]])


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("types", [False, True])
def test_a_graph_takes_the_inputs_that_it_has_as_the_numbers_it_wants(tmp_path: Path, short: bool, types: bool) -> None:
    network = open_network(lookup(tmp_path, short=short, types=types), manifest(outputs=OUTPUTS), 1)
    ((rows, _),) = network.run(feeds([[1, 2]], type_=3))
    np.testing.assert_array_equal(rows, TABLE[[[4, 5] if types else [1, 2]]])


@pytest.mark.parametrize("threads", [1, 2])
def test_a_session_has_the_threads_it_is_given_and_optimises_nothing_again(tmp_path: Path, threads: int) -> None:
    options = open_session(lookup(tmp_path), threads).get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)
    assert options.graph_optimization_level.name == "ORT_DISABLE_ALL"


class Sessions:
    """Opens sessions that run nothing and know who asked them; `threads` are those of each, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: list[int] = []
        self.ran: list[tuple[int, int]] = []
        self.failing: int | None = None
        monkeypatch.setattr(runtime, "open_session", self.open)

    def open(self, directory: Path, threads: int) -> "Session":
        self.threads.append(threads)
        return Session(self, threads)


class Session:
    """Answers a feed with the thread that ran it."""

    def __init__(self, all_: Sessions, threads: int) -> None:
        self._all = all_
        self._threads = threads

    def get_inputs(self) -> list[Any]:
        return []

    def run(self, outputs: list[str], feed: dict[str, Any]) -> list[int]:
        self._all.ran.append((self._threads, threading.get_ident()))
        if self._all.failing == len(self._all.ran):
            raise ZeroDivisionError
        return [len(self._all.ran)]


@pytest.mark.parametrize(
    ("threads", "runs", "large", "side_by_side"),
    [(1, 5, False, False), (2, 1, False, False), (4, 3, False, False), (2, 2, False, True), (2, 5, True, False)],
    ids=["one thread", "one feed", "fewer than threads", "enough", "large weights"],
)
def test_runs_go_side_by_side_where_there_are_enough_for_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, runs: int, large: bool, side_by_side: bool
) -> None:
    with (tmp_path / "model.onnx.data").open("wb") as weights:
        weights.truncate(ONCE_BYTES + large)
    sessions = Sessions(monkeypatch)
    answers = list(Graph(tmp_path, [], threads).run(some(runs)))
    assert len(answers) == len(sessions.ran) == runs
    assert sessions.threads == ([threads, 1] if side_by_side else [threads])
    assert {ran for ran, _ in sessions.ran} == {1 if side_by_side else threads}
    assert ({thread for _, thread in sessions.ran} == {threading.get_ident()}) != side_by_side


def test_the_session_for_runs_side_by_side_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(monkeypatch)
    graph = Graph(tmp_path, [], 2)
    assert sessions.threads == [2]
    for _ in range(3):
        list(graph.run(some(4)))
    assert sessions.threads == [2, 1]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_run_raises_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    sessions = Sessions(monkeypatch)
    sessions.failing = 3
    with pytest.raises(ZeroDivisionError):
        list(Graph(tmp_path, [], threads).run(some(4)))


def test_a_caller_that_stops_early_leaves_no_thread_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Sessions(monkeypatch)
    before = threading.active_count()
    answers = Graph(tmp_path, [], 2).run(some(100))
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_results_keep_the_order_of_the_feeds_side_by_side(tmp_path: Path) -> None:
    answers = open_network(lookup(tmp_path), manifest(outputs=OUTPUTS), 2).run(some(12))
    assert [rows[0, 0].tolist() for rows, _ in answers] == TABLE[:12].tolist()


def test_a_folder_without_a_graph_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="model.onnx"):
        open_network(tmp_path, manifest(), 1)
