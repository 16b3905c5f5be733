"""The pages: complete in themselves, and allowed nothing else."""

import base64
import hashlib
import json
import re

import pytest

from router.pages import docs
from tests.router.world import World


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_nothing_from_elsewhere(path: str) -> None:
    page = World().get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page.text) == []
    assert "@import" not in page.text
    assert re.findall(r"<(?:iframe|object|embed|img)\b", page.text) == []
    assert set(re.findall(r"<link\b[^>]*?href=\"([a-z]+:)", page.text)) == {"data:"}
    assert page.text.count("<link") == 1
    assert "{{" not in page.text.replace("${{", "")
    assert re.findall(r"\son[a-z]+\s*=", page.text) == []


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_may_run_its_own_scripts_and_no_other(path: str) -> None:
    page = World().get(path)
    policy = page.headers["content-security-policy"]
    for script in re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_the_description_is_in_the_page_and_cannot_end_its_element() -> None:
    page = docs(json.dumps({"info": "</script><script>alert(1)</script>"})).body
    (data,) = re.findall(r'<script type="application/json" id="openapi">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data) == {"info": "</script><script>alert(1)</script>"}
