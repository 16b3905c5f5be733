"""Settings of all tests."""

import signal

try:
    from hypothesis import HealthCheck, settings
except ModuleNotFoundError:  # the browser's environment holds only what its tests use
    pass
else:
    # A busy machine is no failure: examples may take as long as they take.
    settings.register_profile("model-router", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("model-router")

# A shell's job in the background starts with Ctrl-C ignored, and so would everything that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
