"""The settings: what Pulumi.yaml promises, what is refused, and with which sentence."""

import pytest
import yaml

from infra import docs
from infra.settings import Settings, SettingsError, known
from tests.infra.project import ROOT


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def read(**given: str) -> Settings:
    return Settings.read(given.get, ROOT, given)


def test_pulumi_yaml_gives_every_setting_a_type_a_description_and_the_default_that_the_program_has() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert all(entry["type"] in ("string", "integer") and entry["description"] for entry in declared.values())
    assert read(**{key: str(entry["default"]) for key, entry in declared.items()}) == read()


def test_every_setting_of_pulumi_yaml_is_read() -> None:
    asked: list[str] = []

    def get(key: str) -> None:
        asked.append(key)

    Settings.read(get, ROOT)
    assert set(asked) == set(known())
    assert set(asked) == set(yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"])


def test_the_pages_table_of_settings_is_pulumi_yamls() -> None:
    assert (ROOT / docs.PAGE).read_text(encoding="utf-8") == docs.page(), "run `python -m infra.docs`"


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("architecture", "amd64", "must be one of x86_64, arm64"),
        ("auth", "open", "must be one of api-key, iam, none"),
        ("apiKeys", "", "must name 1 to 20 keys"),
        ("apiKeys", ",".join(f"k{i}" for i in range(21)), "must name 1 to 20 keys"),
        ("apiKeys", "a,a", "must be different lower-case letters"),
        ("apiKeys", "My Key", "must be different lower-case letters"),
        ("corsOrigins", "*", "must be different origins"),
        ("corsOrigins", "https://a.example/path", "must be different origins"),
        ("throttleRate", "0", "must be a whole number from 1 to 10000"),
        ("throttleBurst", "many", "must be a whole number from 1 to 5000"),
        ("logRetentionDays", "31", "must be one of 1, 3, 5, 7,"),
        ("warmUpMinutes", "-1", "must be a whole number from 0 to 60"),
        ("alarmEmail", "nobody", "must be an e-mail address or empty"),
        ("alarmLatencyMs", "1.5", "must be a whole number from 1 to 30000"),
        ("pinnedVersions", "qa", "must be pairs of model and version"),
        ("pinnedVersions", "qa=$LATEST", "must be pairs of model and version"),
        ("pinnedVersions", "qa=3,qa=4", "names a model twice"),
        ("domainName", "https://api.example.com", "must be a name such as api.example.com"),
        ("domainName", "api.example.com/v1", "must be a name such as api.example.com"),
        ("domainName", "localhost", "must be a name such as api.example.com"),
        ("certificateArn", "arn:aws:iam::123456789012:server-certificate/a", "must be the ARN of a certificate of AWS"),
        ("routerPython", "2.7", "is 2.7, and this machine's .venv has 3."),
        ("baseImage", "", "must name an image such as public.ecr.aws"),
        ("baseImage", "a b", "must name an image such as public.ecr.aws"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence_that_names_it(key: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        read(**{key: value})
    assert str(stopped.value).startswith(f"The setting {key} {sentence}")
    remedy = "PYTHON=python2.7 make setup" if key == "routerPython" else f"pulumi config set {key} VALUE"
    assert remedy in str(stopped.value)


@pytest.mark.parametrize(
    ("key", "value", "missing"),
    [
        ("domainName", "api.example.com", "certificateArn"),
        ("certificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/1-2", "domainName"),
    ],
)
def test_a_domain_needs_its_certificate_and_a_certificate_its_domain(key: str, value: str, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"The setting {missing} is missing: a domain needs both"):
        read(**{key: value})


def test_lists_are_comma_separated_and_may_have_spaces() -> None:
    settings = read(corsOrigins="https://a.example, http://localhost:3000", pinnedVersions="qa=3, router=12")
    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")
    assert settings.pinned_versions == {"qa": "3", "router": "12"}


def test_the_catalog_is_looked_for_in_the_project() -> None:
    assert read(catalog="models/embedded/models.toml").catalog == ROOT / "models" / "embedded" / "models.toml"
    with pytest.raises(
        SettingsError, match=r"catalog names .*nope.toml, and there is no such file \(pulumi config set"
    ):
        read(catalog="nope.toml")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("thotleRate", "did you mean throttleRate?"),
        ("warmupMinutes", "did you mean warmUpMinutes?"),
        ("region", "did you mean aws:region?"),
        ("colour", "there are alarmEmail, alarmLatencyMs,"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_the_nearest(key: str, hint: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        read(**{key: "1"})
    assert str(stopped.value).startswith(f"The setting {key} is not known; {hint}")
    assert f"pulumi config rm {key}" in str(stopped.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Settings(throttle_rate=0), "throttleRate must be a whole number from 1 to 10000"),
        (Settings(warm_up_minutes=90), "warmUpMinutes must be a whole number from 0 to 60"),
        (Settings(warm_up_minutes=2.5), "warmUpMinutes must be a whole number"),  # type: ignore[arg-type]
        (Settings(alarm_latency_ms=0), "alarmLatencyMs must be a whole number from 1 to 30000"),
        (Settings(pinned_versions={"qa": "latest"}), "pinnedVersions must be pairs of model and version"),
        (Settings(api_keys="abc"), "apiKeys must be a list of texts"),  # type: ignore[arg-type]
    ],
)
def test_settings_that_a_program_gives_are_checked_as_those_of_a_stack(settings: Settings, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        settings.check()
