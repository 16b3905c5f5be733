"""Text classification: which of a model's labels fit a text, or a pair of texts, and how well."""
