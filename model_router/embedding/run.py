"""One run of `embed`: skips what an earlier run wrote, embeds the rest, and says how it went."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from model_router.embedding.bar import Bar
from model_router.embedding.formats import Jsonl
from model_router.embedding.part import Part
from model_router.embedding.rows import Input, Row
from model_router.embedding.send import Chunk, Embedded, Workers, chunks
from model_router.problem import Interrupted, Problem


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is embedded, by what, and how. `usd_per_token` is None where no price is known."""

    input: Input
    embedder: Callable[[Chunk], Embedded]
    items: int
    parallel: int
    takes_empty: bool
    usd_per_token: float | None

    def into_file(self, part: Part) -> str:
        """Embed what the part lacks, and finish it; return what to tell people. Raises Problem."""
        with ExitStack() as opened:
            opened.enter_context(part)
            bar = opened.enter_context(Bar(self.input.total, part.resumed_rows))
            rows = self._skipping(part)
            bar.begin(self.input.position())
            try:
                for chunk, done in self._embedded(rows):
                    part.append(chunk.rows, done.vectors, tokens=done.tokens, truncated=done.truncated)
                    bar.show(part.state.rows, chunk.position, self.usd(part.state.tokens))
            except KeyboardInterrupt:
                part.save()
                kept = f"Stopped; {part.state.rows:,} texts are done, and the same command goes on from there."
                raise Interrupted(kept) from None
            except Problem as problem:
                part.save()
                raise Problem(f"{problem} {part.state.rows:,} texts are done; the same command goes on.") from None
            part.finish()
        return self._summary(part, bar)

    def into_stream(self, stream: BinaryIO, keep: tuple[str, ...]) -> None:
        """Embed all as JSONL, as soon as it comes. Raises Problem."""
        format_, index = Jsonl(keep=keep), 0
        for chunk, done in self._embedded(self.input.rows):
            stream.write(format_.encode(index, chunk.rows, done.vectors))
            stream.flush()
            index += len(chunk.rows)

    def _skipping(self, part: Part) -> Iterator[Row]:
        """Read the rows that are written already, and check that they are the same; return those that follow."""
        rows, skipped = self.input.rows, 0
        while skipped < part.resumed_rows and (row := next(rows, None)) is not None:
            part.skip([row])
            skipped += 1
        part.check(self.input.name, skipped)
        return rows

    def _embedded(self, rows: Iterator[Row]) -> Iterator[tuple[Chunk, Embedded]]:
        workers = Workers(self.embedder, self.parallel)
        return workers.in_order(chunks(self._checked(rows), self.items, self.input.position))

    def _checked(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if not self.takes_empty and not row.text.strip():
                raise Problem(f"{self.input.where(row.number)} is empty: remove it, or take it with --empty null.")
            yield row

    def usd(self, tokens: int) -> float | None:
        """Return what tokens cost; None where no price is known."""
        return None if self.usd_per_token is None else tokens * self.usd_per_token

    def _summary(self, part: Part, bar: Bar) -> str:
        state = part.state
        facts = [f"{state.rows:,} texts in {part.target}"]
        if part.resumed_rows:
            facts.append(f"{part.resumed_rows:,} of them from before")
        facts.append(f"{state.tokens:,} tokens")
        facts.append(f"{bar.seconds:.1f} s, {bar.rate(state.rows):,.0f} texts/s")
        if state.truncated:
            facts.append(f"{state.truncated:,} were cut to the model's length")
        if (usd := self.usd(state.tokens)) is not None:
            facts.append(f"about ${usd:.4f} on Lambda at list prices")
        return "; ".join(facts) + "."
