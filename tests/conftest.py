"""Settings of all tests."""

try:
    from hypothesis import HealthCheck, settings
except ModuleNotFoundError:  # the browser's environment holds only what its tests use
    pass
else:
    # A busy machine is no failure: examples may take as long as they take.
    settings.register_profile("model-router", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("model-router")
