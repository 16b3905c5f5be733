"""The promise between router, services, infrastructure and local stack. Imports none of them."""

import os

# Before onnxruntime is imported, which writes an id of the machine and asks for its maker's server while it is.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
