"""Artifacts that ship with the repository: where they lie, and the digests that they must have.

They lie in the folder `artifacts` beside their catalog, one folder for each entry, so that serving them needs nothing
that makes artifacts. `SHA256SUMS` there has the digest of every file, in the form of the command sha256sum.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from shared.manifest import FILE_NAME as MANIFEST
from shared.manifest import Manifest
from shared.spec import CatalogError, Spec

FOLDER = "artifacts"
SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/]+)/(.+)")
# What an entry and its artifact both say.
_OF_THE_ENTRY = ("id", "service", "runtime", "source")


def shipped_folder(catalog: Path, spec: Spec) -> Path | None:
    """Return the folder of the artifact that ships for an entry of the file `catalog`, or None where none does.

    An entry that asks for something else than what ships (another source, another quantization) has to be built.
    """
    directory = catalog.parent / FOLDER / spec.id
    if not (directory.parent / SUMS).is_file() or not directory.is_dir():
        return None
    if not _is_whole(directory):  # whoever verifies the artifact says so
        return directory
    manifest = Manifest.read(directory)
    return None if any(asked != has for _, asked, has in facts(spec, manifest)) else directory


def _is_whole(directory: Path) -> bool:
    """Say whether the manifest in a folder is the one that ships."""
    try:
        content = (directory / MANIFEST).read_bytes()
        return sums(directory)[MANIFEST] == hashlib.sha256(content).hexdigest()
    except (FileNotFoundError, KeyError, CatalogError):
        return False


def facts(spec: Spec, manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """Yield by field what an entry asks of its artifact, and what the artifact says of itself."""
    yield from ((field, getattr(spec, field), getattr(manifest, field)) for field in _OF_THE_ENTRY)
    if spec.runtime == "onnx" and spec.quantize != "auto":
        yield "quantize", spec.quantize, manifest.quantization


def sums(directory: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of the artifact in `directory`, its manifest included.

    Raises CatalogError when `SHA256SUMS` has none of them, or a line that is not one of sha256sum.
    """
    path = directory.parent / SUMS
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    digests = {match[3]: match[1] for match in found if match[2] == directory.name}
    if len(found) < len(lines) or not digests:
        raise CatalogError(path, None, None, f"it does not list the files of {directory.name}; {restore(directory)}")
    return digests


def restore(directory: Path) -> str:
    """Say how to get back what ships."""
    return f"get it back with `git checkout -- {directory.parent}`."
