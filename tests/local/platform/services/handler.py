"""A model that says who it is, and hangs if asked to."""

import os
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    time.sleep(event.get("hang_s", 0))
    return {"pid": os.getpid(), "directory": os.environ["MODEL_DIR"], "arn": context.invoked_function_arn}
