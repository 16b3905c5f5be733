"""How a page asks which texts fit a query, and shows them in that order."""

from shared.display import Display

DISPLAY = Display(
    verb="rerank",
    button="Rank",
    title="Rank texts for a query",
    about="The model reads the query with each text and says how relevant the text is.",
    kind="scores",
    fields={"query": "Query", "documents": "Texts (one per line)"},
    of="documents",
    found="results",
    value="relevance_score",
    nothing="There is no text to rank.",
    low=0.3,
    options={"raw_scores": "Raw scores", "top_n": "Texts to return"},
)
