"""What is read from a checkpoint's configuration files, and which checkpoints are refused, and why."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.service import Facts
from services.embeddings.build import Checkpoint

ENCODER = {"model_type": "bert", "hidden_size": 384, "max_position_embeddings": 512, "pad_token_id": 0}
MODULES = {
    "Transformer": {"type": "sentence_transformers.models.Transformer", "path": ""},
    "Pooling": {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"},
    "Normalize": {"type": "sentence_transformers.models.Normalize", "path": "2_Normalize"},
    "Dense": {"type": "sentence_transformers.models.Dense", "path": "2_Dense"},
}


def write(directory: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(json.dumps(content))
    return directory


def modules(*names: str) -> dict[str, Any]:
    return {"modules.json": [MODULES[name] for name in names]}


def facts(directory: Path, *files: dict[str, Any]) -> Facts:
    merged = {name: content for part in ({"config.json": ENCODER}, *files) for name, content in part.items()}
    return Checkpoint.read(write(directory, merged)).facts()


def test_the_configuration_of_an_early_model_is_read(tmp_path: Path) -> None:
    early = {
        "1_Pooling/config.json": {"word_embedding_dimension": 384, "pooling_mode_cls_token": True},
        "sentence_bert_config.json": {"max_seq_length": 256, "do_lower_case": True},
        "config_sentence_transformers.json": {"__version__": {"sentence_transformers": "2.0.0"}},
    }
    assert facts(tmp_path, modules("Transformer", "Pooling", "Normalize"), early) == Facts(
        max_tokens=256,
        dimensions=384,
        config={
            "pooling": "cls",
            "normalize": True,
            "prompts": {},
            "default_prompt_name": None,
        },
        lowercase=True,
        pad_token_id=0,
    )


def test_the_configuration_of_a_present_model_is_read(tmp_path: Path) -> None:
    present = {
        "1_Pooling/config.json": {"embedding_dimension": 384, "pooling_mode": "lasttoken", "include_prompt": True},
        "sentence_bert_config.json": {"transformer_task": "feature-extraction"},
        "tokenizer_config.json": {"model_max_length": 128},
        "config_sentence_transformers.json": {
            "prompts": {"query": "Q: ", "document": None},
            "default_prompt_name": "query",
        },
    }
    found = facts(tmp_path, modules("Transformer", "Pooling"), present)
    assert found.max_tokens == 128
    assert found.config["pooling"] == "lasttoken"
    assert found.config["normalize"] is False
    assert found.config["prompts"] == {"query": "Q: ", "document": ""}
    assert found.config["default_prompt_name"] == "query"


def test_a_plain_encoder_is_mean_pooled_as_sentence_transformers_does(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert (found.config["pooling"], found.config["normalize"], found.max_tokens) == ("mean", False, 512)


def test_a_limit_beyond_the_positions_is_lowered_to_them(tmp_path: Path) -> None:
    assert facts(tmp_path, {"sentence_bert_config.json": {"max_seq_length": 4096}}).max_tokens == 512


def test_a_tokenizer_without_limit_leaves_the_positions(tmp_path: Path) -> None:
    assert facts(tmp_path, {"tokenizer_config.json": {"model_max_length": 10**30}}).max_tokens == 512


def test_positions_counted_from_the_padding_id_hold_two_tokens_less(tmp_path: Path) -> None:
    roberta = {"model_type": "xlm-roberta", "hidden_size": 16, "max_position_embeddings": 514, "pad_token_id": 1}
    found = facts(tmp_path, {"config.json": roberta})
    assert found.max_tokens == 512
    assert found.pad_token_id == 1


def test_an_early_name_of_the_transformer_settings_is_found(tmp_path: Path) -> None:
    assert facts(tmp_path, {"sentence_xlm-roberta_config.json": {"max_seq_length": 100}}).max_tokens == 100


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (modules("Transformer", "Pooling", "Dense"), "it is Transformer \\+ Pooling \\+ Dense"),
        ({"modules.json": [{**MODULES["Transformer"], "path": "0_Transformer"}, MODULES["Pooling"]]}, "0_Transformer"),
        (
            {**modules("Transformer", "Pooling"), "1_Pooling/config.json": {"pooling_mode_max_tokens": True}},
            "is max_tokens",
        ),
        (
            {**modules("Transformer", "Pooling"), "1_Pooling/config.json": {"pooling_mode": ["cls", "mean"]}},
            "is \\['cls', 'mean'\\]; served are mean, cls, lasttoken",
        ),
        (
            {**modules("Transformer", "Pooling"), "1_Pooling/config.json": {"include_prompt": False}},
            "leaves the prompt out",
        ),
        ({"sentence_bert_config.json": {"transformer_task": "text-generation"}}, "is for text-generation"),
        ({"config.json": {"model_type": "t5", "hidden_size": 8}}, "names no maximum length"),
    ],
)
def test_what_is_not_served_is_refused_with_the_reason(files: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=says):
        facts(tmp_path, files)
