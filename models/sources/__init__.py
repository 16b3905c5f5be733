"""Finds where checkpoints come from: the four forms of a catalog entry's `source`."""

from pathlib import Path

from models.sources.bucket import Bucket
from models.sources.folder import file, package
from models.sources.hub import Hub
from models.sources.seam import Found, Source, SourceError

__all__ = ["Found", "Source", "SourceError", "source_of"]


def source_of(source: str, catalog: Path, store: Path) -> Source:
    """Return the source that an entry of `catalog` names. Downloads are kept below `store`. Raises SourceError."""
    scheme, _, rest = source.partition(":")
    match scheme:
        case "hf":
            repository, _, revision = rest.removeprefix("//").partition("@")
            return Hub(repository=repository, revision=revision or None)
        case "s3":
            bucket, _, prefix = rest.removeprefix("//").partition("/")
            return Bucket(bucket=bucket, prefix=prefix, store=store)
        case "file":
            return file(rest, catalog)
        case _:
            return package(rest)
