"""A headless browser, and a running platform with the pages it looks at.

These tests run in `.venv-browser`, which holds Playwright and nothing of the project. Where Playwright is not, there
are no tests to collect. The browser is the system's own: Playwright's would be a download that its packages do not pin.
"""

import importlib
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.stack import build_tiny, running

collect_ignore_glob = [] if importlib.util.find_spec("playwright") else ["test_*.py"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
# What the browser itself says of a refused or lost request; the page has to show it to the person.
FAILED_REQUEST = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    "Failed to load resource: net::ERR_FAILED",
)

Visit = Callable[..., Any]


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with running() as stack:
        yield stack.url


@pytest.fixture(scope="session")
def tasks_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A platform with a tiny model of each task that the embedded catalog lacks."""
    with running(catalog=build_tiny("tests.browser.served", tmp_path_factory.mktemp("tasks"))) as stack:
        yield stack.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("There is no Chromium on PATH: install it, on Debian with `apt-get install chromium`.")
    with importlib.import_module("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, url: str) -> Iterator[Visit]:
    """Opens a page; when the test is over, none may have complained in its console or asked another server."""
    complaints: list[str] = []
    asked: set[str] = set()
    context = browser.new_context()
    context.set_default_timeout(30_000)
    context.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    context.on("weberror", lambda failure: complaints.append(str(failure.error)))
    context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))

    def visit(path: str = "/", at: str = url, size: dict[str, int] = DESKTOP) -> Any:
        page = context.new_page()
        page.set_viewport_size(size)
        page.goto(at + path)
        return page

    yield visit
    visited = {urlsplit(page.url).netloc for page in context.pages}
    context.close()
    assert [complaint for complaint in complaints if not complaint.startswith(FAILED_REQUEST)] == []
    assert asked == visited


def overflows(page: Any) -> bool:
    """Return whether a page is wider than the screen."""
    return bool(page.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"))
