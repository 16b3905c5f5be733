"""Answers questions with any extractive network: texts to windows, logits to answers. It knows no runtime.

The semantics are those of the question-answering pipeline of transformers 4;
tests/question_answering/golden/README.md lists where they differ on purpose.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

from services.question_answering.answers import Candidates, make_answer
from services.question_answering.passage import Passage
from services.question_answering.request import Reply, Request, Spans
from services.question_answering.spans import best_spans
from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.encoder import Encoder, SpecialTokens, Tokens
from shared.encoder.tokens import Ints
from shared.encoder.windows import count_windows, default_overlap, windows, windows_at
from shared.errors import InvalidRequest
from shared.manifest import Manifest

# The pipeline's own default, in tokens.
DEFAULT_LENGTH = 384
# One context may take so many windows: at a stride just below the window a short request would run for hours.
MAX_WINDOWS = 4096
# Windows of a long context that are ranked by the best, in tokens: shorter ones, cut at the ends of sentences, are
# nearer to the paragraphs that readers are trained on (measured: benchmarks/README.md, "Long contexts").
BEST_LENGTH = 256
BEST_OVERLAP = 48


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question and its context as tokens; `is_cut` says that the question's end is left out."""

    question: Ints
    passage: Passage
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class Window:
    """The tokens `context` of an item's passage, and the sequence in which the network reads them."""

    item: int
    context: slice
    tokens: Tokens


class Model:
    """An encoder with start and end logits; see `shared.contract.Model`."""

    def __init__(self, encoder: Encoder, manifest: Manifest) -> None:
        """Raises ValueError where the tokenizer does not begin a pair with a special token, whose score is the null."""
        special = encoder.special_tokens
        if not len(special.pair_before) or not len(special.pair_after):
            raise ValueError("the tokenizer does not write a pair as <CLS> question <SEP> context <SEP>")
        self._encoder = encoder
        # One that is being built has no calibration yet.
        self._no_answer_slope: float = manifest.config.get("no_answer_slope", 1.0)
        self._no_answer_midpoint: float = manifest.config.get("no_answer_midpoint", 0.0)

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Answer a request's questions. Raises InvalidRequest."""
        asked = Request.parse(request)
        began = time.perf_counter()
        layout = Layout(asked, self._encoder)
        items = self._items(asked, layout, deadline)
        cut = [window for index, item in enumerate(items) for window in layout.windows(index, item)]
        tokenized = time.perf_counter()
        found = self._read(asked, items, cut, deadline)
        result: Reply = {"results": [self._spans(asked, candidates) for candidates in found]}
        return Inference(
            result=result,
            tokens=sum(len(window.tokens) for window in cut),
            truncated=sum(item.is_cut for item in items),
            ms={"tokenize": (tokenized - began) * 1000, "model": (time.perf_counter() - tokenized) * 1000},
        )

    def _items(self, asked: Request, layout: "Layout", deadline: Deadline) -> list[Item]:
        """Read every question with its context; each distinct text once."""
        questions = list(dict.fromkeys(asked.question))
        ids = dict(zip(questions, self._encoder.read_ids(questions, deadline), strict=True))
        passages = {}
        for context in dict.fromkeys(asked.context):
            deadline.check()
            encoding = self._encoder.read(context)
            passages[context] = Passage.of(context, encoding, align_to_words=asked.align_to_words)
        pairs = zip(asked.question, asked.context, strict=True)
        return [layout.item(ids[question], passages[context]) for question, context in pairs]

    def _read(self, asked: Request, items: list[Item], cut: list[Window], deadline: Deadline) -> list[Candidates]:
        """Run the network on all windows and collect each item's answers."""
        # Words merge spans, so that more of them are needed for as many answers; as many as the pipeline takes.
        count = asked.top_k * 2 + 10 if asked.align_to_words else asked.top_k
        spans = {}
        for index, (start_logits, end_logits) in self._encoder.run([window.tokens for window in cut], deadline):
            window = cut[index]
            begin = self._encoder.special_tokens.second_start(items[window.item].question)
            context = slice(begin, begin + window.context.stop - window.context.start)
            spans[index] = best_spans(start_logits, end_logits, context, max_tokens=asked.max_answer_len, count=count)
        pairs = zip(asked.context, items, strict=True)
        found = [Candidates(context, item.passage, asked.ranking) for context, item in pairs]
        for index, window in enumerate(cut):
            found[window.item].add(window.context.start, spans[index])
        return found

    def _spans(self, asked: Request, found: Candidates) -> Spans:
        answers, count = found.rank(), asked.top_k
        no_answer_score = found.null_score if asked.ranking == "sum" else self._no_answer_probability(found)
        none = make_answer("", 0, 0, no_answer_score)
        if asked.allow_no_answer and self._no_answer_probability(found) >= 0.5:
            answers, count = [none, *answers], max(count, 2)
        elif asked.handle_impossible_answer:
            answers = sorted([*answers, none], key=lambda answer: -answer["score"])
        return {"answers": answers[:count], "no_answer_score": no_answer_score}

    def _no_answer_probability(self, found: Candidates) -> float:
        """Return the calibrated probability that the context holds no answer (Platt scaling, see build.py)."""
        return 1 / (1 + math.exp(min(700.0, self._no_answer_slope * (found.log_odds() - self._no_answer_midpoint))))


class Layout:
    """How long the windows of one request are, and how far apart."""

    def __init__(self, asked: Request, encoder: Encoder) -> None:
        self._special: SpecialTokens = encoder.special_tokens
        self._length = min(asked.max_seq_len or DEFAULT_LENGTH, encoder.max_tokens)
        self._stride = asked.doc_stride
        # Whoever names lengths gets the pipeline's windows.
        self._by_sentence = asked.ranking == "best" and asked.doc_stride is None and asked.max_seq_len is None
        self._max_question = asked.max_question_len

    def item(self, question: Ints, passage: Passage) -> Item:
        """Join a question's ids and a context. A question that would leave it less than a quarter is cut."""
        room = self._length - self._special.pair_length
        limit = len(question) if self._max_question is None else self._max_question
        if len(question) + len(passage.ids) > room:
            limit = min(limit, room - max(1, room // 4))
        return Item(question=question[:limit], passage=passage, is_cut=limit < len(question))

    def windows(self, index: int, item: Item) -> list[Window]:
        """Cut an item's context into windows, in order. Raises InvalidRequest."""
        ids, room = item.passage.ids, self._length - self._special.pair_length - len(item.question)
        if self._by_sentence and len(ids) > room:
            shorter = min(room, max(room // 2, BEST_LENGTH - self._special.pair_length - len(item.question)))
            parts = windows_at(len(ids), shorter, min(BEST_OVERLAP, shorter // 2), item.passage.sentence_starts)
        else:
            overlap = 0 if len(ids) <= room else self._overlap(room)
            if count_windows(len(ids), room, overlap) > MAX_WINDOWS:
                problem = f"needs more than {MAX_WINDOWS} windows; lower 'doc_stride' or split the context."
                raise InvalidRequest(f"'context[{index}]' {problem}", param="context", item=index)
            parts = windows(len(ids), room, overlap)
        return [Window(item=index, context=part, tokens=self._special.pair(item.question, ids[part])) for part in parts]

    def _overlap(self, room: int) -> int:
        if self._stride is None:
            return default_overlap(self._length, room)
        if self._stride >= room:
            raise InvalidRequest(
                f"'doc_stride' must be below {room}, which is what the question leaves of a window.", param="doc_stride"
            )
        return self._stride
