"""Writes a catalog of tiny token classifiers, to be built and served: `python -m tests.token_classification.served
FOLDER`.
"""

import sys
from pathlib import Path

from tests.token_classification.golden import tiny

# By entry: an architecture, and how it is quantized.
ENTRIES = {"ner": ("distilbert", "int8"), "ner-bytes": ("roberta", "none")}
# The weights are random, and their labels nearer to each other than a trained network's.
ENTRY = """
[{name}]
service = "token_classification"
source = "file:{network}"
license = "MIT"
quantize = "{quantize}"
gate = {{ same_entities = 0.9, same_labels = 0.95 }}
"""


def write(folder: Path) -> Path:
    """Write the checkpoints and the catalog into `folder`; return the catalog's path."""
    catalog = folder / "tiny-token-classifiers.toml"
    entries = []
    for name, (network, quantize) in ENTRIES.items():
        tiny.save(network, folder / network)
        entries.append(ENTRY.format(name=name, network=network, quantize=quantize))
    catalog.write_text("".join(entries), encoding="utf-8")
    return catalog


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
