"""The catalog: the models a deployment serves. One TOML file, from which everything else is derived.

Knows what an entry may say and where its source, lock and artifact lie; knows nothing of routes, resources or weights.
"""

import importlib.util
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

# No two hyphens in a row: a registry of images takes no such name.
ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
MAX_ID = 40
SOURCE_PATTERN = (
    r"^(hf://[\w.-]+/[\w.-]+(@[\w./-]+)?|s3://[a-z0-9.-]+/\S+|file:\S.*|package:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)$"
)
SOURCE_FORMS = "hf://owner/name[@revision], s3://bucket/prefix, file:path or package:module"

STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class CatalogError(Exception):
    """A catalog, lock or artifact that cannot be used. One sentence names file, entry, field and remedy."""

    def __init__(self, path: Path, entry: str | None, field: str | None, problem: str) -> None:
        place = f"{path}: " + (f"[{entry}] " if entry else "") + (f"{field}: " if field else "")
        super().__init__(place + problem)


class Limits(BaseModel):
    """What one request may hold: `characters` per item (Unicode code points) and `items` per request."""

    model_config = STRICT
    characters: int | None = Field(default=None, ge=1)
    items: int | None = Field(default=None, ge=1)


class Spec(BaseModel):
    """One entry of the catalog: a model, and how it is served."""

    model_config = STRICT
    id: Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=MAX_ID)]
    task: Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=MAX_ID)]
    service: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    source: Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]
    default: bool = False
    license: Annotated[str, StringConstraints(min_length=1)] | None = None
    runtime: Literal["onnx", "torch"] = "onnx"
    quantize: Literal["auto", "int8", "mixed", "none"] = "auto"
    gate: dict[str, float] | Literal["off"] | None = None
    memory_mb: int = Field(default=1769, ge=128, le=10240)
    timeout_s: int = Field(default=120, ge=1, le=900)
    warm: int = Field(default=1, ge=0, le=50)
    limits: Limits = Limits()
    example: dict[str, Any] | None = None


class LockedSource(BaseModel):
    """What `python -m models lock` found behind a source: its revision, its licence, and the SHA-256 of each file.

    `created` is when it was found first, in seconds since 1970: what is built of it says so, whenever it is built.
    """

    model_config = STRICT
    source: str
    revision: str
    license: str | None
    files: dict[str, str]
    created: int = 0


_LOCK = TypeAdapter(dict[str, LockedSource])


