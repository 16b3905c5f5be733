"""The public function: an HTTP event in, an HTTP response out, one model asked in between. It loads no model."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Imports make a hundred thousand objects and no garbage: looking for some took an eighth of a cold start.
    # `router.handler` turns it on again.
    gc.disable()
