"""How a page asks for embeddings, and shows how close they are to each other."""

from shared.display import Display

DISPLAY = Display(
    verb="embed",
    button="Compare",
    title="Compare sentences",
    about="Each sentence becomes a vector. The page compares them: 1 = same meaning, 0 = unrelated.",
    kind="vectors",
    fields={"input": "Sentences (one per line)"},
    of="input",
    found="data",
    value="embedding",
    options={"dimensions": "Dimensions"},
    example={
        "input": [
            "A swimmer crosses the lake before breakfast.",
            "She swims across the water in the morning.",
            "An early swim in the lake wakes you up.",
            "The invoice is due on Friday.",
        ]
    },
    summary="Embed texts as vectors",
    openai="embeddings.create",
)
