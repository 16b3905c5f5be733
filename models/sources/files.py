"""Which files of a checkpoint the platform needs: configuration, tokenizer, model card and one form of weights."""

import re
from collections.abc import Iterable

# Folders such as 1_Pooling hold the modules of a sentence-transformers model.
_MODULE = r"(\d+_[A-Za-z]+/)?"
_CONFIGURATION = re.compile(
    _MODULE
    + r"(config|generation_config)\.json|README\.md|LICENSE(\.\w+)?|modules\.json|config_sentence_transformers\.json|"
    r"sentence_\w+_config\.json|(tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json|"
    r"vocab\.txt|merges\.txt|(sentencepiece\.bpe|spiece|tokenizer|sentencepiece)\.model"
)
# The forms of weights, the preferred first: a pickle can run code when it is loaded, safetensors cannot.
_WEIGHTS = tuple(
    re.compile(_MODULE + form)
    for form in (
        r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?",
        r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?",
    )
)


def needed(names: Iterable[str]) -> list[str]:
    """Those of a checkpoint's file names that are worth fetching, sorted. Weights once a folder, safetensors first."""
    names = sorted(names)
    chosen = {name for name in names if _CONFIGURATION.fullmatch(name)}
    served: set[str] = set()
    for form in _WEIGHTS:
        found = [name for name in names if form.fullmatch(name) and _folder(name) not in served]
        chosen.update(found)
        served.update(_folder(name) for name in found)
    return sorted(chosen)


def holds_weights(names: Iterable[str]) -> bool:
    """Say whether the folder itself holds weights of a form that can be loaded."""
    return any(form.fullmatch(name) and not _folder(name) for name in names for form in _WEIGHTS)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
