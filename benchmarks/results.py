"""Result files: one JSON per benchmark, with the machine it ran on. A quick run's never mix with a full run's."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import describe

ROOT = Path(__file__).resolve().parent.parent
FULL = ROOT / "benchmarks" / "results"
QUICK = ROOT / "build" / "benchmarks" / "quick"


@dataclass(frozen=True)
class Results:
    """A folder of result files."""

    folder: Path

    def write(self, name: str, rows: list[dict[str, Any]], **facts: Any) -> Path:
        """Keep what the benchmark `name` measured: flat rows, and facts that hold for all of them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.json"
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        content = {"benchmark": name, "date": day, "machine": describe(), **facts, "rows": rows}
        path.write_text(_dump(content), encoding="utf-8")
        return path

    def read(self, name: str) -> dict[str, Any] | None:
        """What the benchmark `name` measured last; None when it has not run."""
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def rows(self, name: str, **where: Any) -> list[dict[str, Any]]:
        """The rows of a benchmark whose fields have the values of `where`; none when it has not run."""
        found = self.read(name) or {"rows": []}
        return [row for row in found["rows"] if all(row.get(key) == value for key, value in where.items())]


def _dump(content: dict[str, Any]) -> str:
    """JSON with a line for each row, so that a difference between two runs can be read."""
    head = {key: value for key, value in content.items() if key != "rows"}
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in content["rows"])
    text = json.dumps(head, indent=1, ensure_ascii=False)
    return f'{text[:-2]},\n "rows": [\n{rows}\n ]\n}}\n'
