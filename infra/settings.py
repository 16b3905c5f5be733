"""What `Pulumi.yaml` lets a deployment choose, read once and checked. Knows no resource."""

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.deployment import BASE_IMAGE

# What PutRetentionPolicy of CloudWatch Logs accepts.
RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
ARCHITECTURES = ("x86_64", "arm64")
AUTHS = ("api-key", "iam", "none")
# The Python that runs this program, and so the router's function.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
DOMAIN = r"(?=.{4,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
CERTIFICATE = r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+"
# Each key's name and digest share the 4 KB of a function's environment with everything else in it.
MAX_KEYS = 20


# Settings of the AWS provider that people look for without its prefix.
PROVIDERS = ("region", "profile", "defaultTags", "assumeRoles", "allowedAccountIds")


class SettingsError(Exception):
    """A setting that cannot be used. The message names the setting, the fault and the command that mends it."""

    def __init__(self, key: str, problem: str, remedy: str = "") -> None:
        self.problem = f"the setting {key} {problem}"
        super().__init__(f"The setting {key} {problem} ({remedy or f'pulumi config set {key} VALUE'}).")


def no_region() -> SettingsError:
    """What a stack without a region is told: most likely the checkout lacks all of the stack's settings."""
    return SettingsError(
        "aws:region",
        "is missing: so are perhaps all settings of a stack that was deployed from another checkout",
        "pulumi config refresh restores them; for a new stack, pulumi config set aws:region eu-central-1",
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The choices of a deployment; docs/deploying.md has them as a table.

    `catalog` and what else names a file is relative to where the program runs.
    """

    catalog: Path = Path("models.toml")
    architecture: str = "x86_64"
    auth: str = "api-key"
    api_keys: tuple[str, ...] = ("default",)
    cors_origins: tuple[str, ...] = ()
    throttle_rate: int = 50
    throttle_burst: int = 100
    log_retention_days: int = 30
    warm_up_minutes: int = 5
    alarm_email: str = ""
    alarm_latency_ms: int = 5000
    domain_name: str = ""
    certificate_arn: str = ""
    pinned_versions: Mapping[str, str] = field(default_factory=dict)
    base_image: str = BASE_IMAGE
    router_python: str = ""

    @classmethod
    def read(cls, get: Callable[[str], str | None], root: Path, given: Iterable[str] = ()) -> "Settings":
        """What `get` (of `pulumi.Config`) knows by name, and defaults for the rest. `given` names all that were set.

        Raises SettingsError, for names that mean nothing too: the deployment would not be what its settings say.
        """
        for key in given:
            _check_known(key)
        values: dict[str, Any] = {name: get(key) for key, name in _TEXTS.items()}
        values |= {name: _number(get(key)) for key, (name, *_) in _NUMBERS.items()}
        values |= {name: _list(get(key)) for key, name in _LISTS.items()}
        catalog = root / (get("catalog") or "models.toml")
        if not catalog.is_file():
            raise SettingsError(
                "catalog", f"names {catalog}, and there is no such file", "pulumi config set catalog FILE"
            )
        settings = cls(
            catalog=catalog,
            pinned_versions=_pins(_list(get("pinnedVersions")) or ()),
            **{name: value for name, value in values.items() if value is not None},
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Raises SettingsError for a value that AWS would refuse, or that would open more than it says."""
        for key, name in _LISTS.items():
            if isinstance(getattr(self, name), str):
                raise SettingsError(key, "must be a list of texts")
        for key, (name, least, most) in _NUMBERS.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise SettingsError(key, f"must be a whole number from {least} to {most}")
        for part, version in self.pinned_versions.items():
            if not re.fullmatch(r"[a-z0-9-]+=[1-9]\d*", f"{part}={version}"):
                raise SettingsError("pinnedVersions", "must be pairs of model and version, such as qa=3,router=7")
        _one_of("architecture", self.architecture, ARCHITECTURES)
        _one_of("auth", self.auth, AUTHS)
        if self.log_retention_days not in RETENTION_DAYS:
            raise SettingsError("logRetentionDays", f"must be one of {', '.join(map(str, sorted(RETENTION_DAYS)))}")
        if self.auth == "api-key" and not 1 <= len(self.api_keys) <= MAX_KEYS:
            raise SettingsError("apiKeys", f"must name 1 to {MAX_KEYS} keys")
        _all_match("apiKeys", self.api_keys, r"[a-z0-9][a-z0-9-]{0,31}", "lower-case letters, digits and hyphens")
        _all_match("corsOrigins", self.cors_origins, r"https?://[^/\s*]+", "origins such as https://app.example.com")
        if self.router_python not in ("", PYTHON):
            remedy = f"make clean, then PYTHON=python{self.router_python} make setup; or pulumi config rm routerPython"
            raise SettingsError(
                "routerPython", f"is {self.router_python}, and this machine's .venv has {PYTHON}", remedy
            )
        if not re.fullmatch(r"[A-Za-z0-9][\w.:/@+-]*", self.base_image):
            raise SettingsError("baseImage", f"must name an image such as {BASE_IMAGE}")
        if self.domain_name and not re.fullmatch(DOMAIN, self.domain_name):
            raise SettingsError("domainName", "must be a name such as api.example.com")
        if self.certificate_arn and not re.fullmatch(CERTIFICATE, self.certificate_arn):
            raise SettingsError("certificateArn", "must be the ARN of a certificate of AWS Certificate Manager")
        if bool(self.domain_name) != bool(self.certificate_arn):
            missing = "certificateArn" if self.domain_name else "domainName"
            raise SettingsError(missing, "is missing: a domain needs both domainName and certificateArn")
        if self.alarm_email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", self.alarm_email):
            raise SettingsError("alarmEmail", "must be an e-mail address or empty")


_TEXTS = {
    "architecture": "architecture",
    "auth": "auth",
    "alarmEmail": "alarm_email",
    "domainName": "domain_name",
    "certificateArn": "certificate_arn",
    "baseImage": "base_image",
    "routerPython": "router_python",
}
_LISTS = {"apiKeys": "api_keys", "corsOrigins": "cors_origins"}
# The setting: its field, its least and its greatest value. 0 requests a second would refuse everything.
_NUMBERS: dict[str, tuple[str, int, int]] = {
    "throttleRate": ("throttle_rate", 1, 10_000),
    "throttleBurst": ("throttle_burst", 1, 5_000),
    "logRetentionDays": ("log_retention_days", 1, 3653),
    "warmUpMinutes": ("warm_up_minutes", 0, 60),
    "alarmLatencyMs": ("alarm_latency_ms", 1, 30_000),
}


# Those that are read by themselves.
_OTHERS = ("catalog", "pinnedVersions")


def known() -> list[str]:
    """The name of every setting."""
    return [*_TEXTS, *_LISTS, *_NUMBERS, *_OTHERS]


def _check_known(key: str) -> None:
    if key in known():
        return
    nearest = [f"aws:{key}"] if key in PROVIDERS else difflib.get_close_matches(key, known(), 1, 0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(sorted(known()))}"
    raise SettingsError(key, f"is not known{hint}", f"pulumi config rm {key}")


def _number(text: str | None) -> int | str | None:
    """The number that a text is; what is none stays as it is, for `check` to refuse."""
    return int(text) if text is not None and re.fullmatch(r"\d{1,6}", text) else text


def _list(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def _pins(parts: tuple[str, ...]) -> dict[str, str]:
    pins = [part.partition("=") for part in parts]
    if len({part for part, *_ in pins}) != len(pins):
        raise SettingsError("pinnedVersions", "names a model twice; give each one version")
    return {part: version for part, _, version in pins}


def _one_of(key: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingsError(key, f"must be one of {', '.join(choices)}")


def _all_match(key: str, values: tuple[str, ...], pattern: str, wanted: str) -> None:
    if len(set(values)) != len(values) or not all(re.fullmatch(pattern, value) for value in values):
        raise SettingsError(key, f"must be different {wanted}, comma-separated")
