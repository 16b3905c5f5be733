"""`model-router`, also `python -m model_router`: runs one command and ends with a sentence, whatever happened."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status. A failure and Ctrl-C are told in one sentence, without a traceback."""
    try:
        from model_router.app import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except ModuleNotFoundError as error:
        remedy = "`make setup` installs what deploying needs, `make models` what making models needs"
        print(f"{error.name} is not installed in {sys.prefix}: {remedy}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
