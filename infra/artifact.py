"""Whether an artifact is what its catalog entry and lock ask for: the last check before anything is deployed."""

import hashlib
from pathlib import Path

from shared.catalog import Catalog, CatalogError, LockedSource, Spec
from shared.manifest import Manifest


def checked(catalog: Catalog, spec: Spec, lock: LockedSource, root: Path) -> Manifest:
    """The manifest of a model's artifact. Raises CatalogError when it is missing, altered or made of something else."""
    directory = catalog.artifact(spec.id, root)
    remedy = f"run `make models MODELS={catalog.path}`."
    try:
        manifest = Manifest.read(directory)
    except (FileNotFoundError, TypeError):
        raise CatalogError(catalog.path, spec.id, None, f"its artifact is not built; {remedy}") from None
    wanted = {"service": spec.service, "runtime": spec.runtime, "source": spec.source, "revision": lock.revision}
    for field, value in {"id": spec.id, **wanted}.items():
        if (built := getattr(manifest, field)) != value:
            raise CatalogError(catalog.path, spec.id, field, f"the artifact has {built!r}, not {value!r}; {remedy}")
    if spec.quantize != "auto" and manifest.quantization != spec.quantize:
        problem = f"the artifact has {manifest.quantization!r}, not {spec.quantize!r}; {remedy}"
        raise CatalogError(catalog.path, spec.id, "quantize", problem)
    if spec.gate == "off":
        problem = '"off" is for benchmarks and cannot be deployed; delete the line and ' + remedy
        raise CatalogError(catalog.path, spec.id, "gate", problem)
    for name, digest in manifest.files.items():
        if not (directory / name).is_file() or _sha256(directory / name) != digest:
            problem = f"the artifact's {name} is not the file that was built; {remedy}"
            raise CatalogError(catalog.path, spec.id, None, problem)
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
