"""Serves a catalog, asks every model its example, and waits: `python -m tests.no_network.ask CATALOG`."""

import json
import sys
import time
import urllib.request
from pathlib import Path

from tests.stack import running

# What a library sends of itself it may send late.
WAIT_S = 20


def main(catalog: Path) -> None:
    """Raises HTTPError where a model does not answer."""
    headers = {"content-type": "application/json"}
    with running(catalog=catalog) as stack:
        for path in ("/", "/docs", "/healthz", "/openapi.json"):
            urllib.request.urlopen(stack.url + path, timeout=60).close()
        with urllib.request.urlopen(f"{stack.url}/v1/models", timeout=60) as response:
            models = json.load(response)["data"]
        for model in models:
            body = json.dumps({**model["example"], "model": model["id"]}).encode()
            request = urllib.request.Request(f"{stack.url}/v1/{model['task']}", body, headers)
            urllib.request.urlopen(request, timeout=60).close()
            print(f"{model['id']} answered", flush=True)
        time.sleep(WAIT_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