class Catalog:
    """A catalog file, read and checked. Iterating gives its `Spec`s in the file's order."""

    def __init__(self, path: Path, specs: tuple[Spec, ...]) -> None:
        self.path = path
        self.specs = specs

    def __iter__(self) -> Iterator[Spec]:
        return iter(self.specs)

    def __getitem__(self, model_id: str) -> Spec:
        for spec in self.specs:
            if spec.id == model_id:
                return spec
        known = ", ".join(s.id for s in self.specs)
        raise CatalogError(self.path, None, None, f"there is no entry {model_id!r}; it has {known}.")

    @property
    def name(self) -> str:
        """What its artifacts are kept under: the file's folder below `models/`, else the file's stem."""
        return self.path.parent.name if self.path.parent.parent.name == "models" else self.path.stem

    @property
    def shown(self) -> str:
        """Its path as one types it where a command runs: relative to this folder, if it lies below."""
        here = Path.cwd()
        return shlex.quote(str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path))

    @property
    def lock_path(self) -> Path:
        return self.path.with_suffix(".lock")

    def artifact(self, model_id: str, root: Path) -> Path:
        """Where `python -m models build` puts a model's artifact, and everything that serves it looks for it."""
        return root / "build" / "models" / self.name / model_id

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and check a catalog. Raises CatalogError."""
        path = path.resolve()
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, IsADirectoryError):
            raise CatalogError(path, None, None, "no such file; name a catalog with MODELS=path.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogError(path, None, None, f"not TOML ({error}); correct that line.") from None
        if not tables:
            raise CatalogError(path, None, None, "no entry; add at least one table such as [qa].")
        specs = tuple(_spec(path, key, table) for key, table in tables.items())
        _check_tasks(path, specs)
        return cls(path, specs)

    def read_lock(self) -> dict[str, LockedSource]:
        """The lock beside the catalog, by model id. Raises CatalogError when it is missing or does not fit."""
        remedy = f"run `make lock MODELS={self.shown}`."
        try:
            lock = _LOCK.validate_json(self.lock_path.read_bytes())
        except FileNotFoundError:
            raise CatalogError(self.lock_path, None, None, f"missing; {remedy}") from None
        except ValidationError:
            raise CatalogError(self.lock_path, None, None, f"not a lock; {remedy}") from None
        for spec in self.specs:
            if spec.id not in lock or lock[spec.id].source != spec.source:
                raise CatalogError(self.lock_path, spec.id, "source", f"does not lock {spec.source}; {remedy}")
        return lock


def _spec(path: Path, key: str, table: Any) -> Spec:
    if not isinstance(table, dict):
        raise CatalogError(path, None, key, f"stands outside a table; move it below a model's name such as [{key}].")
    for field in ("service", "source"):
        if field not in table:
            raise CatalogError(path, key, field, f"missing; add `{field} = ...` ({_REMEDIES[field]}).")
    if "id" in table:
        raise CatalogError(path, key, "id", "the table's name is the id; delete this line.")
    try:
        spec = Spec(**{"task": key, **table, "id": key})
    except ValidationError as error:
        first = error.errors()[0]
        # A union's branches ("dict[str,float]") are no part of the file.
        field = ".".join(part for part in map(str, first["loc"]) if "[" not in part)
        top = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            table, fields = ("limits", Limits.model_fields) if top == "limits" else ("an entry", Spec.model_fields)
            known = ", ".join(f for f in fields if f != "id")
            raise CatalogError(path, key, field, f"unknown key; {table} may have {known}.") from None
        problem = first["msg"][0].lower() + first["msg"][1:]
        raise CatalogError(path, key, field, f"{problem}; {_REMEDIES.get(top, 'correct the value')}.") from None
    if importlib.util.find_spec(f"shared.tasks.{spec.service}") is None:
        problem = f"there is no service {spec.service!r}; {_REMEDIES['service']}."
        raise CatalogError(path, key, "service", problem)
    return spec


_REMEDIES: Mapping[str, str] = {
    "id": "a model's name is lower-case letters, digits and single hyphens, at most 40",
    "task": "a task is lower-case letters, digits and single hyphens, at most 40",
    "service": "it names a folder of services/, such as question_answering",
    "source": f"it is {SOURCE_FORMS}",
    "memory_mb": "Lambda takes 128 to 10240 MB",
    "timeout_s": "Lambda takes 1 to 900 seconds",
    "default": "it is true or false",
    "license": "it is the name of a licence, such as Apache-2.0",
    "warm": "keep 0 to 50 sandboxes warm",
    "runtime": "it is onnx or torch",
    "quantize": "it is auto, int8, mixed or none",
    "limits": "it is a table of characters per item and items per request",
    "example": "it is a table that holds one request",
    "gate": 'it is a table of thresholds, or "off" for benchmarks',
}


def _check_tasks(path: Path, specs: tuple[Spec, ...]) -> None:
    """Models that share a task share its requests, and one of them answers when a request names none."""
    for task in dict.fromkeys(spec.task for spec in specs):
        sharing = [spec for spec in specs if spec.task == task]
        for spec in sharing:
            if spec.service != sharing[0].service:
                problem = f"task {task!r} is served by {sharing[0].service!r} too; give this model another task."
                raise CatalogError(path, spec.id, "service", problem)
        defaults = [spec for spec in sharing if spec.default]
        if len(sharing) > 1 and len(defaults) != 1:
            problem = f"{len(defaults)} of the {len(sharing)} models of task {task!r} have it; set it on exactly one."
            raise CatalogError(path, sharing[-1].id, "default", problem)
