"""A function that cannot be loaded."""

print("about to fail")
raise OSError("no weights")
