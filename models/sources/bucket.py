"""Checkpoints in an S3 bucket: `s3://bucket/prefix`. Credentials, region and endpoint are boto3's own."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from models.digest import combined, differing, digests
from models.progress import bar
from models.sources.files import needed
from models.sources.folder import card_license
from models.sources.seam import Found, SourceError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The objects below a prefix. What is downloaded is kept below `store`, by the digest of its files."""

    bucket: str
    prefix: str
    store: Path

    local: ClassVar[bool] = False

    def find(self) -> Found:
        self.store.mkdir(parents=True, exist_ok=True)
        names = self._names()
        with tempfile.TemporaryDirectory(dir=self.store) as scratch:
            folder = Path(scratch) / "files"
            self._download(names, folder)
            files = digests(folder, names)
            found = Found(revision=f"sha256:{combined(files)}", license=card_license(folder), files=files)
            kept = self._kept(found)
            if not kept.exists():
                folder.rename(kept)
        return found

    def fetch(self, found: Found) -> Path:
        kept = self._kept(found)
        missing = differing(kept, found.files)
        self._download([name for name in missing if name in self._names()] if missing else [], kept)
        return kept

    def _kept(self, found: Found) -> Path:
        return self.store / found.revision.removeprefix("sha256:")

    def _client(self) -> "S3Client":
        import boto3  # only this kind of source needs it, and it is slow to import

        return boto3.client("s3")

    def _names(self) -> list[str]:
        """Return the needed names below the prefix. Raises SourceError for none, or a bucket that cannot be read."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._path)
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        except (BotoCoreError, ClientError) as error:
            raise SourceError(f"the bucket cannot be read ({error}); check its name and your credentials.") from None
        if not keys:
            raise SourceError(f"there is nothing below s3://{self.bucket}/{self._path}; correct the bucket or prefix.")
        return needed(key.removeprefix(self._path) for key in keys)

    @property
    def _path(self) -> str:
        return self.prefix.rstrip("/") + "/"

    def _download(self, names: list[str], directory: Path) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._client()
        for name in bar(names, f"s3://{self.bucket}"):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                client.download_file(self.bucket, self._path + name, str(directory / name))
            except (BotoCoreError, ClientError) as error:
                shutil.rmtree(directory / name, ignore_errors=True)
                raise SourceError(f"{name} cannot be downloaded ({error}); try again.") from None
