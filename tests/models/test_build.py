"""When an artifact is made again, and when not; and what is left of a build that did not end."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from models.build import build
from models.cache import Cache, intact
from models.key import key_of
from models.sources import Found
from shared.catalog import CatalogError
from tests.models.project import QUICK, Project

pytestmark = pytest.mark.torch


def test_a_build_is_a_whole_artifact(here: Project) -> None:
    catalog = here.catalog(letters=QUICK)
    assert build(catalog, [], here.root) == [here.artifact("letters")]
    manifest = here.manifest("letters")
    assert intact(here.artifact("letters"))
    assert (manifest.id, manifest.license, manifest.runtime) == ("letters", "MIT", "torch")
    assert {"model.safetensors", "tokenizer.json", "1_Pooling/config.json"} <= set(manifest.files)
    assert manifest.example["result"]["embeddings"]


def test_what_is_unchanged_is_not_made_again(here: Project) -> None:
    catalog = here.catalog(letters=QUICK)
    build(catalog, [], here.root)
    before, builds = here.state("letters"), here.builds()
    build(catalog, [], here.root)
    assert (here.state("letters"), here.builds()) == (before, builds)


def test_entries_with_the_same_source_share_one_build(here: Project) -> None:
    catalog = here.catalog(one=QUICK, other={**QUICK, "license": "Apache-2.0"})
    build(catalog, [], here.root)
    assert len(here.builds()) == 1
    assert (here.manifest("one").id, here.manifest("other").id) == ("one", "other")
    assert (here.manifest("one").license, here.manifest("other").license) == ("MIT", "Apache-2.0")
    assert here.state("one")["model.safetensors"] == here.state("other")["model.safetensors"]


def test_only_the_named_entries_are_built(here: Project) -> None:
    build(here.catalog(one=QUICK, other=QUICK), ["other"], here.root)
    assert not here.artifact("one").exists()
    assert here.artifact("other").exists()


@pytest.mark.parametrize(
    "change", [{"quantize": "none"}, {"example": {"input": "Another text."}}, {"gate": {"cosine_min": 0.9}}]
)
def test_a_changed_entry_is_made_again_and_no_other(here: Project, change: dict[str, object]) -> None:
    build(here.catalog(one=QUICK, other=QUICK), [], here.root)
    other = here.state("other")
    build(here.catalog(one={**QUICK, **change}, other=QUICK), [], here.root)
    assert len(here.builds()) == 2
    assert here.state("other") == other


def test_a_changed_example_is_what_the_artifact_then_answers(here: Project) -> None:
    build(here.catalog(letters=QUICK), [], here.root)
    build(here.catalog(letters={**QUICK, "example": {"input": "Another text."}}), [], here.root)
    assert here.manifest("letters").example["request"]["input"] == ["Another text."]


def test_a_changed_source_is_made_again_and_no_other(here: Project) -> None:
    (here.root / "letters").rename(here.root / "first")
    shutil.copytree(here.root / "first", here.root / "second")
    catalog = here.catalog(one={**QUICK, "source": "file:first"}, other={**QUICK, "source": "file:second"})
    build(catalog, [], here.root)
    other, revision = here.state("other"), here.manifest("one").revision
    here.change("config.json", "first")
    build(catalog, [], here.root)
    assert here.state("other") == other
    assert here.manifest("one").revision != revision
    assert len(here.builds()) == 3


def test_changed_files_of_the_same_revision_are_another_build(here: Project) -> None:
    """As in a package: its revision is its version, whatever lies in its folder."""
    spec = here.catalog(letters=QUICK)["letters"]
    first, second = (Found(revision="letters==1", license=None, files={"config.json": digest}) for digest in "ab")
    assert key_of(spec, first, here.root, {}) == key_of(spec, first, here.root, {})
    assert key_of(spec, first, here.root, {}) != key_of(spec, second, here.root, {})


def test_changed_code_makes_everything_again(here: Project) -> None:
    catalog = here.catalog(letters=QUICK)
    build(catalog, [], here.root)
    module = here.root / "shared" / "encoder" / "encoder.py"
    module.write_text(module.read_text(encoding="utf-8").replace('"hello"', '"goodbye"'), encoding="utf-8")
    build(catalog, [], here.root)
    assert len(here.builds()) == 2


@pytest.mark.parametrize("change", [{"memory_mb": 3008}, {"warm": 0}, {"timeout_s": 60}, {"limits": {"items": 3}}])
def test_how_a_model_is_served_makes_nothing_again(here: Project, change: dict[str, object]) -> None:
    build(here.catalog(letters=QUICK), [], here.root)
    before = here.state("letters")
    build(here.catalog(letters={**QUICK, **change}), [], here.root)
    assert here.state("letters") == before
    assert len(here.builds()) == 1


def test_a_damaged_artifact_is_made_again(here: Project) -> None:
    catalog = here.catalog(letters=QUICK)
    build(catalog, [], here.root)
    (here.artifact("letters") / "model.safetensors").write_bytes(b"damaged")  # and so the cache's, which is the same
    build(catalog, [], here.root)
    assert intact(here.artifact("letters"))


def test_a_lost_artifact_is_put_back_without_a_build(here: Project) -> None:
    catalog = here.catalog(letters=QUICK)
    build(catalog, [], here.root)
    (here.artifact("letters") / "tokenizer.json").unlink()
    builds = here.builds()
    build(catalog, [], here.root)
    assert intact(here.artifact("letters"))
    assert here.builds() == builds


def test_a_build_that_fails_leaves_the_artifact_that_was_there(here: Project) -> None:
    catalog = here.catalog(letters=QUICK)
    build(catalog, [], here.root)
    before, builds = here.contents("letters"), here.builds()
    (here.root / "letters" / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(Exception, match="header"):
        build(catalog, [], here.root)
    assert (here.contents("letters"), here.builds()) == (before, builds)
    assert intact(here.artifact("letters"))


@pytest.mark.parametrize("end", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_of_a_build_that_is_interrupted(tmp_path: Path, end: type[BaseException]) -> None:
    cache = Cache(tmp_path / "cache")
    with pytest.raises(end):
        _interrupt(cache, "key", end)
    assert list(cache.directory.iterdir()) == []
    assert "key" not in cache


def test_what_a_killed_build_left_is_gone_a_day_later(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name, hours in (("building-killed", 25), ("building-under-way", 1)):
        (tmp_path / name / "artifact").mkdir(parents=True)
        os.utime(tmp_path / name, (time.time() - hours * 3600,) * 2)
    with cache.filling("key"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"building-under-way", "key"}


def test_a_build_that_is_interrupted_keeps_what_the_cache_held(here: Project) -> None:
    build(here.catalog(letters=QUICK), [], here.root)
    cache = Cache(here.root / "build" / "models" / ".cache")
    (key,) = here.builds()
    with pytest.raises(KeyboardInterrupt):
        _interrupt(cache, key, KeyboardInterrupt)
    assert key in cache
    assert here.builds() == {key}


def test_everything_may_be_read_by_every_user(here: Project) -> None:
    build(here.catalog(letters=QUICK), [], here.root)
    folder = here.artifact("letters")
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o755}


def test_a_checkpoint_that_cannot_be_served_is_said(here: Project) -> None:
    (here.root / "letters" / "modules.json").write_text(json.dumps([{"type": "x.Dense", "path": ""}]), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"models.toml: \[letters\] source: cannot be served .*another checkpoint"):
        build(here.catalog(letters=QUICK), [], here.root)


def _interrupt(cache: Cache, key: str, end: type[BaseException]) -> None:
    with cache.filling(key) as (scratch, artifact):
        (scratch / "exported").mkdir()
        (artifact / "model.onnx").write_bytes(b"half")
        raise end
