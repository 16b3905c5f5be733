"""How a page asks for an answer in a text, and shows it in its place."""

from shared.display import Display

DISPLAY = Display(
    verb="ask",
    button="Ask",
    title="Ask a text",
    about="The model finds the answer in your text and marks it there. It writes no text of its own.",
    kind="spans",
    fields={"context": "Text", "question": "Question"},
    of="context",
    found="answers",
    nothing="The text does not say.",
    low=0.3,
    options={"allow_no_answer": "Allow “no answer”", "top_k": "Answers", "max_answer_len": "Longest answer, in tokens"},
    summary="Answer a question from a text",
    send={"top_k": 3},
)
