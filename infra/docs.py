"""`python -m infra.docs` writes the table of settings in docs/deploying.md, from Pulumi.yaml."""

from pathlib import Path

import yaml

from infra.stack_config import ROOT

PAGE = Path("docs/deploying.md")
BEGIN, END = "<!-- settings: python -m infra.docs -->", "<!-- end of settings -->"


def table(root: Path = ROOT) -> str:
    """The settings with their defaults and descriptions."""
    settings = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    rows = [f"| `{key}` | {_shown(entry['default'])} | {entry['description']} |" for key, entry in settings.items()]
    return "\n".join(["| setting | default | |", "| --- | --- | --- |", *rows])


def page(root: Path = ROOT) -> str:
    """The page with the table as it has to be."""
    before, _, rest = (root / PAGE).read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{table(root)}\n{END}{rest.partition(END)[2]}"


def _shown(default: object) -> str:
    return f"`{default}`" if default != "" else "none"


def main() -> None:
    """Write the page."""
    (ROOT / PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
