"""`python -m models {build,lock,check,ship}`: from a catalog's sources to artifacts that are served."""

import argparse
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.artifact import verify
from shared.catalog import Catalog, CatalogError, Spec

ROOT = Path(__file__).resolve().parent.parent
# The exit status of a program that Ctrl-C ended, as shells have it.
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. What went wrong is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    parser.add_argument("command", choices=("build", "lock", "check", "ship"))
    parser.add_argument("ids", nargs="*", metavar="ID", help="the entries; all when none is named")
    parser.add_argument("--catalog", type=Path, default=ROOT / "models.toml", help="default: %(default)s")
    chosen = parser.parse_intermixed_args(arguments)
    # Whoever ends it leaves nothing half made behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for line in run(chosen.command, Catalog.read(chosen.catalog), chosen.ids, ROOT):
            print(line)
    except CatalogError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        # Such as a full disk, or a folder that is somebody else's.
        where = f" ({error.filename})" if error.filename else ""
        what = f"{chosen.command} stopped: {error.strerror or error}{where}"
        print(f"{what}. Mend that; the next run goes on from here.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped: {chosen.command} is not finished; the next run goes on from here.", file=sys.stderr)
        return INTERRUPTED
    return 0


def run(command: str, catalog: Catalog, ids: Sequence[str], root: Path) -> list[str]:
    """Run one command; return the lines to print. Raises CatalogError."""
    match command:
        case "build":
            return [str(path) for path in _build(catalog, ids, root)]
        case "ship":
            from models.ship import ship

            logging.disable(logging.WARNING)
            return [str(path) for path in ship(catalog, ids, root)]
        case "lock":
            from models.lock import lock

            return [str(lock(catalog, root / "build" / "sources"))]
        case _:
            from models.check import check

            return check(catalog, ids, root)


def _build(catalog: Catalog, ids: Sequence[str], root: Path) -> Iterator[Path]:
    """Yield the folder of each entry's artifact, as it ships, else as it is built now. Raises CatalogError."""
    specs = [catalog[model_id] for model_id in ids] or list(catalog)
    ships = [spec for spec in specs if catalog.shipped(spec.id)]
    yield from (_verify_shipped(spec, catalog, root) for spec in ships)
    others = [spec.id for spec in specs if spec not in ships]
    if others:
        # Imports what makes artifacts: it takes seconds, and serving what ships does without it.
        from models.build import build

        logging.disable(logging.WARNING)  # exporter, optimiser and quantizer report every node they touch
        yield from build(catalog, others, root)


def _verify_shipped(spec: Spec, catalog: Catalog, root: Path) -> Path:
    lock = catalog.read_lock()[spec.id] if catalog.lock_path.exists() else None
    verify(catalog, spec, root, lock)
    directory = catalog.artifact(spec.id, root)
    print(f"[{spec.id}] ships with the repository, unchanged", file=sys.stderr)
    return directory


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
