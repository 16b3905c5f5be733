"""`embed`, run after run: what is refused, what passes, what an earlier run left."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.cli.fake_router import FakeRouter, vector_of
from tests.cli.test_embed import vectors

OR = " or .parquet."


def test_a_text_that_the_platform_refuses_is_told_by_its_line(
    router: FakeRouter, command: Command, tmp_path: Path
) -> None:
    file, out = tmp_path / "in.txt", tmp_path / "out.npy"
    file.write_text("one\n" * 70 + "refuse me\n" + "two\n" * 5)
    said = command("embed", str(file), "-o", str(out))
    assert said.status == 1
    assert said.err.startswith(f"{file}, line 71: {router.url} answered 400: ")
    assert said.err.endswith(" 64 texts are done; the same command goes on.\n")
    file.write_text("one\n" * 70 + "corrected\n" + "two\n" * 5)
    assert command("embed", str(file), "-o", str(out)).status == 0
    expected = ["one"] * 70 + ["corrected"] + ["two"] * 5
    np.testing.assert_array_equal(np.load(out), np.array([vector_of(text) for text in expected], np.float32))


def test_an_input_that_has_changed_is_not_continued(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    file, out = tmp_path / "in.txt", tmp_path / "out.npy"
    file.write_text("one\n" * 70 + "refuse me\n")
    command("embed", str(file), "-o", str(out))
    file.write_text("two\n" + "one\n" * 75)
    said = command("embed", str(file), "-o", str(out))
    assert said.err.startswith(f"{file} is not what {out}.part was begun with: its first 64 rows differ")
    assert command("embed", str(file), "-o", str(out), "--restart").status == 0
    assert np.load(out).shape == (76, 8)


def test_empty_texts_may_be_taken_once_one_has_stopped_a_run(
    router: FakeRouter, command: Command, tmp_path: Path
) -> None:
    file, out = tmp_path / "in.txt", tmp_path / "out.npy"
    file.write_text("one\n" * 70 + "\n" + "two\n" * 5)
    assert "take it with --empty null" in command("embed", str(file), "-o", str(out)).err
    assert command("embed", str(file), "-o", str(out), "--empty", "null").status == 0
    assert np.isnan(np.load(out)[:, 0]).nonzero()[0].tolist() == [70]


def test_other_settings_are_not_continued(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    file, out = tmp_path / "in.txt", tmp_path / "out.npy"
    file.write_text("one\n" * 70 + "refuse me\n")
    command("embed", str(file), "-o", str(out))
    said = command("embed", str(file), "-o", str(out), "--dimensions", "4")
    assert said.err == (
        f"{out}.part was begun with dimensions 8, not 4: go on as before, or start again with --restart.\n"
    )


def test_a_finished_output_is_replaced_only_when_asked(
    router: FakeRouter, command: Command, texts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine\n")
    assert command("embed", str(texts), "-o", str(out)).err.startswith(f"{out} exists already")
    assert out.read_text() == "mine\n"
    assert command("embed", str(texts), "-o", str(out), "--overwrite").status == 0
    assert len(vectors(out)) == 3


def test_failures_that_pass_are_not_seen(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    router.fail_every = 2
    (tmp_path / "in.txt").write_text("".join(f"{i}\n" for i in range(500)))
    assert command("embed", str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.npy"), "--batch", "10").status == 0
    np.testing.assert_array_equal(
        np.load(tmp_path / "out.npy"), np.array([vector_of(str(i)) for i in range(500)], np.float32)
    )
    assert router.texts == 500


def test_a_failure_that_stays_ends_the_run(router: FakeRouter, command: Command, texts: Path, tmp_path: Path) -> None:
    router.fail_every, router.retry_after = 1, "9"
    said = command("embed", str(texts), "-o", str(tmp_path / "out.npy"), "--retry-for", "5")
    assert said.err == f"{router.url} answered 429: The model is busy. 0 texts are done; the same command goes on.\n"


def test_requests_that_take_too_long_are_sent_in_smaller_ones(
    router: FakeRouter, command: Command, tmp_path: Path
) -> None:
    router.most_items = 10
    (tmp_path / "in.txt").write_text("".join(f"{i}\n" for i in range(6400)))
    said = command("embed", str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.npy"), "--parallel", "1")
    assert said.status == 0, said.err
    assert np.load(tmp_path / "out.npy").tolist() == [list(vector_of(str(i))) for i in range(6400)]
    # 64, 32 and 16 were tried once; then all are of 8.
    assert router.requests == 3 + 800


def test_the_cost_is_told_where_a_price_is_known(
    router: FakeRouter, command: Command, texts: Path, tmp_path: Path
) -> None:
    assert "$" not in command("embed", str(texts), "-o", str(tmp_path / "1.npy")).err
    said = command("embed", str(texts), "-o", str(tmp_path / "2.npy"), "--price", "1000")
    assert "; 15 tokens; " in said.err
    assert "; about $0.0150 on Lambda at list prices." in said.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--out", "x.xml"], "x.xml says no format that is written here: end its name with .jsonl, .parquet or .npy."),
        (["--out", "x.npy", "--keep", "text"], "x.npy holds numbers only: leave --keep out, or write .jsonl" + OR),
        (["--model", "qa"], "qa gives no vectors: correct --model or --dimensions."),
        (["--dimensions", "9"], "embeddings gives vectors of 8 numbers: correct --model or --dimensions."),
        (["--keep", "index"], "--keep cannot copy embedding or index: the output has fields of these names."),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_told(
    router: FakeRouter, command: Command, texts: Path, arguments: list[str], problem: str
) -> None:
    said = command("embed", str(texts), *arguments)
    assert (said.status, said.err) == (1, problem + "\n")


def test_a_run_that_ended_while_it_finished_is_finished_by_the_next(
    router: FakeRouter, command: Command, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.npy"
    with monkeypatch.context() as broken:
        broken.setattr("model_router.embedding.formats.Npy.finish", interrupt)
        assert command("embed", str(texts), "-o", str(out)).status == 130
    assert not out.exists()
    assert "; 3 of them from before; " in command("embed", str(texts), "-o", str(out)).err
    assert np.load(out).tolist() == [list(vector_of(text)) for text in ("one", "two", "three")]
    assert router.texts == 3


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_a_run_left_that_ended_after_it_finished_is_forgotten(
    router: FakeRouter, command: Command, texts: Path, tmp_path: Path
) -> None:
    out, left = tmp_path / "out.npy", tmp_path / "out.npy.part.json"
    command("embed", str(texts), "-o", str(out))
    left.write_text("{}")
    assert command("embed", str(texts), "-o", str(out)).err.startswith(f"{out} exists already")
    assert not left.exists()


def test_two_runs_do_not_write_one_output(router: FakeRouter, command: Command, texts: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / "out.npy.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        said = command("embed", str(texts), "-o", str(tmp_path / "out.npy"))
    assert said.err == f"Another run is writing {tmp_path}/out.npy.part: wait for it, or stop it.\n"


def test_without_pyarrow_parquet_is_told_how_to_come_by(
    router: FakeRouter, command: Command, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "model_router.embedding.parquet", raising=False)
    monkeypatch.delattr("model_router.embedding.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = command("embed", str(texts), "-o", str(tmp_path / "out.parquet"))
    assert (said.status, said.err) == (
        1,
        f"Parquet needs pyarrow: `{sys.executable} -m pip install pyarrow`, or use JSONL.\n",
    )
