"""Answers requests with any extractive model: texts to tokens, tokens to windows, logits to answers. Knows no runtime.

The semantics are those of the question-answering pipeline of transformers 4;
tests/question_answering/golden/README.md lists where they differ on purpose.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.question_answering.answers import Candidates, with_null
from services.question_answering.request import Request
from services.question_answering.spans import Spans, best_spans
from services.question_answering.tokens import Passage, Template, Tokenizer, passage
from services.question_answering.windows import BATCH_TOKENS, Item, Layout, Window, batch, together
from shared.contract import Inference
from shared.manifest import Manifest

Ints = NDArray[np.int64]
Logits = NDArray[np.float32]
# Ids, attention mask and token types, each (windows, tokens), to start and end logits of that shape.
Run = Callable[[Ints, Ints, Ints], tuple[Logits, Logits]]
Windows = tuple[Window, ...]
# Does some work on each batch of windows, in any order, and gives it a model to run it with.
Each = Callable[[Callable[[Run, Windows], None], Sequence[Windows]], None]

# Above every probability.
NEVER = 2.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the engine must know of a model.

    `max_tokens` is its longest sequence, `no_answer_threshold` the null score from which on a model that may say so
    says that there is no answer, `batch_tokens` how many tokens run together, padding included.
    """

    max_tokens: int
    pad_token_id: int
    no_answer_threshold: float
    batch_tokens: int = BATCH_TOKENS

    @classmethod
    def of(cls, manifest: Manifest) -> "Settings":
        """What an artifact's manifest says. One that is being built has no threshold yet: it always answers."""
        threshold = manifest.config.get("no_answer_threshold", NEVER)
        # Activations quantized with one range for all that runs together would make an answer depend on its neighbours.
        alone = manifest.quantization != "none"
        return cls(
            max_tokens=manifest.max_tokens,
            pad_token_id=manifest.config["pad_token_id"],
            no_answer_threshold=threshold,
            batch_tokens=0 if alone else BATCH_TOKENS,
        )


def in_turn(run: Run) -> Each:
    """Of a model that runs one batch after the other."""

    def each(work: Callable[[Run, Windows], None], batches: Sequence[Windows]) -> None:
        for windows in batches:
            work(run, windows)

    return each


class Engine:
    """A tokenizer and a model that together answer questions."""

    def __init__(self, tokenizer: Tokenizer, each: Each, settings: Settings) -> None:
        self._tokenizer = tokenizer
        self._each = each
        self._settings = settings
        self._template = Template.of(tokenizer)

    def answer(self, fields: dict[str, Any]) -> Inference:
        """Answer one request. Raises InvalidRequest."""
        request = Request.parse(fields)
        clock = _Clock()
        items, layout = self._items(request)
        windows = [window for index, item in enumerate(items) for window in layout.windows(index, item)]
        clock.lap("tokenize")
        found = self._found(request, items, windows, clock)
        results = [self._result(request, candidates) for candidates in found]
        clock.lap("spans")
        return Inference(
            result={"results": results},
            tokens=sum(window.length for window in windows),
            truncated=sum(item.truncated for item in items),
            ms=clock.ms,
        )

    def _items(self, request: Request) -> tuple[list[Item], Layout]:
        """Every question with its context; each distinct text is read once."""
        layout = Layout(request, self._template, self._settings.max_tokens)
        questions = {text: self._question(text) for text in dict.fromkeys(request.question)}
        passages = {text: self._passage(text, request) for text in dict.fromkeys(request.context)}
        pairs = zip(request.question, request.context, strict=True)
        return [layout.item(questions[question], passages[context]) for question, context in pairs], layout

    def _question(self, text: str) -> Ints:
        return np.array(self._tokenizer.encode(text, add_special_tokens=False).ids, dtype=np.int64)

    def _passage(self, text: str, request: Request) -> Passage:
        return passage(self._tokenizer, text, align_to_words=request.align_to_words)

    def _found(self, request: Request, items: list[Item], windows: list[Window], clock: "_Clock") -> list[Candidates]:
        # Words merge spans, so that more of them are needed for as many answers; as many as the pipeline takes.
        count = request.top_k * 2 + 10 if request.align_to_words else request.top_k
        spans: dict[Window, Spans] = {}
        busy: list[tuple[float, float]] = []

        def read(run: Run, windows: Windows) -> None:
            began = time.perf_counter()
            tokens = batch(items, windows, self._template, self._settings.pad_token_id)
            asked = time.perf_counter()
            logits = run(tokens.ids, tokens.mask, tokens.types)
            answered = time.perf_counter()
            best = best_spans(*logits, tokens.heads, tokens.contexts, max_tokens=request.max_answer_len, count=count)
            spans.update(zip(windows, best, strict=True))
            busy.append((answered - asked, time.perf_counter() - began))

        self._each(read, together(windows, self._settings.batch_tokens))
        model, total = (sum(seconds) for seconds in zip(*busy, strict=True))
        clock.lap("model", share=model / total)
        clock.lap("spans")
        found = [Candidates(text, item.passage) for text, item in zip(request.context, items, strict=True)]
        for window in windows:
            found[window.item].add(window.start, spans[window])
        return found

    def _result(self, request: Request, found: Candidates) -> dict[str, Any]:
        answers = found.ranked()
        null = found.null_score
        if request.allow_no_answer and null >= self._settings.no_answer_threshold:
            answers = with_null(answers, null, first=True)
        elif request.handle_impossible_answer:
            answers = with_null(answers, null, first=False)
        return {"answers": answers[: request.top_k], "no_answer_score": null}


class _Clock:
    """Milliseconds by phase."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str, share: float = 1) -> None:
        """Of what passed since the last lap, `share` was `phase`; the rest is the next lap's."""
        ms = (time.perf_counter() - self._last) * 1000 * share
        self.ms[phase] = self.ms.get(phase, 0.0) + ms
        self._last += ms / 1000
