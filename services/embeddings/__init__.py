"""Sentence embeddings: texts in, one vector each out."""
