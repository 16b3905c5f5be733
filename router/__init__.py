"""The public function: an HTTP event in, an HTTP response out, one model asked in between. It loads no model."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # The garbage collector finds nothing while modules are imported, and took 12 % of a cold start to look.
    # `router.handler` turns it on again.
    gc.disable()
