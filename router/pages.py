"""The two pages: the playground and the API description. Each is one HTML file that loads nothing from elsewhere."""

import base64
import functools
import hashlib
import re
from pathlib import Path

from router.http import Response

FOLDER = Path(__file__).parent / "html"
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
DESCRIPTION = "{{openapi}}"
# What both pages hold: the place in the file, and the file put there.
COMMON = {f"{{{{{name}}}}}": name for name in ("common.css", "common.js")}
ICON = (
    '<link rel="icon" href="data:image/svg+xml,'
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' "
    "fill='%230b6e6e'/%3E%3Cpath d='M8 16h7m0 0 8-7m-8 7 8 7' stroke='%23fff' stroke-width='3' fill='none' "
    "stroke-linecap='round'/%3E%3C/svg%3E\">"
)


@functools.cache
def _html(name: str) -> str:
    html = _read(name).replace("{{icon}}", ICON)
    for place, shared in COMMON.items():
        html = html.replace(place, _read(shared))
    return html


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def playground() -> Response:
    """Return the page on which a person asks the models."""
    return _page(_html("playground.html"))


def docs(description: str) -> Response:
    """Return the page that shows the API description; `description` is its JSON."""
    # "<" would let a text in the description end the script element that carries it.
    return _page(_html("docs.html").replace(DESCRIPTION, description.replace("<", "\\u003c")))


def _page(html: str) -> Response:
    return Response(status=200, body=html, content_type="text/html; charset=utf-8", headers=_headers(html))


def _headers(html: str) -> dict[str, str]:
    """Let the page run its own scripts, known by their digests, and talk to this server; nothing else."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in SCRIPT.findall(html)]
    sources = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; connect-src 'self'; img-src data:"
    return {
        "content-security-policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
