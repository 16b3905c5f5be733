"""Writes a catalog of tiny models of tasks that the embedded catalog lacks: `python -m tests.browser.served FOLDER`.

Their weights are random: what is tested is what the page draws, not what the models know.
"""

import sys
from pathlib import Path

from tests.rerank.golden import tiny as rerankers
from tests.text_classification.golden import tiny as classifiers
from tests.token_classification.golden import tiny as taggers

CATALOG = """
[ner]
service = "token_classification"
source = "file:ner"
license = "MIT"
languages = ["en", "zh-Hant"]
quantize = "none"

[sentiment]
service = "text_classification"
source = "file:sentiment"
license = "MIT"
quantize = "none"

[rerank]
service = "rerank"
source = "file:rerank"
license = "Apache-2.0"
quantize = "none"
gate = "off"
"""


def write(folder: Path) -> Path:
    """Write the checkpoints and the catalog into `folder`; return the catalog's path."""
    taggers.save("distilbert", folder / "ner")
    classifiers.save("distilbert", folder / "sentiment")
    rerankers.save("bert", folder / "rerank")
    catalog = folder / "tiny-tasks.toml"
    catalog.write_text(CATALOG, encoding="utf-8")
    return catalog


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
