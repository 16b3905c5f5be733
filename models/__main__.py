"""`python -m models {build,lock,check}`: from a catalog's sources to artifacts that are served."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.catalog import Catalog, CatalogError

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. What went wrong is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    parser.add_argument("command", choices=("build", "lock", "check"))
    parser.add_argument("ids", nargs="*", metavar="ID", help="the entries; all when none is named")
    parser.add_argument("--catalog", type=Path, default=ROOT / "models.toml", help="default: %(default)s")
    chosen = parser.parse_intermixed_args(arguments)
    try:
        for line in run(chosen.command, Catalog.read(chosen.catalog), chosen.ids, ROOT):
            print(line)
    except CatalogError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(command: str, catalog: Catalog, ids: Sequence[str], root: Path) -> list[str]:
    """Run one command; return the lines to print. Raises CatalogError."""
    match command:
        case "build":
            from models.build import build  # imports what makes artifacts: seconds, and not needed by the others

            logging.disable(logging.WARNING)  # exporter, optimiser and quantizer report every node they touch
            return [str(path) for path in build(catalog, ids, root)]
        case "lock":
            from models.lock import lock

            return [str(lock(catalog, root / "build" / "sources"))]
        case _:
            from models.check import check

            return check(catalog, ids, root)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
