"""A page of another origin, in a real browser, with OpenAI's own SDK: it may ask where its origin is configured."""

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack import ROOT, Stack, running

pytestmark = pytest.mark.browser

KEY = "a key for the page"
JAVASCRIPT = ROOT / "tests" / "clients" / "javascript"
PAGE = Path(__file__).with_name("page.mjs")


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a page that holds the SDK."""
    if shutil.which("npm") is None:
        pytest.skip("There is no npm on PATH: install Node.js 20 or newer.")
    folder = tmp_path_factory.mktemp("page")
    for path in (*JAVASCRIPT.glob("package*.json"), PAGE):
        shutil.copy(path, folder)
    installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"npm could not install the SDK: {installed.stderr[-300:]}")
    served = folder / "served"
    served.mkdir()
    bundle = ["npx", "esbuild", PAGE.name, "--bundle", "--format=iife", f"--outfile={served / 'page.js'}"]
    subprocess.run(bundle, cwd=folder, check=True, capture_output=True)
    (served / "index.html").write_text('<!doctype html><title>A page</title><script src="page.js"></script>')
    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing of it."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def stack(origin: str) -> Iterator[Stack]:
    with running(api_keys=f"page={KEY}", cors_origins=f"https://app.example.com,{origin}") as stack:
        yield stack


def ask(browser: Any, page_url: str, url: str, key: str = KEY) -> dict[str, Any]:
    """Have the page ask the platform at `url`."""
    page = browser.new_page()
    try:
        page.goto(page_url)
        answer: dict[str, Any] = page.evaluate("([url, key]) => window.ask(url, key)", [url, key])
        return answer
    finally:
        page.close()


def test_a_page_of_a_configured_origin_asks_with_its_key(browser: Any, origin: str, stack: Stack) -> None:
    # The preflight carries no key; the answer's header can be read.
    assert ask(browser, origin, stack.url) == {"length": 384, "model": "embeddings"}


def test_a_wrong_key_is_an_error_that_the_page_can_read(browser: Any, origin: str, stack: Stack) -> None:
    assert ask(browser, origin, stack.url, "wrong") == {"kind": "AuthenticationError", "status": 401}


def test_a_page_of_another_origin_is_kept_out_by_the_browser(browser: Any, origin: str, stack: Stack) -> None:
    other = origin.replace("127.0.0.1", "localhost")
    assert ask(browser, other, stack.url) == {"kind": "APIConnectionError", "status": None}
