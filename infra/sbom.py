"""`python -m infra.sbom` (`make sbom`): what the router's zip and every model image hold, in CycloneDX's JSON.

The documents follow version 1.6 of the format (https://cyclonedx.org/docs/1.6/json/). The same pins, lock and artifacts
make the same bytes: no document holds a time.
"""

import argparse
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from infra import package
from infra.image_requirements import ROOT, blocks
from infra.settings import PYTHON
from shared.artifact import read
from shared.catalog import Catalog, CatalogError, Spec
from shared.deployment import BASE_IMAGE
from shared.image import requirements
from shared.manifest import Manifest

FOLDER = Path("build/sbom")
LICENSES = "requirements/licenses.toml"
# The Python of the base image. The router's zip is made for the Python that runs this program.
IMAGE_PYTHON = BASE_IMAGE.rpartition(":")[2]

Component = dict[str, Any]


def packages(path: str, python: str, root: Path = ROOT) -> Iterator[Component]:
    """Yield the packages that a compiled file of requirements installs on Lambda for a Python such as 3.13.

    Raises KeyError for a package whose licence `requirements/licenses.toml` does not say.
    """
    licenses = tomllib.loads((root / LICENSES).read_text(encoding="utf-8"))["packages"]
    pins = [block for found in blocks((root / path).read_text(encoding="utf-8")).values() for block in found]
    if path == requirements("torch"):
        pins.append(_torch(root))
    there = {"python_full_version": f"{python}.0", "python_version": python, "sys_platform": "linux"}
    for pin in pins:
        required = Requirement(pin.partition("\\")[0])
        if required.marker is None or required.marker.evaluate(there):
            (version,) = (specifier.version for specifier in required.specifier)
            purl = f"pkg:pypi/{required.name}@{version}"
            chosen = [{"expression": licenses[required.name]}]
            yield _component("library", required.name, version, purl=purl, licenses=chosen)


def router(root: Path = ROOT) -> dict[str, Any]:
    """Return the document of the router's zip."""
    return _document(_component("application", "router", None), packages(str(package.REQUIREMENTS), PYTHON, root))


def image(spec: Spec, manifest: Manifest, base: str = BASE_IMAGE, root: Path = ROOT) -> dict[str, Any]:
    """Return the document of a model's image: its base, its packages, and the model with the digest of every file."""
    name, _, tag = base.partition("@") if "@" in base else base.rpartition(":")
    files = [
        _component("file", file, None, hashes=[{"alg": "SHA-256", "content": digest}])
        for file, digest in sorted(manifest.files.items())
    ]
    model = _component(
        "machine-learning-model",
        manifest.source,
        manifest.revision,
        licenses=[{"license": {"name": manifest.license}}],
        components=files,
    )
    parts = [_component("container", name, tag), *packages(requirements(spec.runtime), IMAGE_PYTHON, root), model]
    return _document(_component("container", spec.id, None), parts)


def write(catalog: Catalog, root: Path = ROOT, base: str = BASE_IMAGE) -> list[Path]:
    """Write every document below `build/sbom` and return the paths.

    Raises CatalogError for a model that is not built.
    """
    documents = {"router": router(root)}
    for spec in catalog:
        documents[f"model-{spec.id}"] = image(spec, read(catalog, spec, root), base, root)
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    written = []
    for name, document in documents.items():
        path = root / FOLDER / f"{name}.cdx.json"
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _torch(root: Path) -> str:
    """Return the pin of PyTorch, which images install apart from their requirements."""
    (pin,) = re.findall(r"^ARG TORCH=(.+)$", (root / "services" / "Dockerfile").read_text(), flags=re.MULTILINE)
    return str(pin)


def _component(kind: str, name: str, version: str | None, **also: Any) -> Component:
    """Return a component with the fields that all have; the rest as given."""
    said = {} if version is None else {"version": version}
    return {"type": kind, "bom-ref": also.get("purl") or f"{kind}:{name}", "name": name, **said, **also}


def _document(subject: Component, parts: Iterable[Component]) -> dict[str, Any]:
    """Return the document that says what `subject` is made of, numbered by its content."""
    components = list(parts)
    content = json.dumps([subject, components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
        "dependencies": [{"ref": subject["bom-ref"], "dependsOn": [part["bom-ref"] for part in components]}],
    }


def main(arguments: list[str]) -> None:
    """Write the documents of one catalog's deployment and print their paths."""
    parser = argparse.ArgumentParser(prog="python -m infra.sbom", description=__doc__)
    parser.add_argument(
        "--catalog", type=Path, default=ROOT / "models/embedded/models.toml", help="default: %(default)s"
    )
    parser.add_argument("--base", default=BASE_IMAGE, help="the base image of the models (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        for path in write(Catalog.read(options.catalog), base=options.base):
            print(path.relative_to(ROOT))
    except CatalogError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
