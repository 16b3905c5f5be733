"""`python -m local.images`: build the image of every model of a catalog, and ask each for its example."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.context import DOCKERFILE, PLATFORMS, BuildContext, stage
from local.container import ContainerLauncher
from local.engine import Engine, EngineError, Network, engine
from local.function import Function
from local.functions import Functions
from shared.artifact import read
from shared.catalog import Catalog, CatalogError, Spec
from shared.deployment import BASE_IMAGE, IMAGE_HANDLER
from shared.golden import difference
from shared.manifest import Manifest

EMBEDDED = Path("models/embedded/models.toml")
MB = 1_000_000


class ImageError(Exception):
    """An image that was built does not answer as its artifact does."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """How images are built and tried. `wheels` is a folder with PyTorch, for want of its index."""

    catalog: Catalog
    root: Path
    engine: Engine
    base: str
    wheels: Path | None = None
    architecture: str = "x86_64"

    def context(self, spec: Spec) -> BuildContext:
        """What a model's image is built from. Raises CatalogError where its artifact is not built."""
        read(self.catalog, spec, self.root)
        artifact = self.catalog.artifact(spec.id, self.root)
        return stage(spec, artifact, self.root, base=self.base, architecture=self.architecture)

    def build(self, spec: Spec) -> str:
        """Build a model's image and return its name. Raises CatalogError or EngineError."""
        context = self.context(spec)
        image = f"localhost/model-router-{self.catalog.name}-{spec.id}:{context.tag}"
        self.engine.build(context, self.root / DOCKERFILE, image, wheels=self.wheels)
        return image

    def size(self, image: str) -> int:
        """Bytes of an image's files besides its base's."""
        return self.engine.size(image) - self.engine.size(self.base)

    def function(self, spec: Spec, image: str, network: Network) -> Function:
        """The function that runs a model's image in sandboxes of the local stack."""
        return Function(
            name=f"image-{spec.id}",
            handler=IMAGE_HANDLER,
            launcher=ContainerLauncher(self.engine, network, image),
            memory_mb=spec.memory_mb,
            timeout_s=spec.timeout_s,
            max_sandboxes=2,
        )

    def ask(self, spec: Spec, image: str, network: Network) -> float:
        """Start a sandbox of the image and ask it for its example; returns the seconds that took. Raises ImageError."""
        example = Manifest.read(self.catalog.artifact(spec.id, self.root)).example
        began = time.perf_counter()
        (reply,) = asyncio.run(invoke(self.function(spec, image, network), [{"request": example["request"]}]))
        problem = difference(example["result"], reply.get("result"))
        if problem:
            raise ImageError(f"{spec.id}: {problem}: {json.dumps(reply)[:500]}")
        return time.perf_counter() - began


async def invoke(function: Function, payloads: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run a function for one payload after the other, and return its replies; those of a failure hold its `log`."""
    functions = Functions()
    functions.define(function)
    replies: list[dict[str, Any]] = []
    try:
        for payload in payloads:
            result = await functions.invoke(function.name, json.dumps(payload).encode())
            failed = result.outcome.error_type is not None
            log = {"log": result.log.decode(errors="replace")} if failed else {}
            replies.append({**json.loads(result.outcome.payload), **log})
        return replies
    finally:
        await functions.stop()


def run(images: Images, ids: Sequence[str]) -> Iterator[str]:
    """Build and ask; one line for each image. Raises CatalogError, EngineError or ImageError."""
    with images.engine.network() as network:
        for spec in [images.catalog[i] for i in ids] or list(images.catalog):
            began = time.perf_counter()
            image = images.build(spec)
            built_s = time.perf_counter() - began
            answered_s = images.ask(spec, image, network)
            yield (
                f"{spec.id}: {images.size(image) / MB:.0f} MB without its base, built in {built_s:.0f} s, "
                f"first answer after {answered_s:.1f} s ({image})"
            )


def main(arguments: Sequence[str]) -> str | None:
    """Build and ask. Returns what went wrong, in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m local.images", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="the entries; all when none is named")
    parser.add_argument("--catalog", type=Path, default=EMBEDDED, help="default: %(default)s")
    parser.add_argument("--base", default=BASE_IMAGE, help="the base image (default: %(default)s)")
    parser.add_argument("--architecture", choices=tuple(PLATFORMS), default="x86_64", help="default: %(default)s")
    parser.add_argument("--wheels", type=Path, help="a folder to take PyTorch from (buildah only)")
    options = parser.parse_args(arguments)
    try:
        images = Images(
            catalog=Catalog.read(options.catalog),
            root=Path(".").resolve(),
            engine=engine(),
            base=options.base,
            wheels=options.wheels,
            architecture=options.architecture,
        )
        for line in run(images, options.ids):
            print(line, flush=True)
    except (CatalogError, EngineError, ImageError) as error:
        return str(error)
    except KeyboardInterrupt:
        return "Stopped."
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
