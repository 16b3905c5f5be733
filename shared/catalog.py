"""The catalog: the models a deployment serves. One TOML file, from which everything else is derived.

Knows what an entry may say and where its source, lock and artifact lie; knows nothing of routes, resources or weights.
"""

import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.body import STRICT
from shared.deployment import ROUTER
from shared.errors import InvalidRequest
from shared.shipped import shipped_folder
from shared.spec import CatalogError, Spec, refusal, remedy
from shared.wire import services, wire_of

__all__ = ["Catalog", "CatalogError", "LockedSource", "Spec", "example_of", "runtimes"]

# `GET /v1/models` lists the models.
RESERVED_TASKS = {"models"}
# Functions of their own, whatever runs the platform.
RESERVED_IDS = {ROUTER}


class LockedSource(BaseModel):
    """The revision, the licence and the SHA-256 of each file that `python -m models lock` found behind a source.

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
        """The folder of its artifacts: `embedded` for models/embedded/models.toml, else the file's stem."""
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
        """Return where a model's artifact lies, for all that serve or deploy it: as it ships, else as it is built."""
        return self.shipped(model_id) or self.built(model_id, root)

    def shipped(self, model_id: str) -> Path | None:
        """Return the folder beside the catalog in which a model's artifact ships; None for one that must be built."""
        return next((shipped_folder(self.path, spec) for spec in self.specs if spec.id == model_id), None)

    def built(self, model_id: str, root: Path) -> Path:
        """Return where `python -m models build` puts a model's artifact."""
        return root / "build" / "models" / self.name / model_id

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and check a catalog. Raises CatalogError."""
        path = path.resolve()
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise CatalogError(path, None, None, "no such file; name a catalog with MODELS=path.") from None
        except OSError as error:
            raise CatalogError(path, None, None, f"cannot be read ({error.strerror}); mend that.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogError(path, None, None, f"not TOML ({error}); correct that line.") from None
        except (ValueError, RecursionError):
            problem = "a value is nested too deep, or a number has too many digits; correct it."
            raise CatalogError(path, None, None, problem) from None
        if not tables:
            raise CatalogError(path, None, None, "no entry; add at least one table such as [qa].")
        specs = tuple(_spec(path, key, table) for key, table in tables.items())
        _check_tasks(path, specs)
        return cls(path, specs)

    def read_lock(self) -> dict[str, LockedSource]:
        """Return the lock beside the catalog, by model id. Raises CatalogError when it is missing or does not fit."""
        run_lock = f"run `make lock MODELS={self.shown}`."
        try:
            lock = _LOCK.validate_json(self.lock_path.read_bytes())
        except FileNotFoundError:
            raise CatalogError(self.lock_path, None, None, f"missing; {run_lock}") from None
        except (OSError, ValidationError):
            raise CatalogError(self.lock_path, None, None, f"not a lock; {run_lock}") from None
        for spec in self.specs:
            if spec.id not in lock or lock[spec.id].source != spec.source:
                raise CatalogError(self.lock_path, spec.id, "source", f"does not lock {spec.source}; {run_lock}")
        return lock


def _spec(path: Path, key: str, table: Any) -> Spec:
    if not isinstance(table, dict):
        raise CatalogError(path, None, key, f"stands outside a table; move it below a model's name such as [{key}].")
    if key in RESERVED_IDS:
        raise reserved(path, key)
    if "id" in table:
        raise CatalogError(path, key, "id", "the table's name is the id; delete this line.")
    try:
        spec = Spec(**{"task": key, **table, "id": key})
    except ValidationError as error:
        raise refusal(path, key, error) from None
    if (wrong := spec.contradiction()) is not None:
        raise CatalogError(path, key, *wrong)
    for field, value, known in (("service", spec.service, services()), ("runtime", spec.runtime, runtimes())):
        if value not in known:
            problem = f"there is no {field} {value!r}; {remedy(field)}: {', '.join(known)}."
            raise CatalogError(path, key, field, problem)
    try:
        wire_of(spec.service).ENDPOINTS[0].body.read(example_of(spec)).request()
    except InvalidRequest as error:
        raise CatalogError(path, key, "example", f"it is no request of {spec.service}: {error}") from None
    return spec


def reserved(path: Path, key: str) -> CatalogError:
    """Return the error for an entry that is called as a part of the platform is."""
    return CatalogError(path, key, None, "is the name of another part of the platform; call the model something else.")


def runtimes() -> list[str]:
    """Return the names of all runtimes: the modules of `shared/encoder/` that open a network."""
    modules = (Path(__file__).parent / "encoder").glob("*.py")
    return sorted(path.stem for path in modules if "\ndef open_network(" in path.read_text(encoding="utf-8"))


def example_of(spec: Spec) -> dict[str, Any]:
    """Return the example of an entry, else that of its service, in the native form."""
    return spec.example or wire_of(spec.service).ENDPOINTS[0].body.example


def _check_tasks(path: Path, specs: tuple[Spec, ...]) -> None:
    """Check that a name is one model's, that models of a task share its requests, and that one answers for it."""
    names = [name for spec in specs for name in (spec.id, *spec.aliases)]
    for spec in specs:
        if twice := next((name for name in spec.aliases if names.count(name) > 1), None):
            problem = f"{twice!r} names more than one model; every id and alias is there once."
            raise CatalogError(path, spec.id, "aliases", problem)
    for task in dict.fromkeys(spec.task for spec in specs):
        sharing = [spec for spec in specs if spec.task == task]
        if task in RESERVED_TASKS:
            raise CatalogError(path, sharing[0].id, "task", f"the path /v1/{task} is taken; choose another name.")
        for spec in sharing:
            if spec.service != sharing[0].service:
                problem = f"task {task!r} is served by {sharing[0].service!r} too; give this model another task."
                raise CatalogError(path, spec.id, "service", problem)
        defaults = [spec for spec in sharing if spec.default]
        if len(sharing) > 1 and len(defaults) != 1:
            problem = f"{len(defaults)} of the {len(sharing)} models of task {task!r} have it; set it on exactly one."
            raise CatalogError(path, sharing[-1].id, "default", problem)
