"""Reranking: how relevant each of several documents is to a query."""
