"""How an embeddings artifact is exported, measured and judged. Build machine only; in no image.

The configuration files: https://sbert.net/docs/sentence_transformer/usage/custom_models.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.checkpoint import Configuration, read_json
from models.service import Facts
from models.texts import Paragraph
from services.embeddings.model import POOLINGS, Floats, decode_vectors
from shared.contract import Model

AUTO_CLASS = "SentenceTransformer"
# Pooling stays outside the graph, so that it is an encoder's, whose patterns onnxruntime's fusions know.
OUTPUTS = {"last_hidden_state": "token"}
# Cosines to the float model's vectors, and the share of questions that find the same paragraph; see `quality`.
GATE = {"cosine_mean": 0.99, "cosine_min": 0.98, "nearest_same": 0.98}
# Texts in one request of the gate: few enough to keep progress steady.
TEXTS_PER_REQUEST = 64

SERVED = [["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]]
# Where the Transformer module's own settings may lie; the later names are of early sentence-transformers.
TRANSFORMER_FILES = [
    "sentence_bert_config.json",
    *(
        f"sentence_{name}_config.json"
        for name in ("roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
    ),
]


def facts(checkpoint: Path) -> Facts:
    """Return what the sentence-transformers configuration says. Raises ValueError for a model that is not served."""
    return Checkpoint.read(checkpoint).facts()


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """Return what the model reads of the texts: every paragraph and every question, each alone."""
    return [(part,) for text in texts for part in text.texts]


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Measure nothing: an embedding has no threshold."""
    return {}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Measure how near the candidate's vectors are to the reference's, over all paragraphs and questions.

    `cosine_mean` and `cosine_min` are of each text's two vectors; `nearest_same` is the share of questions that find
    the same paragraph with both models. `nearest_right` is the candidate's share of questions whose nearest paragraph
    is the one they were written for, and `nearest_right_float` the reference's.
    """
    paragraphs = [text.paragraph for text in texts]
    questions = [question for text in texts for question in text.questions]
    own = np.array([index for index, text in enumerate(texts) for _ in text.questions])
    theirs = _embed(reference, [*paragraphs, *questions])
    ours = _embed(candidate, [*paragraphs, *questions])
    cosines = np.sum(theirs * ours, axis=1)
    nearest, nearest_float = _nearest(ours, len(paragraphs)), _nearest(theirs, len(paragraphs))
    figures = {
        "cosine_mean": cosines.mean(),
        "cosine_min": cosines.min(),
        "nearest_same": (nearest == nearest_float).mean(),
        "nearest_right": (nearest == own).mean(),
        "nearest_right_float": (nearest_float == own).mean(),
        "texts": len(cosines),
    }
    return {name: round(float(figure), 6) for name, figure in figures.items()}


def _embed(model: Model, texts: Sequence[str]) -> Floats:
    """Return unit vectors, (texts, dimensions)."""
    return np.concatenate(list(_parts(model, texts)))


def _parts(model: Model, texts: Sequence[str]) -> Iterator[Floats]:
    for start in range(0, len(texts), TEXTS_PER_REQUEST):
        request = {"input": list(texts[start : start + TEXTS_PER_REQUEST]), "normalize": True}
        yield decode_vectors(model.infer(request).result)


def _nearest(embedded: Floats, paragraphs: int) -> NDArray[np.intp]:
    """Return for each question, which stand behind the paragraphs, the index of the paragraph nearest to it."""
    nearest: NDArray[np.intp] = np.argmax(embedded[paragraphs:] @ embedded[:paragraphs].T, axis=1)
    return nearest


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The configuration files of one checkpoint; a file it lacks is empty. `modules` are its parts, in order."""

    configuration: Configuration
    modules: list[str]
    pooling: dict[str, Any]
    transformer: dict[str, Any]
    prompts: dict[str, Any]

    @classmethod
    def read(cls, directory: Path) -> "Checkpoint":
        """Read what `modules.json` names. Without one it is a plain encoder, which sentence-transformers mean-pools."""
        parts = read_json(directory / "modules.json") or [{"type": "Transformer", "path": ""}, {"type": "Pooling"}]
        modules = [part["type"].rpartition(".")[2] for part in parts]
        if modules not in SERVED:
            raise ValueError(f"it is {' + '.join(modules)}; served is Transformer + Pooling, with Normalize or not")
        if parts[0]["path"]:
            raise ValueError(f"its encoder lies in the folder {parts[0]['path']}; it must lie beside modules.json")
        settings = (read_json(directory / name) for name in TRANSFORMER_FILES)
        return cls(
            configuration=Configuration.read(directory),
            modules=modules,
            pooling=read_json(directory / parts[1]["path"] / "config.json") if "path" in parts[1] else {},
            transformer=next(filter(None, settings), {}),
            prompts=read_json(directory / "config_sentence_transformers.json"),
        )

    def facts(self) -> Facts:
        """Return the manifest's part of it. Raises ValueError for what is not served."""
        task = self.transformer.get("transformer_task", "feature-extraction")
        if task != "feature-extraction":
            raise ValueError(f"its Transformer is for {task}; only feature-extraction is served")
        return self.configuration.facts(
            max_tokens=self.transformer.get("max_seq_length"),
            dimensions=self._dimensions(),
            lowercase=bool(self.transformer.get("do_lower_case")),
            config={
                "pooling": self._pooling(),
                "normalize": "Normalize" in self.modules,
                "prompts": {name: prompt or "" for name, prompt in (self.prompts.get("prompts") or {}).items()},
                "default_prompt_name": self.prompts.get("default_prompt_name"),
            },
        )

    def _dimensions(self) -> int:
        dimensions: int | None = getattr(self.configuration.network, "hidden_size", None)
        if not dimensions:
            raise ValueError("it names no hidden_size")
        return dimensions

    def _pooling(self) -> str:
        if self.pooling.get("include_prompt") is False:
            raise ValueError("its pooling leaves the prompt out, which is not served")
        modes = self.pooling.get("pooling_mode") or _legacy_modes(self.pooling)
        mode = modes[0] if isinstance(modes, list) and len(modes) == 1 else modes
        if mode not in POOLINGS:
            raise ValueError(f"its pooling is {mode}; served are {', '.join(POOLINGS)}")
        return str(mode)


def _legacy_modes(pooling: dict[str, Any]) -> list[str]:
    """Return the poolings of a configuration of before version 6: each was a switch; none set means the mean."""
    names = {"cls_token": "cls", "mean_tokens": "mean"}
    switches = [key.partition("pooling_mode_")[2] for key, on in pooling.items() if on is True]
    return [names.get(switch, switch) for switch in switches if switch] or ["mean"]
