"""Where the torch image's tests take PyTorch from, and when they skip."""

from pathlib import Path

from tests.images.conftest import why_torch_is_missing

OUT_OF_REACH = "http://127.0.0.1:9/whl/"


def test_a_folder_with_a_torch_wheel_is_enough(tmp_path: Path) -> None:
    (tmp_path / "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl").touch()
    assert why_torch_is_missing(tmp_path, OUT_OF_REACH) is None


def test_a_folder_without_one_is_named(tmp_path: Path) -> None:
    assert why_torch_is_missing(tmp_path) == f"TORCH_WHEELS ({tmp_path}) holds no torch-*.whl."


def test_an_index_out_of_reach_is_the_reason_given() -> None:
    assert "PyTorch's CPU index is out of reach" in str(why_torch_is_missing(None, OUT_OF_REACH))


def test_an_index_in_reach_is_enough(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    assert why_torch_is_missing(None, (tmp_path / "index.html").as_uri()) is None
