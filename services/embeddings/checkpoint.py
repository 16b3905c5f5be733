"""What a checkpoint's sentence-transformers configuration says, or why it is not served. Reads JSON only.

The files: https://sbert.net/docs/sentence_transformer/usage/custom_models.html
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.embeddings.settings import POOLINGS
from shared.manifest import Facts

SERVED = [["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]]
# Where the Transformer module's own settings may lie; the later names are of early sentence-transformers.
TRANSFORMER_FILES = [
    "sentence_bert_config.json",
    *(
        f"sentence_{name}_config.json"
        for name in ("roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
    ),
]
# These number their positions from the padding id on, so that their table holds fewer tokens than rows.
OFFSET_POSITIONS = {"camembert", "ibert", "longformer", "mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta"}
OFFSET_POSITIONS |= {"data2vec-text", "xlm-roberta-xl", "xmod"}
# transformers writes 1e30 into a tokenizer's configuration that has no limit.
NO_LIMIT = 10**9


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The configuration files of one checkpoint; a file it lacks is empty. `modules` are its parts, in order."""

    modules: list[str]
    pooling: dict[str, Any]
    transformer: dict[str, Any]
    prompts: dict[str, Any]
    model: dict[str, Any]
    tokenizer: dict[str, Any]

    @classmethod
    def read(cls, directory: Path) -> "Checkpoint":
        """Read what `modules.json` names. Without one it is a plain encoder, which sentence-transformers mean-pools."""
        parts = _json(directory / "modules.json") or [{"type": "Transformer", "path": ""}, {"type": "Pooling"}]
        modules = [part["type"].rpartition(".")[2] for part in parts]
        if modules not in SERVED:
            raise ValueError(f"it is {' + '.join(modules)}; served is Transformer + Pooling, with Normalize or not")

        if parts[0]["path"]:
            raise ValueError(f"its encoder lies in the folder {parts[0]['path']}; it must lie beside modules.json")

        settings = (_json(directory / name) for name in TRANSFORMER_FILES)
        return cls(
            modules=modules,
            pooling=_json(directory / parts[1]["path"] / "config.json") if "path" in parts[1] else {},
            transformer=next(filter(None, settings), {}),
            prompts=_json(directory / "config_sentence_transformers.json"),
            model=_json(directory / "config.json"),
            tokenizer=_json(directory / "tokenizer_config.json"),
        )

    def facts(self) -> Facts:
        """The manifest's part of it. Raises ValueError for what is not served."""
        prompts = self.prompts.get("prompts") or {}
        config = {
            "pooling": self._pooling(),
            "normalize": "Normalize" in self.modules,
            "prompts": {name: prompt or "" for name, prompt in prompts.items()},
            "default_prompt_name": self.prompts.get("default_prompt_name"),
            "lowercase": bool(self.transformer.get("do_lower_case")),
            "pad_token_id": self.model.get("pad_token_id") or 0,
        }
        return Facts(max_tokens=self._max_tokens(), dimensions=self.model["hidden_size"], config=config)

    def _pooling(self) -> str:
        if self.pooling.get("include_prompt") is False:
            raise ValueError("its pooling leaves the prompt out, which is not served")
        modes = self.pooling.get("pooling_mode") or _legacy_modes(self.pooling)
        mode = modes[0] if isinstance(modes, list) and len(modes) == 1 else modes
        if mode not in POOLINGS:
            raise ValueError(f"its pooling is {mode}; served are {', '.join(POOLINGS)}")
        return str(mode)

    def _max_tokens(self) -> int:
        """The limit set for sentences, else the tokenizer's; in any case no more than there are positions."""
        task = self.transformer.get("transformer_task", "feature-extraction")
        if task != "feature-extraction":
            raise ValueError(f"its Transformer is for {task}; only feature-extraction is served")
        limits = [self.transformer.get("max_seq_length") or self.tokenizer.get("model_max_length"), self._positions()]
        known = [int(limit) for limit in limits if limit and limit < NO_LIMIT]
        if not known:
            raise ValueError("it names no maximum length; set max_seq_length in sentence_bert_config.json")
        return min(known)

    def _positions(self) -> int | None:
        positions = self.model.get("max_position_embeddings")
        if self.model.get("model_type") in OFFSET_POSITIONS and positions:
            return int(positions) - int(self.model.get("pad_token_id", 1)) - 1
        return positions


def _legacy_modes(pooling: dict[str, Any]) -> list[str]:
    """Before version 6 each pooling was a switch of its own; none set means the mean."""
    names = {"cls_token": "cls", "mean_tokens": "mean"}
    switches = [key.partition("pooling_mode_")[2] for key, on in pooling.items() if on is True]
    return [names.get(switch, switch) for switch in switches if switch] or ["mean"]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
