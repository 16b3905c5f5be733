"""Which of a checkpoint's prompts a type of input chooses."""

import pytest

from services.embeddings.request import InputType, prompt_for


@pytest.mark.parametrize(
    ("input_type", "prompts", "name"),
    [
        ("query", ["query", "document"], "query"),
        ("document", ["query", "document"], "document"),
        ("document", ["query", "passage"], "passage"),
        ("query", ["search_query", "search_document"], "search_query"),
        ("document", ["query"], None),
        ("query", [], None),
    ],
)
def test_the_prompt_of_a_type_of_input_is_found_by_its_usual_names(
    input_type: InputType, prompts: list[str], name: str | None
) -> None:
    assert prompt_for(input_type, prompts) == name
