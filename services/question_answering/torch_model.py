"""The model on PyTorch and transformers: the reference."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import AutoModelForQuestionAnswering
from transformers.utils import logging

from services.question_answering.engine import Engine, Settings, in_turn
from shared.contract import Inference
from shared.manifest import Manifest

Ints = NDArray[np.int64]
Logits = NDArray[np.float32]


class Model:
    """An extractive checkpoint as it is; `shared.contract.Model`."""

    def __init__(self, directory: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self._network = open_network(directory)
        self._inputs = input_names(self._network)
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._engine = Engine(tokenizer, in_turn(self._run), Settings.of(Manifest.read(directory)))

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Model":
        return cls(directory, threads)

    def infer(self, request: dict[str, Any]) -> Inference:
        return self._engine.answer(request)

    def unload(self) -> None:
        del self._engine, self._network

    @torch.inference_mode()
    def _run(self, ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        tensors = (torch.from_numpy(array) for array in (ids, mask, types))
        output = self._network(**dict(zip(self._inputs, tensors, strict=False)))
        return output.start_logits.numpy(), output.end_logits.numpy()


def open_network(directory: Path, **options: Any) -> Any:
    """The checkpoint in `directory` in float32; `options` are transformers' own."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    network = AutoModelForQuestionAnswering.from_pretrained(
        directory, dtype=torch.float32, local_files_only=True, **options
    ).eval()
    if network.config.model_type == "mobilebert":
        # It reads each token together with its neighbours, so that padding would change a window's last token.
        with torch.no_grad():
            network.get_input_embeddings().weight[network.config.pad_token_id] = 0
    return network


def input_names(network: Any) -> list[str]:
    """The inputs a network tells apart, in the engine's order: ids, attention mask and, for some, token types."""
    names = ["input_ids", "attention_mask"]
    typed = "token_type_ids" in inspect.signature(network.forward).parameters
    return [*names, "token_type_ids"] if typed and network.config.type_vocab_size > 1 else names
