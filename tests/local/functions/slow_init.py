"""A function whose first init outlasts its limit, and whose later ones do not; or always, if told so."""

import os
import time
from pathlib import Path
from typing import Any

marker = Path(os.environ["MARKER"])
tries = int(marker.read_text()) if marker.exists() else 0
marker.write_text(str(tries + 1))
time.sleep(float(os.environ["FIRST_S"]) if tries == 0 else float(os.environ["LATER_S"]))


def handler(event: Any, context: Any) -> dict[str, Any]:
    return {"tries": tries + 1, "remaining_ms": context.get_remaining_time_in_millis()}
