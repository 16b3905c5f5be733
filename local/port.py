"""`python -m local.port PORT`: whether the HTTP API can listen on a port. Standard library only: it is asked first."""

import errno
import socket
import sys
from collections.abc import Sequence

LARGEST = 65535


def parse(text: str) -> int:
    """Return the number of a port. Raises ValueError, with a sentence, for what is none."""
    if not (text.isascii() and text.isdecimal()) or int(text) > LARGEST:
        raise ValueError(f"{text} is no port; use 0 to {LARGEST}")
    return int(text)


def refusal(host: str, port: int, option: str, error: OSError) -> str:
    """Say why nothing can listen on a port, and which option names another."""
    problem = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
    return f"Port {port} of {host} {problem}; choose another with {option}."


def main(arguments: Sequence[str]) -> str | None:
    """Try the port named by the only argument, on this machine's own address; return what is wrong, in a sentence."""
    try:
        port = parse(arguments[0])
    except ValueError as error:
        return f"PORT={error}."
    try:
        with socket.socket() as tried:
            # As a server does: a port that was left a moment ago can be taken again.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", port))
            tried.listen()
    except OSError as error:
        return refusal("127.0.0.1", port, "PORT=", error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
