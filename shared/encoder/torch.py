"""Runs a checkpoint as it was published on PyTorch: the reference. It knows no tokenizer and no task."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.utils import logging

from shared.encoder.batches import INPUTS, Feeds
from shared.encoder.encoder import Floats
from shared.manifest import Manifest

# A build for this runtime is the checkpoint itself.
ARTIFACT = "checkpoint"
SENTENCE_TRANSFORMER = "SentenceTransformer"


def open_network(directory: Path, manifest: Manifest, threads: int) -> "Checkpoint":
    """Open the checkpoint in `directory`."""
    torch.set_num_threads(threads)
    return Checkpoint(open_module(directory, manifest.auto_class), list(manifest.outputs))


class Checkpoint:
    """A network of transformers, in float32. `outputs` are fields of what it returns."""

    def __init__(self, module: Any, outputs: list[str]) -> None:
        self._module = module
        self._inputs = input_names(module)
        self._outputs = outputs

    @torch.inference_mode()
    def run(self, feeds: Feeds) -> Iterator[list[Floats]]:
        """Run one feed after the other; yield the outputs in order."""
        for feed in feeds:
            output = self._module(**{name: torch.from_numpy(feed[name]) for name in self._inputs})
            yield [output[name].numpy() for name in self._outputs]


def open_module(directory: Path, auto_class: str, **options: Any) -> Any:
    """Open the checkpoint in `directory` in float32, ready to infer.

    `auto_class` is a class of transformers such as AutoModelForQuestionAnswering, or SentenceTransformer, of which
    the encoder is taken. `options` are transformers' own.
    """
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    options = {"dtype": torch.float32, **options}
    if auto_class == SENTENCE_TRANSFORMER:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(directory), device="cpu", local_files_only=True, model_kwargs=options)
        module: Any = model[0].get_submodule("model")
    else:
        module = getattr(transformers, auto_class).from_pretrained(directory, local_files_only=True, **options)
    if module.config.model_type == "mobilebert":
        # It reads each token together with its neighbours, so that padding would change a sequence's last token.
        with torch.no_grad():
            module.get_input_embeddings().weight[module.config.pad_token_id] = 0
    return module.eval()


def input_names(module: Any) -> list[str]:
    """Return the inputs that a network tells apart: ids, attention mask and, for some, token types."""
    ids, mask, types = INPUTS
    takes_types = types in inspect.signature(module.forward).parameters
    return [ids, mask, types] if takes_types and getattr(module.config, "type_vocab_size", 0) > 1 else [ids, mask]
