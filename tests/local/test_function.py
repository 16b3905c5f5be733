"""What Lambda would not take as a function."""

from typing import Any

import pytest

from local.function import Function
from local.functions import Functions
from local.launcher import LocalLauncher
from tests.local.conftest import TOYS


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"name": "a b"}, "function name"),
        ({"memory_mb": 64}, "memory_mb is 64"),
        ({"timeout_s": 901}, "timeout_s is 901"),
        ({"max_sandboxes": 0}, "max_sandboxes is 0"),
        ({"environment": {"LIST": "x" * 4096}}, "environment has 4100 bytes"),
    ],
)
def test_a_function_that_lambda_would_refuse_is_refused(facts: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Function(**{"name": "f", "handler": "toys.echo", "launcher": LocalLauncher(TOYS), **facts})


def test_a_name_is_taken_once() -> None:
    functions = Functions()
    function = Function(name="echo", handler="toys.echo", launcher=LocalLauncher(TOYS))
    functions.define(function)
    with pytest.raises(ValueError, match="There is a function echo already"):
        functions.define(function)
