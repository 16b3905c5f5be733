"""Lists what is known of each encoder architecture. It knows no task and loads no weights.

An architecture that is not in the list is built all the same, with the careful assumption on each point and a warning
that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ATTENTION, GELU, LAYER_NORM = "attention", "gelu", "layer_norm"


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The facts of an architecture that the pipeline needs.

    `fusions` are the fused operators that onnxruntime's optimiser must find in its graph: if the exporter changed and
    one were not found any more, the model would run at half its speed. `positions_after_padding` says that positions
    are numbered from the padding id on, so that a table of 514 rows holds 512 tokens. `batched` says that a sequence
    has the same outputs whether it is padded or not.
    """

    fusions: tuple[str, ...]
    positions_after_padding: bool = False
    batched: bool = True


_ALL = (ATTENTION, GELU, LAYER_NORM)

# By `model_type` of config.json. MobileBERT has nothing to fuse: it has no GELU and no layer norm, and with
# MultiHeadAttention in the place of its attention (24 matches) it took 15 % more time, not less. The attention of
# MPNet, DeBERTa and ModernBERT depends on relative positions, which the fused operator does not take.
KNOWN: Mapping[str, Architecture] = {
    "albert": Architecture(fusions=(ATTENTION, LAYER_NORM)),
    "bert": Architecture(fusions=_ALL),
    "camembert": Architecture(fusions=_ALL, positions_after_padding=True),
    "deberta-v2": Architecture(fusions=(GELU, LAYER_NORM)),
    "distilbert": Architecture(fusions=_ALL),
    "electra": Architecture(fusions=_ALL),
    "mobilebert": Architecture(fusions=()),
    "modernbert": Architecture(fusions=(GELU, LAYER_NORM)),
    "mpnet": Architecture(fusions=(GELU, LAYER_NORM), positions_after_padding=True),
    "roberta": Architecture(fusions=_ALL, positions_after_padding=True),
    "xlm-roberta": Architecture(fusions=_ALL, positions_after_padding=True),
}

# Further architectures of which only this is known: their positions are numbered from the padding id on.
POSITIONS_AFTER_PADDING = frozenset(
    {"data2vec-text", "ibert", "longformer", "roberta-prelayernorm", "xlm-roberta-xl", "xmod"}
)


def architecture_of(model_type: str) -> Architecture:
    """Return what is known of an architecture; of an unknown one what is safe to assume."""
    unknown = Architecture(fusions=(), positions_after_padding=model_type in POSITIONS_AFTER_PADDING, batched=False)
    return KNOWN.get(model_type, unknown)


def unknown_warning(model_type: str, fused: Mapping[str, int]) -> str | None:
    """Return a sentence on what is not known of an architecture, or None for one in the list.

    `fused` counts the fused operators that its graph has; empty where no graph was made.
    """
    if model_type in KNOWN:
        return None
    counts = ", ".join(f"{count} {kind}" for kind, count in fused.items())
    graph = (
        f" Its graph has these fused operators: {counts}; nobody has said how many it should have." if counts else ""
    )
    return (
        f"model_type {model_type!r} is not in models/architectures.py. Unknown is whether padding changes its results, "
        f"so its sequences run one at a time, which is slower.{graph} Compare its speed, then add it to the list."
    )
