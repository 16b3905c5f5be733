"""Writes a catalog of tiny classifiers, to be built and served: `python -m tests.text_classification.served FOLDER`."""

import sys
from pathlib import Path

from tests.text_classification.golden import tiny

# By entry; another route each, for nobody swaps one classifier for another.
ENTRIES = {"sentiment": "distilbert", "topics": "roberta"}
ENTRY = """
[{name}]
service = "text_classification"
source = "file:{classifier}"
license = "MIT"
quantize = "int8"
"""


def write(folder: Path) -> Path:
    """Write the checkpoints and the catalog into `folder`; return the catalog's path."""
    for classifier in ENTRIES.values():
        tiny.save(classifier, folder / classifier)
    catalog = folder / "tiny-classifiers.toml"
    entries = [ENTRY.format(name=name, classifier=classifier) for name, classifier in ENTRIES.items()]
    catalog.write_text("".join(entries), encoding="utf-8")
    return catalog


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
