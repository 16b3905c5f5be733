"""No test of the router asserts a time, so that a slow machine fails none."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
