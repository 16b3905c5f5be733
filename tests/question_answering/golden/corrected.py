"""The pipeline of transformers 4.57, and beside its answers those that each of our corrections would give.

Plain Python, written apart from the engine: the engine is held against it. Needs transformers 4.57. What each
correction is for: README.md.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from transformers import QuestionAnsweringPipeline  # type: ignore[attr-defined]
from transformers.pipelines.question_answering import select_starts_ends  # type: ignore[import-not-found]

CORRECTIONS = ("scores", "unspaced", "characters", "edges", "places", "blanks")

Answer = dict[str, Any]


class CorrectedPipeline(QuestionAnsweringPipeline):  # type: ignore[misc]
    """Answers with {"pipeline": its own answers, "corrected": all corrections, and each correction alone by name}."""

    def postprocess(self, model_outputs: Iterable[dict[str, Any]], top_k: int = 1, **options: Any) -> Any:
        outputs = list(model_outputs)
        own = super().postprocess(outputs, top_k=top_k, **options)
        align, nullable = options.pop("align_to_words", True), options.pop("handle_impossible_answer", False)
        spans, null = _spans(outputs, top_k * 2 + 10 if align else top_k, **options)
        text = outputs[0]["example"].context_text
        places = Places(text, self.tokenizer(text, add_special_tokens=False).encodings[0], align)

        def answers(*corrections: str) -> list[Answer]:
            found = list[Answer]()
            for window, first, last, score in spans:
                _merge(found, text, *places.of(window, first, last, corrections), score, corrections)
            if nullable:
                found.append({"score": null, "start": 0, "end": 0, "answer": "", "best": null})
            ranked = sorted(found, key=lambda answer: answer["score"], reverse=True)[:top_k]
            return [_shown(answer, "scores" in corrections) for answer in ranked]

        if answers() != (own if isinstance(own, list) else [own]):
            raise AssertionError("without a correction the answers are the pipeline's")
        alone = {name: answers(name) for name in CORRECTIONS}
        return {"pipeline": answers(), "corrected": answers(*CORRECTIONS), **alone}


Span = tuple[Any, int, int, float]


def _spans(outputs: list[dict[str, Any]], count: int, max_answer_len: int = 15) -> tuple[list[Span], float]:
    """All windows' candidates as window, first and last token and score; and the null score."""
    spans, null = list[Span](), 1000000.0
    for output in outputs:
        mask = output["attention_mask"].numpy()
        *best, null = select_starts_ends(
            output["start"], output["end"], output["p_mask"], mask, null, count, True, max_answer_len
        )
        spans += [(output["encoding"], int(a), int(b), float(score)) for a, b, score in zip(*best, strict=True)]
    return spans, null


def _shown(answer: Answer, capped: bool) -> Answer:
    score = min(1.0, answer["score"]) if capped else answer["score"]
    return {"score": score, "start": answer["start"], "end": answer["end"], "answer": answer["answer"]}


def _merge(found: list[Answer], text: str, start: int, end: int, score: float, corrections: Sequence[str]) -> None:
    answer = text[start:end]
    if "blanks" in corrections and not answer.strip():
        return
    for known in found:
        if known["answer"].lower() == answer.lower():
            known["score"] += score
            if "places" in corrections and score > known["best"]:
                known |= {"start": start, "end": end, "answer": answer, "best": score}
            return
    found.append({"score": score, "start": start, "end": end, "answer": answer, "best": score})


class Places:
    """Where answers begin and end in a text."""

    def __init__(self, text: str, whole: Any, align: bool) -> None:
        self._text = text
        self._whole = whole
        self._align = align
        self._breaks = sorted(set(_breaks(text, whole)))

    def of(self, window: Any, first: int, last: int, corrections: Sequence[str]) -> tuple[int, int]:
        """The place of the answer from token `first` to token `last` of a window."""
        start, end = window.offsets[first][0], window.offsets[last][1]
        words = window.token_to_word(first), window.token_to_word(last)
        if self._align and None not in words:
            extents = (self._whole, 0) if "edges" in corrections else (window, 1)
            low, high = (extents[0].word_to_chars(word, extents[1]) for word in words)
            breaks = self._breaks if "unspaced" in corrections else []
            start = max((b for b in breaks if low[0] <= b <= start), default=low[0])
            end = min((b for b in breaks if end <= b <= high[1]), default=high[1])
        if "characters" in corrections:
            while _joined(self._text, start):
                start -= 1
            while _joined(self._text, end):
                end += 1
        return start, end


UNSPACED = ("THAI ", "LAO ", "MYANMAR ", "KHMER ", "HIRAGANA ", "CJK UNIFIED ", "CJK COMPATIBILITY IDEOGRAPH")


def _breaks(text: str, whole: Any) -> Iterator[int]:
    """Boundaries between tokens beside a letter of a script without spaces; tokens of bytes may share a letter."""
    reached = 0
    for start, end in whole.offsets:
        beside = text[start - 1 : start + 1] if 0 < start < len(text) else ""
        if start >= reached and any(unicodedata.name(letter, "").startswith(UNSPACED) for letter in beside):
            yield start
        reached = max(reached, end)


def _joined(text: str, place: int) -> bool:
    """Whether a reader sees what is before and after `place` as one character."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    flags = all("\U0001f1e6" <= c <= "\U0001f1ff" for c in (before, after))
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    return flags or skin or unicodedata.category(after)[0] == "M" or "\u200d" in (before, after)
