"""One module for each side that is measured, with `load(options, clock)`, which returns what answers a request."""
