"""What the router is told of the models that a catalog serves."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.catalog import Catalog, CatalogError
from shared.served import SERVED_MODELS, served_models
from shared.wire import wire_of
from tests.shared.manifests import MANIFEST

ENTRY = 'service = "question_answering"\nsource = "file:reader"\n'


def served_by(folder: Path, text: str, built: tuple[str, ...]) -> Catalog:
    (folder / "models.toml").write_text(text)
    catalog = Catalog.read(folder / "models.toml")
    for model_id in built:
        catalog.artifact(model_id, folder).mkdir(parents=True)
        replace(MANIFEST, id=model_id).write(catalog.artifact(model_id, folder))
    return catalog


def test_an_entry_and_its_artifact_are_joined_and_completed_by_the_task(tmp_path: Path) -> None:
    catalog = served_by(tmp_path, f"[qa]\n{ENTRY}limits = {{ items = 2 }}\n", ("qa",))
    (model,) = served_models(catalog, tmp_path)
    assert (model.id, model.revision, model.license, model.max_tokens) == ("qa", "sha256:1", "MIT", 512)
    assert (model.limits.items, model.limits.characters) == (2, wire_of("question_answering").Request.LIMITS.characters)
    assert model.example == wire_of("question_answering").ENDPOINTS[0].body.example


def test_a_models_own_example_goes_before_its_tasks(tmp_path: Path) -> None:
    catalog = served_by(tmp_path, f'[qa]\n{ENTRY}example = {{ question = "Who?", context = "Me." }}', ("qa",))
    assert served_models(catalog, tmp_path)[0].example == {"question": "Who?", "context": "Me."}


def test_a_model_alone_in_its_task_is_its_default(tmp_path: Path) -> None:
    text = f"[a]\n{ENTRY}task = 'qa'\ndefault = true\n[b]\n{ENTRY}task = 'qa'\n[c]\n{ENTRY}"
    catalog = served_by(tmp_path, text, ("a", "b", "c"))
    assert [model.default for model in served_models(catalog, tmp_path)] == [True, False, True]


def test_the_list_survives_its_way_through_json(tmp_path: Path) -> None:
    served = served_models(served_by(tmp_path, f"[qa]\n{ENTRY}", ("qa",)), tmp_path)
    assert SERVED_MODELS.validate_json(SERVED_MODELS.dump_json(served)) == served


def test_a_model_that_is_not_built_is_named(tmp_path: Path) -> None:
    catalog = served_by(tmp_path, f"[qa]\n{ENTRY}", ())
    with pytest.raises(CatalogError, match=r"\[qa\] its artifact is not built; run `make models MODELS="):
        served_models(catalog, tmp_path)
