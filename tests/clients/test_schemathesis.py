"""Schemathesis against the API description: no 5xx, every response in its schema. README has a longer run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

EXAMPLES = "25"
EXCLUDED = (
    "positive_data_acceptance",  # no schema says that two lists are equally long, or what one model's own limits are
    # Each description leaves out what the same path takes in the other's formats, and one text where it says a list.
    "negative_data_rejection",
    "ignored_auth",  # it takes one of two ways to send a key away, and the key that is given here goes both
)


# TEI's clients post to the path of a page, and pages are in no description.
DESCRIPTIONS = {
    "/openapi.json": EXCLUDED,
    "/openapi-compat.json": (*EXCLUDED, "unsupported_method", "allow_header_conformance"),
}


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_nothing_that_is_sent_gets_an_answer_outside_the_description(router: Router, description: str) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{router.url}{description}",
        f"--header=authorization: Bearer {router.key}",
        "--checks=all",
        f"--exclude-checks={','.join(DESCRIPTIONS[description])}",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        "--suppress-health-check=all",
        "--generation-database=none",
        "--no-color",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-5000:]
