"""One entry of the catalog: what it may say, and the sentence on a wrong value. It knows no other entry."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator

from shared import cron
from shared.body import STRICT

# No two hyphens in a row: a registry of images takes no such name.
ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
MAX_ID = 40
SOURCE_PATTERN = (
    r"^(hf://[\w.-]+/[\w.-]+(@[\w./-]+)?|s3://[a-z0-9.-]+/\S+"
    r"|file:[^\s\x00-\x1f][^\x00-\x1f]*|package:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)$"
)
SOURCE_FORMS = "hf://owner/name[@revision], s3://bucket/prefix, file:path or package:module"
NAME_FORM = f"name is lower-case letters, digits and single hyphens, at most {MAX_ID}"
# A tag of BCP 47: a language, maybe a script or region.
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
MAX_WARM = 50
# An account has 1,000 concurrent executions until it asks for more.
MAX_PROVISIONED = 1000
CRON_FORM = 'it is minute, hour, day, month, weekday and year, such as "cron(0 8 ? * MON-FRI *)"'
MAX_SOURCE = 1_000


class CatalogError(Exception):
    """A catalog, lock or artifact that cannot be used. One sentence names file, entry, field and remedy."""

    def __init__(self, path: Path, entry: str | None, field: str | None, problem: str) -> None:
        place = f"{path}: " + (f"[{entry}] " if entry else "") + (f"{field}: " if field else "")
        super().__init__(place + problem)


class Limits(BaseModel):
    """Limits of an entry's own, where they are not the task's."""

    model_config = STRICT
    characters: int | None = Field(default=None, ge=1)
    items: int | None = Field(default=None, ge=1)


class Provisioned(BaseModel):
    """How many sandboxes of a model stand ready at a price, and when: `on` and `off` begin and end each time."""

    model_config = STRICT
    instances: int = Field(default=1, ge=1, le=MAX_PROVISIONED, description="it is the number of sandboxes")
    on: str | None = Field(default=None, description=CRON_FORM)
    off: str | None = Field(default=None, description=CRON_FORM)
    timezone: str = Field(default="UTC", description="it is a name such as Europe/Berlin")

    def contradiction(self) -> str | None:
        """Say what of the hours means nothing beside the rest, and what to do; None where all does."""
        if (self.on is None) != (self.off is None):
            return "`on` and `off` belong together; give both, or neither for all hours."
        if self.on is None and self.timezone != "UTC":
            return "a `timezone` means nothing without `on` and `off`; give them, or delete the line."
        if self.on is not None and self.on == self.off:
            return "`on` and `off` are the same; give the hours between two moments."
        return None

    @field_validator("on", "off")
    @classmethod
    def _check_cron(cls, text: str | None) -> str | None:
        if text is not None and (problem := cron.problem(text)):
            raise ValueError(problem)
        return text

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, text: str) -> str:
        # Here, because the router loads this module at every cold start.
        import zoneinfo

        known = zoneinfo.available_timezones()
        if known and text not in known:
            raise ValueError(f"there is no time zone {text!r}")
        return text


class Spec(BaseModel):
    """One entry of the catalog: a model, and how it is served. The descriptions end the sentence on a wrong value."""

    model_config = STRICT
    id: str = Field(pattern=ID_PATTERN, max_length=MAX_ID, description=f"a model's {NAME_FORM}")
    task: str = Field(pattern=ID_PATTERN, max_length=MAX_ID, description=f"a task's {NAME_FORM}")
    service: str = Field(description="it names a folder of services/")
    source: str = Field(pattern=SOURCE_PATTERN, max_length=MAX_SOURCE, description=f"it is {SOURCE_FORMS}")
    default: bool = False
    aliases: list[str] = Field(default=[], description="a list of other names by which callers may ask for the model")
    license: str | None = Field(default=None, min_length=1, description="it names a licence, such as Apache-2.0")
    languages: list[Annotated[str, Field(pattern=LANGUAGE)]] = Field(
        default=[], description='it is a list of language tags, such as ["en", "de"]'
    )
    runtime: str = Field(default="onnx", description="it names a runtime of shared/encoder/")
    quantize: Literal["auto", "int8", "mixed", "none"] = "auto"
    gate: dict[str, float] | Literal["off"] | None = Field(default=None, description='a table of thresholds, or "off"')
    memory_mb: int = Field(default=1769, ge=128, le=10240, description="it is the memory in MB, as Lambda has it")
    timeout_s: int = Field(default=120, ge=1, le=900, description="it is the time-out in seconds, as Lambda has it")
    start: Literal["warm", "snapstart", "provisioned"] = Field(
        default="warm", description='it is "warm" (a schedule), "snapstart" or "provisioned"'
    )
    warm: int = Field(default=1, ge=0, le=MAX_WARM, description="it is the number of sandboxes to keep warm")
    provisioned: Provisioned | None = Field(
        default=None,
        description='it is a table of instances and, for some hours, on = "cron(0 8 ? * MON-FRI *)", off and timezone',
    )
    limits: Limits = Field(default=Limits(), description="it is a table of characters (per item) and items")
    example: dict[str, Any] | None = Field(default=None, description="it is a table that holds one request")

    @property
    def kept_warm(self) -> int:
        """How many sandboxes the schedule keeps warm: none of a model that starts otherwise."""
        return self.warm if self.start == "warm" else 0

    @property
    def instances(self) -> Provisioned | None:
        """The sandboxes that stand ready, None for a model that starts otherwise."""
        return (self.provisioned or Provisioned()) if self.start == "provisioned" else None

    def contradiction(self) -> tuple[str, str] | None:
        """A field that means nothing beside the others, and what to do; None when there is none."""
        if self.start != "warm" and "warm" in self.model_fields_set:
            return "warm", f'the schedule warms no model whose start is "{self.start}"; delete one of the two lines.'
        if self.start != "provisioned" and self.provisioned is not None:
            return "provisioned", 'only a model with start = "provisioned" has it; add that line, or delete the table.'
        wrong = self.provisioned and self.provisioned.contradiction()
        return ("provisioned", wrong) if wrong else None


# Tables of an entry, and what they may have.
TABLES = {"limits": ("limits", Limits.model_fields), "provisioned": ("provisioned", Provisioned.model_fields)}


def refusal(path: Path, key: str, error: ValidationError) -> CatalogError:
    first = error.errors()[0]
    # A union's branches ("dict[str,float]") are no part of the file.
    field = ".".join(part for part in map(str, first["loc"]) if "[" not in part)
    top = str(first["loc"][0])
    if first["type"] == "missing":
        return CatalogError(path, key, field, f"missing; add `{field} = ...` ({remedy(top)}).")
    if first["type"] == "extra_forbidden":
        table, fields = TABLES.get(top, ("an entry", Spec.model_fields))
        known = ", ".join(f for f in fields if f != "id")
        return CatalogError(path, key, field, f"unknown key; {table} may have {known}.")
    said = first["msg"].removeprefix("Value error, ")
    return CatalogError(path, key, field, f"{said[0].lower()}{said[1:]}; {remedy(*map(str, first['loc']))}.")


def remedy(field: str, *inside: str) -> str:
    """What a field has to be, as the end of a sentence: of one in a table, what that has to be."""
    own = TABLES[field][1].get(inside[0]) if field in TABLES and inside else None
    return (own and own.description) or Spec.model_fields[field].description or "correct the value"
