"""Reads a checkpoint's sentence-transformers configuration, and says why it is not served. It loads no weights.

The files: https://sbert.net/docs/sentence_transformer/usage/custom_models.html
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.checkpoint import Configuration, read_json
from models.service import Facts
from services.embeddings.model import POOLINGS

SERVED = [["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]]
# Where the Transformer module's own settings may lie; the later names are of early sentence-transformers.
TRANSFORMER_FILES = [
    "sentence_bert_config.json",
    *(
        f"sentence_{name}_config.json"
        for name in ("roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
    ),
]


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
