"""One deployment of the program into the emulator, in a process of its own, as `pulumi up` is one.

Pulumi's SDK keeps its state, threads and event loops for as long as its process lives, and a program that fails leaves
behind what it had begun.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import pulumi

from tests.infra.program import execute
from tests.rehearsal.edits import WITHOUT
from tests.rehearsal.emulator import ROOT, Emulator
from tests.rehearsal.engine import Engine

DEPLOY_S = 300


class DeploymentFailed(Exception):
    """The program raised pulumi.RunError; the message is its."""


@dataclass(frozen=True)
class Deployed:
    """What a deployment gives its users, and the types and names of the resources it created."""

    url: str
    key: str
    created: list[tuple[str, str]]

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.post(self.url + path, json=body, headers=headers, timeout=90)


def deploy(aws: Emulator, directory: Path, stack: str, without: str, settings: dict[str, str]) -> Deployed:
    """Deploy `stack`; `without` names what is left out of it (edits.py). Raises DeploymentFailed."""
    result = directory / f"{stack}.json"
    order = {"url": aws.url, "stack": stack, "without": without, "settings": settings, "result": str(result)}
    command = [sys.executable, "-m", __name__, json.dumps(order)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEPLOY_S, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"the deployment of {stack} ended with status {ended.returncode}: {ended.stderr[-4000:]}")
    reply = json.loads(result.read_text())
    if "error" in reply:
        raise DeploymentFailed(reply["error"])
    return Deployed(url=reply["url"], key=reply["key"], created=[(type_, name) for type_, name in reply["created"]])


def main(order: dict[str, Any]) -> None:
    """In the process: deploy, and write what came of it to the order's `result`."""
    engine = Engine(Emulator(order["url"]), WITHOUT[order["without"]])
    outputs: dict[str, Any] = {}
    try:
        execute(ROOT, engine, order["stack"], order["settings"], outputs)
        reply = asdict(Deployed(url=outputs["url"], key=outputs["key"], created=engine.created))
    except pulumi.RunError as error:
        reply = {"error": str(error)}
    Path(order["result"]).write_text(json.dumps(reply))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
