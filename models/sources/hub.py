"""Checkpoints on a Hugging Face hub: `hf://owner/name[@revision]`. Endpoint, token and cache are the client's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from models.digest import sha256
from models.progress import bar
from models.sources.files import needed
from models.sources.seam import Found, SourceError


@dataclass(frozen=True, kw_only=True)
class Hub:
    """A model repository, at a branch, tag or commit. `endpoint` and `cache` are the hub client's own when None."""

    repository: str
    revision: str | None = None
    endpoint: str | None = None
    cache: Path | None = None

    local: ClassVar[bool] = False

    def find(self) -> Found:
        """Downloads the small files to hash them; of large ones the hub itself states the SHA-256."""
        from huggingface_hub import HfApi

        with _explained(self):
            info = HfApi(endpoint=self.endpoint).model_info(
                self.repository, revision=self.revision, files_metadata=True
            )
            siblings = {file.rfilename: file for file in info.siblings or []}
            stated = {name: file.lfs.sha256 for name, file in siblings.items() if file.lfs}
            names = needed(siblings)
            commit = str(info.sha)
            files = {n: stated.get(n) or self._digest(n, commit) for n in bar(names, f"hf://{self.repository}")}
        card = info.card_data
        return Found(revision=commit, license=card.get("license") if card else None, files=files)

    def fetch(self, found: Found) -> Path:
        from huggingface_hub import snapshot_download

        with _explained(self):
            snapshot = snapshot_download(
                self.repository,
                revision=found.revision,
                allow_patterns=list(found.files),
                endpoint=self.endpoint,
                cache_dir=self.cache,
            )
        return Path(snapshot)

    def _digest(self, name: str, commit: str) -> str:
        from huggingface_hub import hf_hub_download

        path = hf_hub_download(self.repository, name, revision=commit, endpoint=self.endpoint, cache_dir=self.cache)
        return sha256(Path(path))


@contextmanager
def _explained(hub: Hub) -> Iterator[None]:
    """Turn what the hub client raises into one sentence."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    name = hub.repository
    try:
        yield
    except RepositoryNotFoundError:
        raise SourceError(
            f"the hub has no model {name} that you may read; correct the name, or set HF_TOKEN."
        ) from None
    except RevisionNotFoundError:
        raise SourceError(f"{name} has no revision {hub.revision}; correct what follows the @.") from None
    except (OSError, HTTPError, HFValidationError) as error:
        problem = f"the hub cannot be reached for {name} ({type(error).__name__})"
        raise SourceError(
            f"{problem}; check the network and HF_ENDPOINT, or use models/embedded/models.toml."
        ) from None
