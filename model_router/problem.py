"""What a command says when it cannot go on."""

from pathlib import Path

# The checkout that this command runs from.
ROOT = Path(__file__).resolve().parent.parent


class Problem(Exception):
    """A command cannot go on. The message is one sentence that says what to do."""


class Interrupted(Problem):
    """Ctrl-C, where there is more to say of it than that."""


def need_checkout() -> None:
    """Raises Problem where the command was installed without the repository that it serves and deploys."""
    if not (ROOT / "models.toml").is_file():
        raise Problem(f"{ROOT} holds no checkout of model-router: clone it and run `pip install -e .` there.")
