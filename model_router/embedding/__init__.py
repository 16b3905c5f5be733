"""`model-router embed`: from a file of texts to a file of vectors, in constant memory; a kill loses nothing."""
