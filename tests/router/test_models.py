"""The list of models, as OpenAI's clients read it."""

import pytest

from router.models import Models
from shared.errors import ModelNotFound
from tests.router.world import EMBEDDINGS, QA, World, embed, served

LARGE = served(
    "qa-large",
    "question_answering",
    task="qa",
    default=False,
    source="hf://deepset/xlm-roberta@abc",
    languages=["en", "de"],
)


def test_all_models_are_listed_in_the_catalogs_order() -> None:
    answer = World(None, EMBEDDINGS, QA, LARGE).get("/v1/models").json
    assert answer["object"] == "list"
    assert [model["id"] for model in answer["data"]] == ["embeddings", "qa", "qa-large"]


def test_a_model_has_openais_fields_and_what_else_there_is_to_know() -> None:
    model = World(None, LARGE, QA).get("/v1/models/qa-large").json
    assert (model["id"], model["object"], model["owned_by"]) == ("qa-large", "model", "deepset")
    assert isinstance(model["created"], int)
    assert model["task"] == "qa"
    assert model["languages"] == ["en", "de"]
    assert (model["quality"], model["memory_mb"]) == ({"cosine_mean": 0.999}, 1769)
    assert model["limits"] == {"characters": 100_000, "items": 128}
    assert model["example"].keys() == {"question", "context"}


def test_a_model_of_the_deployment_itself_is_owned_by_it() -> None:
    assert World().get("/v1/models/qa").json["owned_by"] == "model-router"


@pytest.mark.parametrize("path", ["/v1/models/gpt", "/v1/models/owner/name", "/v1/models/owner%2Fname"])
def test_an_unknown_model_is_404_however_its_id_is_encoded(path: str) -> None:
    answer = World().get(path)
    assert (answer.status, answer.code) == (404, "model_not_found")


def test_an_encoded_id_is_decoded() -> None:
    assert World().get("/v1/models/%71a").json["id"] == "qa"


def test_the_default_answers_where_no_model_is_named() -> None:
    models = Models([LARGE, QA, EMBEDDINGS])
    assert models.for_task("qa", None).id == "qa"
    assert models.for_task("qa", "qa-large").id == "qa-large"
    with pytest.raises(ModelNotFound, match="qa-large, qa"):
        models.for_task("qa", "embeddings")


def test_a_path_of_its_own_asks_the_first_task_of_its_service() -> None:
    other = served("vectors", "embeddings")
    assert (
        World({"vectors": embed}, QA, other, EMBEDDINGS).post("/embed", {"inputs": "a"}).headers["x-model"] == "vectors"
    )
