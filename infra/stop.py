"""How the program ends when it has told its user what is wrong."""

from typing import NoReturn

import pulumi

# The exit status by which Pulumi knows that. With any other it adds a sentence of its own about the program's status.
SAID = 32


def stop(text: str) -> NoReturn:
    """Tell the user, and end the program as failed."""
    pulumi.log.error(text)
    raise SystemExit(SAID)
