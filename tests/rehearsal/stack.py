"""A user's terminal: commands of Pulumi on one stack of one checkout, and what they called in the cloud."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from tests.rehearsal.checkout import Checkout
from tests.rehearsal.command import COMMAND_S, Outcome, Running
from tests.rehearsal.emulator import ROOT
from tests.rehearsal.provider.kind import Target
from tests.rehearsal.provider.server import serving
from tests.rehearsal.provider.tap import Call, Tap, ignore

PACKAGES = ("aws", "docker-build", "random")
# These ask before they change anything.
ASKING = ("up", "refresh", "destroy")


@dataclass
class Stack:
    """One stack. `home` is Pulumi's own folder and `backend` where the state lies: colleagues share the latter.

    The program may import from further `folders`.
    """

    name: str
    checkout: Checkout
    cloud: Target
    home: Path
    backend: Path
    python: str = sys.executable
    umask: int = -1
    folders: tuple[Path, ...] = ()
    known: dict[str, Any] = field(default_factory=dict)

    def elsewhere(self, checkout: Checkout, home: Path, **more: Any) -> "Stack":
        """The same stack as a colleague has it: the state is shared, nothing else is."""
        cloud = replace(self.cloud, root=checkout.root)
        return replace(self, checkout=checkout, cloud=cloud, home=home, known={}, **more)

    def configure(self, **settings: str | None) -> None:
        """Set settings, and take back those that are None, as `pulumi config` does."""
        self.checkout.configure(self.name, **settings)

    def up(
        self, *options: str, before: Callable[[Call], None] = ignore, after: Callable[[Call], None] = ignore
    ) -> Outcome:
        """Deploy without a preview. `before` and `after` see every call as it passes."""
        with self.begin("up", "--skip-preview", *options, tap=Tap(before=before, after=after)) as running:
            return running.end()

    def preview(self, *options: str) -> Outcome:
        with self.begin("preview", *options) as running:
            return running.end()

    def refresh(self, *options: str) -> Outcome:
        with self.begin("refresh", "--skip-preview", *options) as running:
            return running.end()

    def destroy(self, *options: str) -> Outcome:
        with self.begin("destroy", "--skip-preview", *options) as running:
            return running.end()

    @contextlib.contextmanager
    def begin(self, command: str, *options: str, tap: Tap | None = None) -> Iterator[Running]:
        """Start a command, which may be held or interrupted. What is still running at the end is switched off."""
        tap = tap or Tap()
        with serving(self.cloud, tap) as port, self._host() as client, tempfile.TemporaryDirectory() as folder:
            environ = {**os.environ, **self.variables(port)}
            if not self._exists():
                created = self.pulumi("stack", "init")
                assert created.ok, created.text
            answers = ["--yes"] if command in ASKING else []
            said = ["--stack", self.name, "--non-interactive", "--color", "never", f"--client=127.0.0.1:{client}"]
            log = Path(folder, "log")
            with log.open("wb") as output:
                engine = subprocess.Popen(
                    ["pulumi", command, *answers, *said, *options],
                    cwd=self.checkout.root,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            try:
                yield Running(engine, tap, log)
            finally:
                if engine.poll() is None:
                    engine.kill()
                    engine.wait()
                self.known.clear()

    @contextlib.contextmanager
    def _host(self) -> Iterator[int]:
        process = subprocess.Popen(
            [self.python, "-m", "tests.rehearsal.host", str(self.checkout.root), *map(str, self.folders)],
            cwd=ROOT,
            env={**os.environ, **self.cloud.deployer.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            umask=self.umask,
        )
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()
            process.communicate()

    def _exists(self) -> bool:
        return any((self.backend / ".pulumi" / "stacks").glob(f"*/{self.name}.json"))

    def pulumi(self, *arguments: str, input: str = "") -> Outcome:
        """A command that runs no program, typed in the checkout."""
        tap = Tap()
        with serving(self.cloud, tap) as port:
            ended = subprocess.run(
                ["pulumi", *arguments, "--stack", self.name],
                cwd=self.checkout.root,
                env={**os.environ, **self.variables(port)},
                input=input,
                capture_output=True,
                text=True,
                timeout=COMMAND_S,
                check=False,
            )
        return Outcome(ended.returncode == 0, ended.stdout or ended.stderr, list(tap.calls))

    def variables(self, port: int) -> dict[str, str]:
        """What makes `pulumi` use this state and these providers, and ask nobody outside this machine."""
        return {
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package in PACKAGES),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    @property
    def outputs(self) -> dict[str, Any]:
        """What the last deployment tells its users, keys included."""
        if not self.known:
            told = self.pulumi("stack", "output", "--json", "--show-secrets")
            assert told.ok, told.text
            self.known.update(json.loads(told.text))
        return self.known

    @property
    def keys(self) -> dict[str, str]:
        return dict(self.outputs["keys"])

    @property
    def url(self) -> str:
        return str(self.outputs["url"])

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Ask with a key, the first where none is given."""
        return post(self.url + path, body, key or next(iter(self.keys.values()), ""))


def post(url: str, body: dict[str, Any], key: str) -> httpx.Response:
    """Ask as a client does, which knows a URL and a key and nothing else."""
    return httpx.post(url, json=body, headers={"authorization": f"Bearer {key}"}, timeout=90)


def missing() -> str | None:
    """What the machine lacks for a rehearsal."""
    if shutil.which("pulumi") is None:
        return "there is no `pulumi` on PATH: install it (https://www.pulumi.com/docs/install/)"
    return None
