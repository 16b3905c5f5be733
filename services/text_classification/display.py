"""How a page asks for the labels of a text, and shows how well each fits."""

from shared.display import Display

DISPLAY = Display(
    verb="classify",
    button="Classify",
    title="Classify a text",
    about="The model says how well each of its labels fits the text.",
    kind="labels",
    fields={"text": "Text"},
    of="text",
    found="labels",
    label="label",
    low=0.3,
    options={"top_k": "Labels to return", "function_to_apply": "How scores are made"},
    send={"top_k": 10},
)
